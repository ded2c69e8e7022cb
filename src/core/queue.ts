/** Items in the order in which they came. Taking the oldest moves none of the others, as `shift()` of an array would. */
export class Queue<Item> {
  #items: (Item | undefined)[] = [];
  /** Where the oldest is. */
  #first = 0;

  push(item: Item): void {
    this.#items.push(item);
  }

  /** The oldest, if there is one. */
  take(): Item | undefined {
    if (this.#first === this.#items.length) return undefined;
    const item = this.#items[this.#first];
    this.#items[this.#first++] = undefined;
    if (this.#first === this.#items.length) this.reset([]);
    else if (this.#first === longestGap) this.reset(this.list());
    return item;
  }

  /** Puts one back in front of all others. */
  putBack(item: Item): void {
    if (this.#first > 0) this.#items[--this.#first] = item;
    else this.#items.unshift(item);
  }

  /** All, the oldest first. */
  list(): Item[] {
    return this.#items.slice(this.#first) as Item[];
  }

  /** Has these items from now on, and no others. */
  reset(items: Item[]): void {
    this.#items = items;
    this.#first = 0;
  }
}

/** How many places of items that were taken are kept in front of the others. */
const longestGap = 1_024;
