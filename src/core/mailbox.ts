/** What arrives, in order, and the calls that wait for it, in order: the queue behind `accept()` and `receive()`. */
import type { Deadline } from "./deadline.ts";

interface Waiter<Item> {
  readonly resolve: (item: Item) => void;
  readonly reject: (error: unknown) => void;
}

export class Mailbox<Item> {
  readonly #weigh: (item: Item) => number;
  readonly #discard: (item: Item) => void;
  readonly #waiting = new Set<Waiter<Item>>();
  #items: Item[] = [];
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
    return this.#waiting.size > 0;
  }

  /** Hands an item to the call that has waited longest, or queues it. */
  put(item: Item): void {
    const waiter = this.#longest();
    if (waiter !== undefined) return waiter.resolve(item);
    this.#items.push(item);
    this.#weight += this.#weigh(item);
  }

  /** The oldest item, if there is one. */
  take(): Item | undefined {
    const item = this.#items.shift();
    if (item !== undefined) this.#weight -= this.#weigh(item);
    return item;
  }

  /** Waits for the next item. If the time runs out, nothing is lost. */
  async next(deadline: Deadline | undefined): Promise<Item> {
    let waiter!: Waiter<Item>;
    const arrival = new Promise<Item>((resolve, reject) => {
      waiter = { resolve, reject };
    });
    this.#waiting.add(waiter);
    try {
      return await (deadline === undefined ? arrival : deadline.race(arrival));
    } catch (error) {
      // An item may have been handed over in the same turn in which the time ran out.
      if (!this.#waiting.delete(waiter)) void arrival.then((item) => this.#giveBack(item), () => {});
      throw error;
    }
  }

  /** Rejects the call that has waited longest; false if none waits. */
  refuse(error: unknown): boolean {
    const waiter = this.#longest();
    waiter?.reject(error);
    return waiter !== undefined;
  }

  /** Drops the queued items that `keep` does not want. */
  retain(keep: (item: Item) => boolean): void {
    this.#items = this.#items.filter(keep);
    this.#weight = this.#items.reduce((sum, item) => sum + this.#weigh(item), 0);
  }

  /** Rejects every call that waits, and gives what no call has taken. */
  close(error: unknown): readonly Item[] {
    this.#closed = true;
    for (const { reject } of this.#waiting) reject(error);
    this.#waiting.clear();
    const left = this.#items;
    this.#items = [];
    this.#weight = 0;
    return left;
  }

  #longest(): Waiter<Item> | undefined {
    for (const waiter of this.#waiting) {
      this.#waiting.delete(waiter);
      return waiter;
    }
    return undefined;
  }

  /** Back to the head of the queue, from where it came. */
  #giveBack(item: Item): void {
    if (this.#closed) return this.#discard(item);
    const waiter = this.#longest();
    if (waiter !== undefined) return waiter.resolve(item);
    this.#items.unshift(item);
    this.#weight += this.#weigh(item);
  }
}
