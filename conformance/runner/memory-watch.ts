/** Memory of processes as Linux tells it: a limit for one, and the peak of all of a run. Elsewhere nothing is known. */
import type { ChildProcess } from "node:child_process";
import fs from "node:fs";
import process from "node:process";

const MiB = 1024 * 1024;

/** A case that floods takes 100 MiB on a good day; an old runtime that takes all of it takes the machine. */
const defaultLimit = 1_536 * MiB;

/** Kills the process when its resident set passes the limit; the function says so afterwards. */
export function watchMemory(child: ChildProcess, limit: number = defaultLimit): () => string | undefined {
  let sentence: string | undefined;
  const timer = setInterval(() => {
    if (child.pid === undefined || residentSet(child.pid) <= limit) return;
    sentence = `was killed: its resident set passed ${Math.round(limit / MiB)} MiB`;
    child.kill("SIGKILL");
  }, 100);
  timer.unref();
  child.once("close", () => clearInterval(timer));
  child.once("error", () => clearInterval(timer));
  return () => sentence;
}

/** 0 if the process is gone or the system does not tell. */
function residentSet(pid: number): number {
  const line = /^VmRSS:\s+(\d+) kB/m.exec(read(`/proc/${pid}/status`));
  return line === null ? 0 : Number(line[1]) * 1024;
}

/** Watches the memory of this process and all that it started; the function ends the watch and gives the peak in bytes. */
export function watchPeak(): () => number | undefined {
  let peak = 0;
  function look(): void {
    peak = Math.max(peak, family(process.pid).reduce((sum, pid) => sum + proportionalSet(pid), 0));
  }
  const timer = setInterval(look, 1_000);
  timer.unref();
  return () => {
    clearInterval(timer);
    look();
    return peak === 0 ? undefined : peak;
  };
}

/** Shared pages count in parts, so that the sum over processes is what the machine gives them. */
function proportionalSet(pid: number): number {
  const line = /^Pss:\s+(\d+) kB/m.exec(read(`/proc/${pid}/smaps_rollup`));
  return line === null ? 0 : Number(line[1]) * 1024;
}

/** A process and its descendants. */
function family(root: number): number[] {
  const children = new Map<number, number[]>();
  for (const name of fs.existsSync("/proc/self/stat") ? fs.readdirSync("/proc") : []) {
    const parent = /^\d+ \(.*\) \S (\d+)/s.exec(/^\d+$/.test(name) ? read(`/proc/${name}/stat`) : "")?.[1];
    if (parent !== undefined) children.set(Number(parent), [...children.get(Number(parent)) ?? [], Number(name)]);
  }
  function descend(pid: number): number[] {
    return [pid, ...(children.get(pid) ?? []).flatMap(descend)];
  }
  return descend(root);
}

function read(file: string): string {
  try {
    return fs.readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
