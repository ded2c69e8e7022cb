/** What the kernel tells of processes. */
import { readdirSync, readFileSync } from "node:fs";

/** PSS: memory that several processes share counts in part. */
export function memoryOf(pid: number): number {
  const [, kibibytes] = /^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8")) ?? [];
  if (kibibytes === undefined) throw new Error("the kernel does not tell of the subject's memory");
  return Number(kibibytes) * 1024;
}

/** Open descriptors of a process. */
export function descriptorsOf(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

/** The hard limit of descriptors, which every process here raises itself to. */
export function descriptorLimit(): number {
  const [, hard = "1024"] = /^Max open files\s+\S+\s+(\S+)/m.exec(readFileSync("/proc/self/limits", "utf8")) ?? [];
  return hard === "unlimited" ? Infinity : Number(hard);
}
