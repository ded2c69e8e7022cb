/** A listening stream socket: connections that are established and not accepted yet, and those that wait for room among them. */
import type { Address } from "../../../core/address.ts";
import { NetworkFailure } from "./failure.ts";
import type { StreamSocket } from "./stream-socket.ts";
import { Wake } from "./wake.ts";

/** A connection that asks to be established. */
export interface Attempt {
  /** Establishes it and gives the listener's end. */
  readonly establish: () => StreamSocket;
  readonly refuse: (failure: NetworkFailure) => void;
}

/** net.core.somaxconn */
const longestBacklog = 4096;

export class ListeningSocket {
  readonly local: Address;
  /** Raised when there is something to accept. */
  readonly wake: Wake = new Wake();
  readonly #capacity: number;
  readonly #release: (keepPath: boolean) => void;
  readonly #queue: StreamSocket[] = [];
  readonly #attempts = new Set<Attempt>();
  #closed = false;

  /** As on Linux one more connection than `backlog` says is established. */
  constructor(local: Address, backlog: number, release: (keepPath: boolean) => void) {
    this.local = local;
    this.#capacity = Math.min(backlog, longestBacklog) + 1;
    this.#release = release;
  }

  /** The oldest connection, `undefined` if it would block. */
  accept(): StreamSocket | undefined {
    if (this.#closed) throw new NetworkFailure("EBADF", "accept");
    const accepted = this.#queue.shift();
    this.#admit();
    return accepted;
  }

  /**
   * Resets what was not accepted and refuses what waits. The path of a Unix socket goes too, unless it is to be kept as
   * close(2) by itself keeps it.
   */
  close({ keepPath = false }: { readonly keepPath?: boolean } = {}): void {
    if (this.#closed) throw new NetworkFailure("EBADF", "close");
    this.#closed = true;
    this.wake.set(undefined);
    this.#release(keepPath);
    for (const queued of this.#queue.splice(0)) {
      queued.abort();
      queued.close();
    }
    for (const { refuse } of this.#attempts) refuse(new NetworkFailure("ECONNREFUSED", "connect"));
    this.#attempts.clear();
  }

  /** @internal A SYN. It is dropped as long as the queue is full, that is, the attempt waits. */
  request(attempt: Attempt): void {
    this.#attempts.add(attempt);
    this.#admit();
  }

  /** @internal The attempt is given up. */
  withdraw(attempt: Attempt): void {
    this.#attempts.delete(attempt);
  }

  #admit(): void {
    for (const attempt of this.#attempts) {
      if (this.#queue.length >= this.#capacity) return;
      this.#attempts.delete(attempt);
      this.#queue.push(attempt.establish());
      this.wake.raise();
    }
  }
}
