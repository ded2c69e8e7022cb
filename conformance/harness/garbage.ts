/** Whether the garbage collector takes what a program holds no more. No two runtimes offer the same call for a collection. */
import type { Context } from "./case.js";

/** Not with WeakRef: asking one keeps its object alive for a while, and so through a collection that is done bit by bit. */
export class Litter {
  readonly #registry = new FinalizationRegistry<void>(() => void this.#left--);
  #left = 0;

  add(...objects: readonly object[]): void {
    for (const one of objects) this.#registry.register(one, undefined);
    this.#left += objects.length;
  }

  /** How many of the objects are not collected after a while of large garbage; it ends as soon as there are at most `enough`. */
  async left(t: Context, enough: number): Promise<number> {
    let kept: unknown[] = [];
    const probe = (): boolean => {
      // Memory outside of the heap, which is never touched and so costs nothing, and some that lives long enough to grow old.
      for (let i = 0; i < 4; i++) new ArrayBuffer(1 << 26);
      kept = kept.length < 16 ? [...kept, new Array(200_000).fill(kept.length)] : [];
      return this.#left <= enough;
    };
    await t.until(4_000, "a garbage collection", probe).catch(() => {});
    return this.#left;
  }
}
