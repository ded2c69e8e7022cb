/** Iteration over what comes: as an async generator gives it, without what one costs for each item. */
import { quiet } from "./quiet.ts";

/** Who waits for an item. */
export interface Taker<Item> {
  resolve(item: Item): void;
  reject(error: unknown): void;
}

export interface Source<Item> {
  /** Whether nothing comes any more: iteration ends, whatever is told to who waits. */
  readonly over: boolean;
  /** What is there already. */
  take(): Item | undefined;
  /** Has `taker` told of the next item, or throws what it would be told at once. */
  wait(taker: Taker<Item>): void;
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
    return this.#before === undefined ? this.#next() : this.#after(() => this.#next());
  }

  return(value?: void | PromiseLike<void>): Promise<Result<Item>> {
    return this.#after(async () => this.#end(await value));
  }

  throw(error: unknown): Promise<Result<Item>> {
    return this.#after(async () => {
      this.#end(undefined);
      throw error;
    });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  #next(): Promise<Result<Item>> {
    if (this.#ended || this.#source.over) return Promise.resolve(this.#end(undefined));
    const value = this.#source.take();
    return value === undefined ? this.#wait() : Promise.resolve({ value, done: false });
  }

  #wait(): Promise<Result<Item>> {
    let taker!: Taker<Item>;
    const result = new Promise<Result<Item>>((resolve, reject) => {
      const refuse = (error: unknown): void => {
        if (this.#before === result) this.#before = undefined;
        if (this.#source.over) return resolve(this.#end(undefined));
        this.#end(undefined);
        quiet(result);
        reject(error);
      };
      const take = (value: Item): void => {
        if (this.#before === result) this.#before = undefined;
        resolve({ value, done: false });
      };
      taker = { resolve: take, reject: refuse };
    });
    this.#before ??= result;
    try {
      this.#source.wait(taker);
    } catch (error) {
      taker.reject(error);
    }
    return result;
  }

  #end(value: void): IteratorReturnResult<void> {
    this.#ended = true;
    return { value, done: true };
  }

  /** What `call` gives when the calls before have settled. */
  #after(call: () => Promise<Result<Item>>): Promise<Result<Item>> {
    const result = quiet(this.#before === undefined ? call() : this.#before.then(call, call));
    const forget = (): void => {
      if (this.#before === result) this.#before = undefined;
    };
    this.#before = result;
    result.then(forget, forget);
    return result;
  }
}
