// How fast the library is beside the runtimes' own sockets: builds it if it is older than its sources, finds the pinned runtimes,
// and hands over to bench/main.ts on Node 26. See --help.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import path from "node:path";
import process from "node:process";

import { load, root } from "./suite.mjs";

const script = process.argv.findIndex((argument) => argument.endsWith("bench.mjs"));
const args = process.argv.slice(script + 1);

function newest(folder) {
  const names = existsSync(folder) ? readdirSync(folder, { recursive: true }) : [];
  return Math.max(
    0,
    ...names.filter((name) => /\.[jt]s$/.test(name)).map((name) => statSync(path.join(folder, name)).mtimeMs),
  );
}

function build() {
  if (newest(path.join(root, "dist")) > newest(path.join(root, "src"))) return;
  const { status } = spawnSync("npm", ["run", "--silent", "build"], { cwd: root, stdio: "inherit" });
  if (status !== 0) process.exit(3);
}

build();
const { findRuntime } = await load("runner/runtimes.js");
const found = await Promise.all(["node26", "deno", "bun"].map((name) => findRuntime(name, root)));
for (const { name, absent } of found.filter((runtime) => "absent" in runtime)) {
  process.stderr.write(`bench: without ${name}: ${absent}\n`);
}
const runtimes = found.filter((runtime) => !("absent" in runtime))
  .map((runtime) => ({ name: runtime.name, version: runtime.version, command: runtime.program("").slice(0, -1) }));
const node = runtimes.find(({ name }) => name === "node26");
if (node === undefined) process.exit(3);

const program = path.join(root, "bench", "main.ts");
const child = spawn(node.command[0], [program, JSON.stringify(runtimes), ...args], { stdio: "inherit" });
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => child.kill(signal));
child.on("close", (code, signal) => process.exit(code ?? (signal === "SIGINT" ? 130 : 3)));
