/** What callbacks deliver, kept until somebody asks for it: the way from an event to a promise. */
export class Mailbox<Item> {
  readonly #items: Item[] = [];
  readonly #waiting: { resolve(item: Item): void; reject(reason: unknown): void }[] = [];
  #end: { readonly later: unknown } | undefined;
  readonly #failures: unknown[] = [];

  put(item: Item): void {
    const first = this.#waiting.shift();
    if (first === undefined) this.#items.push(item);
    else first.resolve(item);
  }

  /** One call hears of it: the first that waits, or the next one that finds nothing. */
  fail(reason: unknown): void {
    const first = this.#waiting.shift();
    if (first === undefined) this.#failures.push(reason);
    else first.reject(reason);
  }

  /** Every call that waits rejects, and every later one that finds nothing; the first end counts. */
  end(waiting: unknown, later: unknown = waiting): void {
    this.#end ??= { later };
    for (const { reject } of this.#waiting.splice(0)) reject(waiting);
  }

  /** Forgets what nobody has taken. */
  drop(): void {
    this.#items.length = 0;
  }

  take(): Promise<Item> {
    return new Promise((resolve, reject) => {
      if (this.#items.length > 0) resolve(this.#items.shift() as Item);
      else if (this.#failures.length > 0) reject(this.#failures.shift());
      else if (this.#end !== undefined) reject(this.#end.later);
      else this.#waiting.push({ resolve, reject });
    });
  }
}
