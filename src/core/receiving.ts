/** Receiving datagrams: a bounded queue of what came, and the calls that wait for more. */
import type { Address, IpAddress } from "./address.ts";
import { checkInteger, checkKeys, ownMembers } from "./arguments.ts";
import type { DatagramState } from "./datagram-state.ts";
import { checkWait, Deadline, waitKeys, type WaitOptions } from "./deadline.ts";
import type { Taker } from "./iteration.ts";
import { Mailbox } from "./mailbox.ts";
import type { Peer } from "./peer.ts";
import { quiet } from "./quiet.ts";

/** One received datagram. */
export interface Datagram<A extends Address = IpAddress> {
  /** The payload, the caller's for good; empty for an empty datagram. */
  readonly data: Uint8Array;
  /** The sender; of an unnamed Unix socket the path is `""`. */
  readonly from: A;
  /** Whether the datagram was longer than `data`; the rest is lost, as with recv(2). */
  readonly truncated: boolean;
}

export interface ReceiveOptions extends WaitOptions {
  /** Bytes to keep of the datagram. Default: all. */
  readonly maxLength?: number | undefined;
}

/** What a queued datagram counts beyond its payload, so that empty ones are bounded too. */
const overhead = 64;

export class Receiving<A extends Address> {
  readonly #state: DatagramState;
  readonly #peer: Peer;
  readonly #limit: number;
  readonly #mailbox = new Mailbox<Datagram<A>>({ weigh: ({ data }) => data.byteLength + overhead, discard: () => {} });
  #dropped = 0;

  constructor(state: DatagramState, peer: Peer, { limit }: { readonly limit: number }) {
    this.#state = state;
    this.#peer = peer;
    this.#limit = limit;
  }

  /** Datagrams that came while the queue was full. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Takes in what came. */
  put(datagram: Datagram<A>): void {
    if (this.#state.closing !== undefined || !this.#peer.admits(datagram.from)) return;
    if (!this.#mailbox.awaited && this.#mailbox.weight + datagram.data.byteLength + overhead > this.#limit) {
      this.#dropped++;
    } else this.#mailbox.put(datagram);
  }

  /** An unconnected socket talks to many; what one of them did is no error of the socket. */
  fail(error: unknown): void {
    const { remote } = this.#peer;
    if (remote === undefined || this.#state.closing !== undefined) return;
    if (!this.#mailbox.refuse(this.#state.wrap(error, "receive", remote))) this.#peer.blame(error);
  }

  /** A datagram that waits, if there is one. */
  take(): Datagram<A> | undefined {
    return this.#mailbox.take();
  }

  /** Has `taker` told of the next datagram. */
  wait(taker: Taker<Datagram<A>>): void {
    this.#peer.throwPending("receive");
    this.#mailbox.wait(taker);
  }

  /** The next datagram; whoever waits for it is told of a failure, and nobody else. */
  next(): Promise<Datagram<A>> {
    try {
      return this.#next(undefined);
    } catch (error) {
      return quiet(Promise.reject(error));
    }
  }

  /** Fails with `TypeError` or `RangeError` for wrong options, at once. */
  nextWith(options: ReceiveOptions): Promise<Datagram<A>> {
    const own = ownMembers(options);
    checkKeys("options of receive", own, ["maxLength", ...waitKeys]);
    checkWait(own);
    let maxLength = Infinity;
    if (own.maxLength !== undefined) maxLength = checkInteger("maxLength", own.maxLength, 0, 2 ** 31 - 1);
    return quiet(this.#nextInTime(own, maxLength));
  }

  /** Forgets what waits and is not from the peer. */
  sift(): void {
    this.#mailbox.retain(({ from }) => this.#peer.admits(from));
  }

  /** Ends the calls that wait, and forgets what waits for a call. */
  close(error: unknown): void {
    this.#mailbox.close(error);
  }

  #next(deadline: Deadline | undefined): Promise<Datagram<A>> {
    this.#state.assertOpen("receive");
    const datagram = this.#mailbox.take();
    if (datagram !== undefined) return Promise.resolve(datagram);
    this.#peer.throwPending("receive");
    return this.#mailbox.next(deadline);
  }

  async #nextInTime(options: ReceiveOptions, maxLength: number): Promise<Datagram<A>> {
    const deadline = Deadline.start("receive", options);
    try {
      const datagram = await this.#next(deadline);
      if (datagram.data.byteLength <= maxLength) return datagram;
      return { ...datagram, data: datagram.data.slice(0, maxLength), truncated: true };
    } finally {
      deadline?.end();
    }
  }
}
