/** The system's own settings, with which defaults are compared so that a value is the same on every machine. */
import { readFileSync } from "node:fs";

/** A number of `/proc/sys/net/<name>`; of a setting with several columns the one given. */
export function sysctl(name: string, column: number = 0): number {
  return Number(readFileSync(`/proc/sys/net/${name}`, "latin1").trim().split(/\s+/)[column]);
}

/** A value as a deviation from the system's: equal, or the value itself. */
export function orSystem(value: number, system: number): string {
  return value === system ? "the system's" : String(value);
}

/** A size as a class, because its amount depends on the machine. */
export function sizeClass(size: number, system: number): string {
  if (size === system) return "the system's";
  return size > system ? "larger than the system's" : "smaller than the system's";
}
