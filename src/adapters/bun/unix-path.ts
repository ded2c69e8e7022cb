/** Paths of Unix sockets where Bun, before 1.4, does not treat them as the kernel does. */
import { accessSync, constants, lstatSync, type Stats, unlinkSync } from "node:fs";
import { resolve } from "node:path";
import type { NativeListener } from "../../core/adapter.ts";
import type { Address } from "../../core/address.ts";
import type { Descriptor } from "../../core/kernel.ts";
import { Broken } from "./stream.ts";

/** Why a path cannot be connected to: Bun 1.3 says ENOENT whatever it is. */
export function refusal(path: string): unknown {
  try {
    if (!isAbstract(path)) accessSync(path, constants.W_OK);
    return new Broken("ECONNREFUSED", "Bun could not connect");
  } catch (error) {
    return error;
  }
}

/** Listens on a path that must not exist, and removes it at `close()`: Bun before 1.3.12 takes an existing one over and leaves its own. */
export async function listenOnPath(path: string, listen: () => Promise<NativeListener>): Promise<NativeListener> {
  if (isAbstract(path)) return listen();
  const absolute = resolve(path);
  if (statsOf(absolute) !== undefined) throw new Broken("EADDRINUSE", "the path exists");
  return new PathListener(await listen(), absolute);
}

class PathListener implements NativeListener {
  readonly #native: NativeListener;
  readonly #path: string;
  readonly #inode: number | undefined;

  constructor(native: NativeListener, path: string) {
    this.#native = native;
    this.#path = path;
    this.#inode = statsOf(path)?.ino;
  }

  get local(): Address {
    return this.#native.local;
  }

  descriptor(): Descriptor | undefined {
    return this.#native.descriptor?.();
  }

  async close(): Promise<void> {
    await this.#native.close();
    const inode = statsOf(this.#path)?.ino;
    if (inode !== undefined && inode === this.#inode) unlinkSync(this.#path);
  }

  ref(): void {
    this.#native.ref();
  }

  unref(): void {
    this.#native.unref();
  }
}

function statsOf(path: string): Stats | undefined {
  return lstatSync(path, { throwIfNoEntry: false });
}

function isAbstract(path: string): boolean {
  return path.startsWith("\0");
}
