/** The system's own settings, with which defaults are compared so that a value is the same on every machine. */
import { existsSync, readFileSync } from "node:fs";

/**
 * A number of `/proc/sys/net/<name>`; of a setting with several columns the one given. Some kernels do not show every
 * setting inside a network namespace; then it is not known.
 */
export function sysctl(name: string, column: number = 0): number | undefined {
  const file = `/proc/sys/net/${name}`;
  return existsSync(file) ? Number(readFileSync(file, "latin1").trim().split(/\s+/)[column]) : undefined;
}

/** A value as a deviation from the system's: equal, or the value itself. */
export function orSystem(value: number, system: number | undefined): string {
  return value === system ? "the system's" : String(value);
}

/** A size as a class, because its amount depends on the machine. */
export function sizeClass(size: number, system: number | undefined): string {
  if (system === undefined) return "the system's is not known";
  if (size === system) return "the system's";
  return size > system ? "larger than the system's" : "smaller than the system's";
}
