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
  /** The one behind it in its chain. */
  next: Entry | undefined;

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

export class Outbound {
  readonly #cork: boolean;
  readonly #owner: OutboundOwner;
  /** The chain of those that wait: an array would be more garbage than all else of a write. */
  #first: Entry | undefined;
  #last: Entry | undefined;
  /** The last, if writes of the same turn may be joined to it. */
  #open: Entry | undefined;
  /** The chain of those that the kernel is being given. */
  #begun: Entry | undefined;
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
    if (this.#last === undefined) this.#first = entry;
    else this.#last.next = entry;
    this.#last = entry;
    if (!this.#busy) {
      this.#busy = true;
      if (this.#cork) this.#schedule();
      else this.#flush();
    }
    return entry;
  }

  /** Takes back a write that has not begun; false if it has. */
  cancel(entry: Entry): boolean {
    let before: Entry | undefined;
    for (let waiting = this.#first; waiting !== entry; waiting = waiting.next) {
      if (waiting === undefined) return false;
      before = waiting;
    }
    if (before === undefined) this.#first = entry.next;
    else before.next = entry.next;
    if (this.#last === entry) this.#last = before;
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
    const chains = [this.#begun, this.#first];
    this.#begun =
      this.#first =
      this.#last =
      this.#open =
        undefined;
    for (let entry of chains) for (; entry !== undefined; entry = entry.next) entry.reject(error);
    this.#rest();
  }

  #schedule(): void {
    this.#scheduled = true;
    flushSoon(this);
  }

  #flush(): void {
    while (!this.#failed && this.#first !== undefined) {
      const bytes = this.#next(this.#first);
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
    let entry = this.#begun;
    this.#begun = undefined;
    for (; entry !== undefined; entry = entry.next) {
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

  /** The bytes of the next system call, from `first` on; their entries become `#begun`. */
  #next(first: Entry): Uint8Array | undefined {
    this.#open = undefined;
    let last: Entry | undefined;
    let total = 0;
    for (let entry: Entry | undefined = first; entry !== undefined && !entry.lost; entry = entry.next) {
      if (last !== undefined && (!this.#cork || total + entry.length > joinLimit)) break;
      total += entry.length;
      last = entry;
    }
    const taken = last ?? first;
    this.#first = taken.next;
    if (this.#first === undefined) this.#last = undefined;
    taken.next = undefined;
    if (last === undefined) {
      first.reject(new TypeError("the buffer was detached or resized while its write() was pending"));
      return undefined;
    }
    this.#begun = first;
    return first === last ? first.bytes : joined(first, total);
  }
}

function joined(first: Entry, total: number): Uint8Array {
  const bytes = new Uint8Array(total);
  let offset = 0;
  for (let entry: Entry | undefined = first; entry !== undefined; entry = entry.next) {
    bytes.set(entry.bytes, offset);
    offset += entry.length;
  }
  return bytes;
}

/** Those that have something to send at the end of this turn, so many: the places are used again. */
const due: (Outbound | undefined)[] = [];
let count = 0;

function flushSoon(outbound: Outbound): void {
  if (count === 0) queueMicrotask(flushAll);
  due[count++] = outbound;
}

function flushAll(): void {
  for (let index = 0; index < count; index++) {
    const outbound = due[index];
    due[index] = undefined;
    try {
      outbound?.flush();
    } catch (error) {
      // An adapter's fault must not stop the connections of others.
      queueMicrotask(() => {
        throw error;
      });
    }
  }
  count = 0;
}
