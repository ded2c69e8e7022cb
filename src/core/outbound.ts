/** The send side of a stream: writes in call order, never two at once, those of one turn in one system call. */
import { quiet } from "./quiet.ts";

/** What the send side needs of its connection. */
export interface OutboundOwner {
  /** Gives the bytes to the kernel; never called while an earlier one is under way. */
  write(bytes: Uint8Array): void | Promise<void>;
  /** Told the native error once; it answers with `fail()`. */
  writeFailed(error: unknown): void;
}

/** One write, or several of one turn, joined. */
export class Entry {
  /** Resolves when the kernel has the bytes. */
  readonly done: Promise<void>;
  #resolve!: () => void;
  length: number;
  /** The caller's own buffer, of which a single write makes no copy. */
  readonly #first: Uint8Array;
  /** Where several are joined. */
  #room: Uint8Array | undefined;
  #reject!: (error: unknown) => void;

  constructor(bytes: Uint8Array) {
    this.done = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.#first = bytes;
    this.length = bytes.byteLength;
  }

  /** Whether the caller gave the buffer away, or changed its size, meanwhile. */
  get lost(): boolean {
    return this.#room === undefined && this.#first.byteLength !== this.length;
  }

  /** What is sent. */
  get bytes(): Uint8Array {
    return this.#room === undefined ? this.#first : this.#room.subarray(0, this.length);
  }

  /** The kernel has the bytes. */
  finish(): void {
    spare ??= this.#room;
    this.#resolve();
  }

  reject(error: unknown): void {
    quiet(this.done);
    this.#reject(error);
  }

  append(bytes: Uint8Array): void {
    const length = this.length + bytes.byteLength;
    if (this.#room === undefined || length > this.#room.byteLength) {
      const room = roomFor(length);
      room.set(this.bytes);
      this.#room = room;
    }
    this.#room.set(bytes, this.length);
    this.length = length;
  }
}

/** Writes are joined up to this size; a larger one goes alone and is not copied. */
const joinLimit = 65_536;

/** Bytes of the memory in which writes are joined, to begin with. */
const leastRoom = 1024;

/** Memory in which writes were joined, for others. */
let spare: Uint8Array | undefined;

function roomFor(length: number): Uint8Array {
  const room = spare;
  if (room === undefined || room.byteLength < length) {
    return new Uint8Array(Math.min(Math.max(4 * length, leastRoom), joinLimit));
  }
  spare = undefined;
  return room;
}

const none: readonly Entry[] = [];

export class Outbound {
  readonly #cork: boolean;
  readonly #owner: OutboundOwner;
  #waiting: Entry[] = [];
  /** The last that waits, if writes of the same turn may be joined to it. */
  #open: Entry | undefined;
  #begun: readonly Entry[] = none;
  #busy = false;
  /** Whether what waits is sent at the end of this turn. */
  #scheduled = false;
  #failed = false;
  #idlers: (() => void)[] | undefined;
  #written = 0;

  constructor(cork: boolean, owner: OutboundOwner) {
    this.#cork = cork;
    this.#owner = owner;
  }

  /** Bytes that the kernel has taken. */
  get written(): number {
    return this.#written;
  }

  /** Whether nothing waits for the kernel. */
  get idle(): boolean {
    return !this.#busy;
  }

  /** Resolves when the kernel has the bytes. */
  add(bytes: Uint8Array): Promise<void> {
    const last = this.#open;
    if (last !== undefined && last.length + bytes.byteLength <= joinLimit && !last.lost) {
      last.append(bytes);
      return last.done;
    }
    const entry = this.addAlone(bytes);
    if (this.#cork) this.#open = entry;
    return entry.done;
  }

  /** Sends now what is sent at the end of this turn otherwise, since no write comes any more. */
  flush(): void {
    if (!this.#scheduled) return;
    this.#scheduled = false;
    this.#flush();
  }

  /** A write that can be taken back. */
  addAlone(bytes: Uint8Array): Entry {
    const entry = new Entry(bytes);
    this.#open = undefined;
    this.#waiting.push(entry);
    if (!this.#busy) {
      this.#busy = true;
      if (this.#cork) this.#schedule();
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
      (this.#idlers ??= []).push(resolve);
    });
  }

  /** Rejects everything that waits, and sends no more. */
  fail(error: unknown): void {
    this.#failed = true;
    const entries = [...this.#begun, ...this.#waiting];
    this.#begun = none;
    this.#waiting = [];
    this.#open = undefined;
    for (const entry of entries) entry.reject(error);
    this.#rest();
  }

  #schedule(): void {
    this.#scheduled = true;
    flushSoon(this);
  }

  #flush(): void {
    while (!this.#failed && this.#waiting.length > 0) {
      const bytes = this.#next();
      if (bytes === undefined) continue;
      let pending: void | Promise<void>;
      try {
        pending = this.#owner.write(bytes);
      } catch (error) {
        this.#owner.writeFailed(error);
        return;
      }
      if (pending !== undefined) {
        pending.then(
          () => {
            this.#settle();
            this.#flush();
          },
          (error: unknown) => {
            if (!this.#failed) this.#owner.writeFailed(error);
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
    this.#begun = none;
    for (const entry of begun) {
      this.#written += entry.length;
      entry.finish();
    }
  }

  #rest(): void {
    this.#busy = false;
    const idlers = this.#idlers;
    if (idlers === undefined) return;
    this.#idlers = undefined;
    for (const resolve of idlers) resolve();
  }

  /** The bytes of the next system call; their entries become `#begun`. */
  #next(): Uint8Array | undefined {
    this.#open = undefined;
    const waiting = this.#waiting;
    let count = 0;
    let total = 0;
    for (const entry of waiting) {
      if (count > 0 && (!this.#cork || total + entry.length > joinLimit)) break;
      if (entry.lost) break;
      count++;
      total += entry.length;
    }
    if (count === 0) {
      waiting.shift()?.reject(new TypeError("the buffer was detached or resized while its write() was pending"));
      return undefined;
    }
    if (count === waiting.length) this.#waiting = [];
    this.#begun = count === waiting.length ? waiting : waiting.splice(0, count);
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

/** Those that have something to send at the end of this turn. */
let due: Outbound[] = [];

function flushSoon(outbound: Outbound): void {
  if (due.push(outbound) === 1) queueMicrotask(flushAll);
}

function flushAll(): void {
  const outbounds = due;
  due = [];
  for (const outbound of outbounds) {
    try {
      outbound.flush();
    } catch (error) {
      // An adapter's fault must not stop the connections of others.
      queueMicrotask(() => {
        throw error;
      });
    }
  }
}
