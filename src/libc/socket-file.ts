/** The file that bind(2) makes for a Unix socket. */
import { lstatSync, unlinkSync } from "node:fs";
import { resolve } from "node:path";
import type { Address } from "../core/address.ts";

/** How to remove the file of a socket that has just been bound to `local`: not one that came in its place. */
export function socketFile(local: Address): () => void {
  if (local.family !== "unix" || local.path === "" || local.path.startsWith("\0")) return () => {};
  try {
    // The current directory may be another one by then.
    const path = resolve(local.path);
    const made = lstatSync(path, { bigint: true });
    return () => {
      try {
        const found = lstatSync(path, { bigint: true });
        if (found.ino === made.ino && found.dev === made.dev) unlinkSync(path);
      } catch { /* It is gone, or may not be removed. */ }
    };
  } catch {
    return () => {};
  }
}
