/** The receive side of a stream: a bounded queue between what the kernel gives and what the caller asks for. */
export class Inbound {
  readonly #limit: number;
  readonly #resume: () => void;
  #chunks: Uint8Array[] = [];
  #head = 0;
  #size = 0;
  #stopped = false;
  #discarding = false;
  #discarded = false;
  #wake: (() => void) | undefined;
  #end: "eof" | "failure" | undefined;

  /** `resume` lets the kernel's bytes come again after `push()` returned false. */
  constructor(limit: number, resume: () => void) {
    this.#limit = limit;
    this.#resume = resume;
  }

  /** Bytes that wait for a reader. */
  get size(): number {
    return this.#size;
  }

  /** Whether bytes were dropped unread. */
  get discarded(): boolean {
    return this.#discarded;
  }

  /** How the stream ended, once it has: no bytes come after that. */
  get ending(): "eof" | "failure" | undefined {
    return this.#end;
  }

  /** Takes bytes from the kernel; false asks for no more until `resume`. */
  push(bytes: Uint8Array): boolean {
    if (this.#discarding) {
      this.#discarded = true;
      return true;
    }
    this.#chunks.push(bytes);
    this.#size += bytes.byteLength;
    this.#notify();
    this.#stopped = this.#size >= this.#limit;
    return !this.#stopped;
  }

  finish(ending: "eof" | "failure"): void {
    this.#end ??= ending;
    this.#notify();
  }

  /** Drops what waits and whatever comes; reading goes on, so that the peer is not stopped and its FIN is seen. */
  discard(): void {
    this.#discarding = true;
    this.#discarded ||= this.#size > 0;
    this.#chunks = [];
    this.#head = 0;
    this.#size = 0;
    this.#notify();
    this.#restart();
  }

  /** The oldest chunk, whole. */
  take(): Uint8Array | undefined {
    const chunk = this.#chunks[this.#head];
    if (chunk === undefined) return undefined;
    this.#drop(chunk);
    return chunk;
  }

  /** Fills as much of `target` as the queue can; `undefined` if it is empty. */
  takeInto(target: Uint8Array): number | undefined {
    if (this.#size === 0) return undefined;
    let filled = 0;
    for (
      let chunk = this.#chunks[this.#head];
      chunk !== undefined && filled < target.byteLength;
      chunk = this.#chunks[this.#head]
    ) {
      const room = target.byteLength - filled;
      if (chunk.byteLength <= room) {
        target.set(chunk, filled);
        filled += chunk.byteLength;
        this.#drop(chunk);
      } else {
        target.set(chunk.subarray(0, room), filled);
        this.#chunks[this.#head] = chunk.subarray(room);
        this.#size -= room;
        filled += room;
        this.#restart();
      }
    }
    return filled;
  }

  /** Resolves at the next change: bytes, the end, or `discard()`. */
  changed(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  #notify(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }

  #drop(chunk: Uint8Array): void {
    this.#chunks[this.#head] = empty;
    this.#head++;
    this.#size -= chunk.byteLength;
    if (this.#head === this.#chunks.length) {
      this.#chunks = [];
      this.#head = 0;
    } else if (this.#head === 1024) {
      this.#chunks = this.#chunks.slice(this.#head);
      this.#head = 0;
    }
    this.#restart();
  }

  #restart(): void {
    if (!this.#stopped || this.#size >= this.#limit) return;
    this.#stopped = false;
    this.#resume();
  }
}

const empty: Uint8Array = new Uint8Array(0);
