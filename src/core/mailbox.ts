/** What arrives, in order, and the calls that wait for it, in order: the queue behind `accept()` and `receive()`. */
import type { Deadline } from "./deadline.ts";
import type { Taker } from "./iteration.ts";
import { Queue } from "./queue.ts";
import { quiet } from "./quiet.ts";

export class Mailbox<Item> {
  readonly #weigh: (item: Item) => number;
  readonly #discard: (item: Item) => void;
  readonly #waiting = new Queue<Taker<Item>>();
  readonly #items = new Queue<Item>();
  #weight = 0;
  #closed = false;

  /** `weigh` gives an item's share of the bound that the owner keeps; `discard` gets what comes back after `close()`. */
  constructor(options: { readonly weigh: (item: Item) => number; readonly discard: (item: Item) => void }) {
    this.#weigh = options.weigh;
    this.#discard = options.discard;
  }

  /** Weight of the items that no call has taken. */
  get weight(): number {
    return this.#weight;
  }

  /** Whether a call waits, so that the next item will not be queued. */
  get awaited(): boolean {
    return this.#waiting.length > 0;
  }

  /** Hands an item to the call that has waited longest, or queues it. */
  put(item: Item): void {
    const taker = this.#waiting.take();
    if (taker !== undefined) return taker.resolve(item);
    this.#items.push(item);
    this.#weight += this.#weigh(item);
  }

  /** The oldest item, if there is one. */
  take(): Item | undefined {
    const item = this.#items.take();
    if (item !== undefined) this.#weight -= this.#weigh(item);
    return item;
  }

  /** Has `taker` told of the next item, after those that wait already. */
  wait(taker: Taker<Item>): void {
    this.#waiting.push(taker);
  }

  /** Waits for the next item. If the time runs out, nothing is lost; nobody but the waiting call is told of a failure. */
  next(deadline: Deadline | undefined): Promise<Item> {
    const waiter = new Waiter<Item>();
    this.wait(waiter);
    return deadline === undefined ? waiter.arrival : this.#nextInTime(waiter, deadline);
  }

  /** Rejects the call that has waited longest; false if none waits. */
  refuse(error: unknown): boolean {
    const taker = this.#waiting.take();
    taker?.reject(error);
    return taker !== undefined;
  }

  /** Drops the queued items that `keep` does not want. */
  retain(keep: (item: Item) => boolean): void {
    const kept = this.#items.list().filter(keep);
    this.#items.reset(kept);
    this.#weight = kept.reduce((sum, item) => sum + this.#weigh(item), 0);
  }

  /** Rejects every call that waits, and gives what no call has taken. */
  close(error: unknown): readonly Item[] {
    this.#closed = true;
    for (const taker of this.#waiting.list()) taker.reject(error);
    this.#waiting.reset([]);
    const left = this.#items.list();
    this.#items.reset([]);
    this.#weight = 0;
    return left;
  }

  async #nextInTime(waiter: Waiter<Item>, deadline: Deadline): Promise<Item> {
    try {
      return await deadline.race(waiter.arrival);
    } catch (error) {
      // An item may have been handed over in the same turn in which the time ran out.
      if (!this.#waiting.remove(waiter)) void waiter.arrival.then((item) => this.#giveBack(item), () => {});
      throw error;
    }
  }

  /** Back to the head of the queue, from where it came. */
  #giveBack(item: Item): void {
    if (this.#closed) return this.#discard(item);
    const taker = this.#waiting.take();
    if (taker !== undefined) return taker.resolve(item);
    this.#items.putBack(item);
    this.#weight += this.#weigh(item);
  }
}

/** A call that waits. */
class Waiter<Item> implements Taker<Item> {
  readonly arrival: Promise<Item>;
  resolve!: (item: Item) => void;
  #reject!: (error: unknown) => void;

  constructor() {
    this.arrival = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.#reject = reject;
    });
  }

  reject(error: unknown): void {
    quiet(this.arrival);
    this.#reject(error);
  }
}
