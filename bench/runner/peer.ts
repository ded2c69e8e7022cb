/** The far end, compiled when its sources are newer; without a C compiler, the same protocol on Node. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, renameSync, statSync } from "node:fs";
import path from "node:path";

import type { Runtime } from "./subjects.ts";

export interface Peer {
  readonly kind: "c" | "node";
  /** The compiler, or the runtime. */
  readonly made: string;
  readonly command: readonly string[];
}

export function findPeer(root: string, runtimes: readonly Runtime[], wanted: Peer["kind"] | undefined): Peer {
  const compiler = spawnSync("cc", ["--version"], { encoding: "utf8" });
  if (wanted !== "node" && process.platform === "linux" && compiler.status === 0) {
    return { kind: "c", made: compiler.stdout.split("\n", 1)[0] ?? "cc", command: [compile(root)] };
  }
  if (wanted === "c") throw new Error("the far end in C needs Linux and a C compiler, cc");
  const node = runtimes.find(({ name }) => name === "node26");
  if (node === undefined) throw new Error("there is no C compiler for the far end, and no Node 26 in its place");
  const command = [...node.command, path.join(root, "bench", "peer", "fallback.ts")];
  return { kind: "node", made: `Node ${node.version}`, command };
}

function compile(root: string): string {
  const folder = path.join(root, "bench", "peer");
  const sources = readdirSync(folder).filter((name) => /\.[ch]$/.test(name)).map((name) => path.join(folder, name));
  const binary = path.join(root, ".bench", "peer");
  const newest = Math.max(...sources.map((source) => statSync(source).mtimeMs));
  if (existsSync(binary) && statSync(binary).mtimeMs > newest) return binary;
  mkdirSync(path.dirname(binary), { recursive: true });
  // In one step, for another run may be starting the old one.
  const fresh = `${binary}.${process.pid}`;
  const units = sources.filter((source) => source.endsWith(".c"));
  const { status, stderr } = spawnSync("cc", ["-O2", "-std=gnu17", "-Wall", "-Wextra", "-o", fresh, ...units], {
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`the peer does not compile: ${stderr}`);
  renameSync(fresh, binary);
  return binary;
}
