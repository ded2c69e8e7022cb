/** Sending datagrams: at once where the kernel takes them, else in order when it does. */
import type { Address, UnixAddress } from "../core/address.ts";
import { errnos } from "./errno.ts";
import { LibcError } from "./error.ts";
import { awaitRoom, awaitTime } from "./room.ts";
import { transmit } from "./transmission.ts";

interface Waiting {
  readonly data: Uint8Array;
  readonly to: Address | undefined;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Datagrams that wait for the same: those of one Unix receiver, or all of a UDP socket. */
interface Queue {
  readonly key: string;
  readonly waiting: Set<Waiting>;
  /** Ends the wait for the receiver's room; absent while the socket's own is waited for. */
  stop: (() => void) | undefined;
}

/** Datagrams of one queue that are sent in one turn of the event loop. */
const batch = 256;

export class Outbox {
  readonly #fd: number;
  readonly #wantRoom: (wanted: boolean) => void;
  readonly #queues = new Map<string, Queue>();
  /** Those that wait for the socket's own buffer. */
  readonly #blocked = new Set<Queue>();

  /** `wantRoom` says whether `writable()` is to be called when the socket is writable. */
  constructor(fd: number, wantRoom: (wanted: boolean) => void) {
    this.#fd = fd;
    this.#wantRoom = wantRoom;
  }

  send(data: Uint8Array, to: Address | undefined): void | Promise<void> {
    const key = to?.family === "unix" ? to.path : "";
    const queue = this.#queues.size === 0 ? undefined : this.#queues.get(key);
    if (queue !== undefined) return this.#enqueue(queue, data, to);
    const result = transmit(this.#fd, data, to);
    if (result >= 0) return;
    if (!mustWait(result)) throw new LibcError(-result, "sendmsg");
    const own: Queue = { key, waiting: new Set(), stop: undefined };
    this.#queues.set(key, own);
    const sent = this.#enqueue(own, data, to);
    this.#wait(own, to, result);
    return sent;
  }

  /** The socket's own buffer has room. */
  writable(): void {
    const queues = [...this.#blocked];
    this.#blocked.clear();
    for (const queue of queues) this.#flush(queue);
    if (this.#blocked.size === 0) this.#wantRoom(false);
  }

  /** Nothing is sent any more; sends that wait fail with `error`. */
  close(error: unknown): void {
    for (const { stop, waiting } of this.#queues.values()) {
      stop?.();
      for (const { reject } of waiting) reject(error);
    }
    this.#queues.clear();
    this.#blocked.clear();
  }

  /** A copy, since the caller's buffer may be given away meanwhile. */
  #enqueue({ waiting }: Queue, data: Uint8Array, to: Address | undefined): Promise<void> {
    return new Promise((resolve, reject) => waiting.add({ data: new Uint8Array(data), to, resolve, reject }));
  }

  #flush(queue: Queue): void {
    queue.stop = undefined;
    let count = 0;
    for (const one of queue.waiting) {
      const result = count++ < batch ? transmit(this.#fd, one.data, one.to) : -errnos.EAGAIN;
      if (result < 0 && mustWait(result)) return this.#wait(queue, one.to, result);
      queue.waiting.delete(one);
      if (result < 0) one.reject(new LibcError(-result, "sendmsg"));
      else one.resolve();
    }
    this.#queues.delete(queue.key);
  }

  #wait(queue: Queue, to: Address | undefined, result: number): void {
    const again = (): void => this.#flush(queue);
    if (result === -errnos.ENOBUFS) queue.stop = awaitTime(again);
    else if (to?.family === "unix") queue.stop = awaitRoom(to as UnixAddress, again);
    if (queue.stop !== undefined) return;
    this.#blocked.add(queue);
    this.#wantRoom(true);
  }
}

/** ENOBUFS is what macOS says of a receiver that is full; Linux says it of no datagram socket that is in order. */
function mustWait(result: number): boolean {
  return result === -errnos.EAGAIN || result === -errnos.ENOBUFS;
}
