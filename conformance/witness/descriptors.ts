/** How many descriptors a process has open. */
import { readdirSync } from "node:fs";

/** Throws ENOENT if the process is gone. */
export function descriptors(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}
