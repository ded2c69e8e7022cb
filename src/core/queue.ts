/** Items in the order in which they came. Taking the oldest moves none of the others, as `shift()` of an array would. */
export class Queue<Item> {
  /** Absent while there are none, as of most queues most of the time. */
  #items: (Item | undefined)[] | undefined;
  /** Where the oldest is. */
  #first = 0;

  push(item: Item): void {
    if (this.#items === undefined) this.reset([item]);
    else this.#items.push(item);
  }

  /** The oldest, if there is one. */
  take(): Item | undefined {
    const items = this.#items;
    if (items === undefined) return undefined;
    const item = items[this.#first];
    items[this.#first++] = undefined;
    if (this.#first === items.length) this.#items = undefined;
    else if (this.#first === longestGap) this.reset(this.list());
    return item;
  }

  get length(): number {
    return this.#items === undefined ? 0 : this.#items.length - this.#first;
  }

  /** Takes one out of its place; false if it is not there. */
  remove(item: Item): boolean {
    const items = this.#items;
    const index = items?.indexOf(item, this.#first) ?? -1;
    if (items === undefined || index < 0) return false;
    items.splice(index, 1);
    if (this.#first === items.length) this.#items = undefined;
    return true;
  }

  /** Puts one back in front of all others. */
  putBack(item: Item): void {
    if (this.#items === undefined || this.#first === 0) this.reset([item, ...this.list()]);
    else this.#items[--this.#first] = item;
  }

  /** All, the oldest first. */
  list(): Item[] {
    return (this.#items?.slice(this.#first) ?? []) as Item[];
  }

  /** Has these items from now on, and no others. */
  reset(items: Item[]): void {
    this.#items = items.length === 0 ? undefined : items;
    this.#first = 0;
  }
}

/** How many places of items that were taken are kept in front of the others. */
const longestGap = 1_024;
