/** What a process has used of memory and of processor time, and what it does with signals. */
import { readFileSync } from "node:fs";

/** Resident bytes. `status` tells them in KiB, where `statm` would need the size of a page. */
export function memory(pid: number): number {
  const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "latin1"))?.[1];
  if (!kibibytes) throw new Error(`no VmRSS for process ${pid}`);
  return Number(kibibytes) * 1024;
}

/** `getconf CLK_TCK`, which is 100 on every architecture of Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

/** User and system time of all its threads in milliseconds, in steps of 10. */
export function processorTime(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  // The second column is the program's name in brackets and may have blanks; utime and stime are columns 14 and 15.
  const columns = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return ((Number(columns[11]) + Number(columns[12])) * 1000) / TICKS_PER_SECOND;
}

/** Numbers of the signals that it catches and that it ignores. */
export function signals(pid: number): { readonly caught: readonly number[]; readonly ignored: readonly number[] } {
  const status = readFileSync(`/proc/${pid}/status`, "latin1");
  const numbers = (name: string): readonly number[] => {
    const mask = BigInt(`0x${new RegExp(`^${name}:\\s+([0-9a-f]+)$`, "m").exec(status)?.[1] ?? ""}`);
    return Array.from({ length: 64 }, (_, bit) => bit + 1).filter((number) => mask >> BigInt(number - 1) & 1n);
  };
  return { caught: numbers("SigCgt"), ignored: numbers("SigIgn") };
}
