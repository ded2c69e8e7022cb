/** File-system entries, looked at and written from outside the subject. */
import { lstatSync, rmSync, type Stats, writeFileSync } from "node:fs";

export type FileKind = "socket" | "file" | "directory" | "missing";

/** A symbolic link is not followed; it and every other kind is an error. */
export function file(path: string): FileKind {
  const stats: Stats | undefined = lstatSync(path, { throwIfNoEntry: false });
  if (!stats) return "missing";
  if (stats.isSocket()) return "socket";
  if (stats.isFile()) return "file";
  if (stats.isDirectory()) return "directory";
  throw new Error(`${path} is neither a socket nor a file nor a directory`);
}

export function mode(path: string): number {
  return lstatSync(path).mode & 0o7777;
}

/** Whatever was at `path`, a socket too, makes way for a new regular file. */
export function writeFile(path: string, text: string): void {
  rmSync(path, { force: true });
  writeFileSync(path, text, { flag: "wx" });
}
