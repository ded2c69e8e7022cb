/** The send side of a stream: writes in call order, never two at once, those of one turn in one system call. */

/** A write that waits for the kernel. */
export interface Entry {
  readonly bytes: Uint8Array;
  readonly length: number;
  /** Resolves when the kernel has the bytes. */
  readonly done: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Writes are joined up to this size; a larger one goes alone and is not copied. */
const joinLimit = 65_536;

export class Outbound {
  readonly #write: (bytes: Uint8Array) => void | Promise<void>;
  readonly #onFailure: (error: unknown) => void;
  readonly #cork: boolean;
  #waiting: Entry[] = [];
  #begun: readonly Entry[] = [];
  #busy = false;
  #failed = false;
  #idlers: (() => void)[] = [];
  #written = 0;

  /** `onFailure` is told the native error once, before the writes that it ends are rejected with `explain(error)`. */
  constructor(options: {
    readonly write: (bytes: Uint8Array) => void | Promise<void>;
    readonly onFailure: (error: unknown) => void;
    readonly cork: boolean;
  }) {
    this.#write = options.write;
    this.#onFailure = options.onFailure;
    this.#cork = options.cork;
  }

  /** Bytes that the kernel has taken. */
  get written(): number {
    return this.#written;
  }

  get idle(): boolean {
    return !this.#busy;
  }

  add(bytes: Uint8Array): Entry {
    let resolve!: () => void;
    let reject!: (error: unknown) => void;
    const done = new Promise<void>((onResolve, onReject) => {
      resolve = onResolve;
      reject = onReject;
    });
    const entry: Entry = { bytes, length: bytes.byteLength, done, resolve, reject };
    this.#waiting.push(entry);
    if (!this.#busy) {
      this.#busy = true;
      if (this.#cork) queueMicrotask(() => this.#flush());
      else this.#flush();
    }
    return entry;
  }

  /** Takes back a write that has not begun; false if it has. */
  cancel(entry: Entry): boolean {
    const index = this.#waiting.indexOf(entry);
    if (index < 0) return false;
    this.#waiting.splice(index, 1);
    return true;
  }

  /** Resolves when nothing waits any more, sent or failed. */
  drained(): Promise<void> {
    if (!this.#busy) return Promise.resolve();
    return new Promise((resolve) => {
      this.#idlers.push(resolve);
    });
  }

  /** Rejects everything that waits, and sends no more. */
  fail(error: unknown): void {
    this.#failed = true;
    const entries = [...this.#begun, ...this.#waiting];
    this.#begun = [];
    this.#waiting = [];
    for (const entry of entries) entry.reject(error);
    this.#rest();
  }

  #flush(): void {
    while (!this.#failed && this.#waiting.length > 0) {
      const bytes = this.#next();
      if (bytes === undefined) continue;
      let pending: void | Promise<void>;
      try {
        pending = this.#write(bytes);
      } catch (error) {
        this.#onFailure(error);
        return;
      }
      if (pending !== undefined) {
        pending.then(
          () => {
            this.#settle();
            this.#flush();
          },
          (error: unknown) => {
            if (!this.#failed) this.#onFailure(error);
          },
        );
        return;
      }
      this.#settle();
    }
    this.#rest();
  }

  #settle(): void {
    const begun = this.#begun;
    this.#begun = [];
    for (const entry of begun) {
      this.#written += entry.length;
      entry.resolve();
    }
  }

  #rest(): void {
    this.#busy = false;
    const idlers = this.#idlers;
    this.#idlers = [];
    for (const resolve of idlers) resolve();
  }

  /** The bytes of the next system call; their entries become `#begun`. */
  #next(): Uint8Array | undefined {
    let count = 0;
    let total = 0;
    for (const entry of this.#waiting) {
      if (count > 0 && (!this.#cork || total + entry.length > joinLimit)) break;
      if (entry.bytes.byteLength !== entry.length) break;
      count++;
      total += entry.length;
    }
    if (count === 0) {
      this.#waiting.shift()?.reject(new TypeError("the buffer was detached or resized while its write() was pending"));
      return undefined;
    }
    this.#begun = this.#waiting.splice(0, count);
    const [first] = this.#begun;
    if (first !== undefined && count === 1) return first.bytes;
    const joined = new Uint8Array(total);
    let offset = 0;
    for (const entry of this.#begun) {
      joined.set(entry.bytes, offset);
      offset += entry.length;
    }
    return joined;
  }
}
