/** The receive side of a stream: a bounded queue between what the kernel gives and the read that asks for it. */
import type { Deadline } from "./deadline.ts";
import { Queue } from "./queue.ts";
import { quiet } from "./quiet.ts";

/** What the receive side needs of its connection. */
export interface InboundOwner {
  /** Lets the kernel's bytes come again after `push()` returned false. */
  resume(): void;
  /** Throws if the connection was closed or reset; `waiting`: while the read that asks was waiting. */
  assertReadable(waiting: boolean): void;
  /** Why the stream ended in failure. */
  readFailure(): unknown;
  /** Told of bytes, of the end and of `discard()`, after the read that waits was. */
  changed(): void;
}

/**
 * What a chunk that waits counts beyond its bytes: of one byte it takes 600 on Node and Deno, so that a peer that sends byte by byte
 * would have 37 MiB of a bound of 64 KiB (case tcp.backpressure/tiny-bounded).
 */
const overhead = 512;

/** Bytes, or how many were filled in; `null` is EOF. */
export type Received = Uint8Array | number | null;

export class Inbound {
  readonly #limit: number;
  readonly #owner: InboundOwner;
  readonly #chunks = new Queue<Uint8Array>();
  #size = 0;
  #taken = 0;
  #stopped = false;
  #discarding = false;
  #discarded = false;
  /** Of the read that waits, if `#arrival` is there. */
  #into: Uint8Array | undefined;
  #deadline: Deadline | undefined;
  #arrival: Promise<Received> | undefined;
  #resolve: ((received: Received) => void) | undefined;
  #reject: ((error: unknown) => void) | undefined;
  #end: "eof" | "failure" | undefined;

  constructor(limit: number, owner: InboundOwner) {
    this.#limit = limit;
    this.#owner = owner;
  }

  /** Bytes that reads have got. */
  get taken(): number {
    return this.#taken;
  }

  /** Whether a read waits. */
  get awaited(): boolean {
    return this.#arrival !== undefined;
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
    if (this.#arrival !== undefined && this.#into === undefined && this.#deadline === undefined) {
      // A read waits only while there is nothing in front of these.
      this.#taken += bytes.byteLength;
      this.#settle(bytes);
      return true;
    }
    this.#chunks.push(bytes);
    this.#size += bytes.byteLength;
    this.#changed();
    this.#stopped = this.#full;
    return !this.#stopped;
  }

  finish(ending: "eof" | "failure"): void {
    this.#end ??= ending;
    this.#changed();
  }

  /** Drops what waits and whatever comes; reading goes on, so that the peer is not stopped and its FIN is seen. */
  discard(): void {
    this.#discarding = true;
    this.#discarded ||= this.#size > 0;
    this.#chunks.reset([]);
    this.#size = 0;
    this.#changed();
    this.#restart();
  }

  /**
   * The oldest chunk, whole, or as much as there is filled into `into`; as soon as there is something. One call at a time.
   * Throws what a call that need not wait fails with.
   */
  receive(into: Uint8Array | undefined, deadline: Deadline | undefined): Promise<Received> {
    const received = this.#outcome(into, false);
    if (received !== undefined) {
      deadline?.end();
      return Promise.resolve(received);
    }
    const arrival = new Promise<Received>((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.#arrival = arrival;
    this.#into = into;
    this.#deadline = deadline;
    return deadline === undefined ? arrival : quiet(this.#inTime(arrival, deadline));
  }

  async #inTime(arrival: Promise<Received>, deadline: Deadline): Promise<Received> {
    try {
      return await deadline.race(arrival);
    } finally {
      if (this.#arrival === arrival) this.#forget();
      deadline.end();
    }
  }

  #settle(received: Received): void {
    const resolve = this.#resolve;
    this.#forget();
    resolve?.(received);
  }

  /** What is left of a read must not hold its bytes. */
  #forget(): void {
    this.#arrival = undefined;
    this.#into = undefined;
    this.#deadline = undefined;
    this.#resolve = undefined;
    this.#reject = undefined;
  }

  /** `undefined`: nothing yet. */
  #outcome(into: Uint8Array | undefined, waiting: boolean): Received | undefined {
    this.#owner.assertReadable(waiting);
    if (this.#discarding) return null;
    const received = into === undefined ? this.#take() : this.#takeInto(into);
    if (received !== undefined) return received;
    if (this.#end === "failure") throw this.#owner.readFailure();
    return this.#end === "eof" ? null : undefined;
  }

  #take(): Uint8Array | undefined {
    const chunk = this.#chunks.take();
    if (chunk !== undefined) this.#count(chunk.byteLength);
    return chunk;
  }

  /** Fills as much of `target` as the queue can; `undefined` if it is empty. */
  #takeInto(target: Uint8Array): number | undefined {
    if (target.byteLength === 0) return 0;
    if (this.#size === 0) return undefined;
    let filled = 0;
    while (filled < target.byteLength) {
      const chunk = this.#chunks.take();
      if (chunk === undefined) break;
      const part = chunk.subarray(0, target.byteLength - filled);
      target.set(part, filled);
      filled += part.byteLength;
      if (part.byteLength < chunk.byteLength) this.#chunks.putBack(chunk.subarray(part.byteLength));
    }
    this.#count(filled);
    return filled;
  }

  /** So many bytes of the queue were taken, and there is room for others. */
  #count(bytes: number): void {
    this.#taken += bytes;
    this.#size -= bytes;
    this.#restart();
  }

  /** Gives the read that waits what there is for it by now. */
  #changed(): void {
    const arrival = this.#arrival;
    if (arrival !== undefined && !this.#deadline?.over) {
      try {
        const received = this.#outcome(this.#into, true);
        if (received !== undefined) this.#settle(received);
      } catch (error) {
        const reject = this.#reject;
        this.#forget();
        quiet(arrival);
        reject?.(error);
      }
    }
    this.#owner.changed();
  }

  /** Whether no more is to be read. */
  get #full(): boolean {
    return this.#size + this.#chunks.length * overhead >= this.#limit;
  }

  #restart(): void {
    if (!this.#stopped || this.#full) return;
    this.#stopped = false;
    this.#owner.resume();
  }
}
