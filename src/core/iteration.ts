/** Iteration over what comes: as an async generator gives it, without what one costs for each item. */
import { quiet } from "./quiet.ts";

export interface Source<Item> {
  /** Whether nothing comes any more: iteration ends, whatever `next()` says. */
  readonly over: boolean;
  /** What is there already. */
  take(): Item | undefined;
  next(): Promise<Item>;
}

type Result<Item> = IteratorResult<Item, void>;

/** As async generators have it, with what a runtime gives to all async iterators. */
const asyncIterator = Object.getPrototypeOf(Object.getPrototypeOf((async function* () {}).prototype)) as object;

export class Iteration<Item> implements AsyncGenerator<Item, void, void> {
  readonly #source: Source<Item>;
  /** The call before, which comes first. */
  #before: Promise<unknown> | undefined;
  #ended = false;

  static {
    Object.setPrototypeOf(Iteration.prototype, asyncIterator);
  }

  constructor(source: Source<Item>) {
    this.#source = source;
  }

  next(): Promise<Result<Item>> {
    if (this.#before !== undefined) return this.#queue(() => this.#next());
    if (!this.#ended && !this.#source.over) {
      const value = this.#source.take();
      if (value !== undefined) return Promise.resolve({ value, done: false });
    }
    return this.#queue(() => this.#next());
  }

  return(value?: void | PromiseLike<void>): Promise<Result<Item>> {
    return this.#queue(async () => {
      this.#ended = true;
      return { value: await value, done: true };
    });
  }

  throw(error: unknown): Promise<Result<Item>> {
    return this.#queue(async () => {
      this.#ended = true;
      throw error;
    });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  async #next(): Promise<Result<Item>> {
    if (!this.#ended && !this.#source.over) {
      try {
        return { value: await this.#source.next(), done: false };
      } catch (error) {
        if (!this.#source.over) {
          this.#ended = true;
          throw error;
        }
      }
    }
    this.#ended = true;
    return { value: undefined, done: true };
  }

  #queue(call: () => Promise<Result<Item>>): Promise<Result<Item>> {
    const result = quiet(this.#before === undefined ? call() : this.#before.then(call, call));
    const forget = (): void => {
      if (this.#before === result) this.#before = undefined;
    };
    this.#before = result;
    result.then(forget, forget);
    return result;
  }
}
