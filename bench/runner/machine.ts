/** Where a run was made. */
import { execFileSync } from "node:child_process";
import os from "node:os";

import type { Bench } from "./bench.ts";

export interface Machine {
  readonly cpus: { readonly count: number; readonly model: string };
  readonly memory: number;
  readonly system: string;
  readonly kernel: string;
  readonly load: readonly number[];
  readonly runtimes: Readonly<Record<string, string>>;
  readonly peer: string;
  readonly libc: string;
  /** Of the library. */
  readonly commit: string;
}

export function describeMachine(bench: Bench): Machine {
  const cpus = os.cpus();
  return {
    cpus: { count: cpus.length, model: cpus[0]?.model ?? "unknown" },
    memory: os.totalmem(),
    system: `${os.type()} ${os.arch()}`,
    kernel: os.release(),
    load: os.loadavg().map((value) => Math.round(value * 100) / 100),
    runtimes: Object.fromEntries(bench.runtimes.map(({ name, version }) => [name, version])),
    peer: bench.peer.kind === "c" ? `C (${bench.peer.made})` : bench.peer.made,
    libc: libc(),
    commit: commit(bench.root),
  };
}

function libc(): string {
  const { header } = process.report.getReport() as unknown as { header: { glibcVersionRuntime?: string } };
  return header.glibcVersionRuntime === undefined ? "unknown" : `glibc ${header.glibcVersionRuntime}`;
}

/** The commit, and `+` when the library's sources are not those of it. */
function commit(root: string): string {
  const git = (...args: string[]): string =>
    execFileSync("git", args, { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  try {
    return `${git("rev-parse", "--short=12", "HEAD")}${git("status", "--porcelain", "--", "src") === "" ? "" : "+"}`;
  } catch {
    return "unknown";
  }
}
