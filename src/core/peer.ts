/** The peer that a datagram socket is connected to, and what it did that no call has told yet. */
import { type Address, sameEndpoint } from "./address.ts";
import { requireFeature } from "./capabilities.ts";
import type { DatagramState } from "./datagram-state.ts";
import { Deadline, type WaitOptions } from "./deadline.ts";
import { type Destination, type Destinations, type Named, nativeForm } from "./destinations.ts";
import type { Operation } from "./errors.ts";

export class Peer {
  readonly #state: DatagramState;
  readonly #destinations: Destinations;
  readonly #connected: () => void;
  #remote: Address | undefined;
  /** Changes whenever the peer does, so that of two calls under way the later wins. */
  #turn = 0;
  #error: unknown;

  /** `connected` is called whenever there is a new peer. */
  constructor(state: DatagramState, destinations: Destinations, { connected }: { readonly connected: () => void }) {
    this.#state = state;
    this.#destinations = destinations;
    this.#connected = connected;
  }

  get remote(): Address | undefined {
    return this.#remote;
  }

  /** Whether datagrams from `address` are received. */
  admits(address: Address): boolean {
    return this.#remote === undefined || sameEndpoint(address, this.#remote);
  }

  async connect(target: Named | Destination, options: WaitOptions | undefined): Promise<void> {
    requireFeature(this.#state.adapter, "udp.connect", "connect");
    const deadline = Deadline.start("connect", options);
    try {
      this.#state.assertOpen("connect");
      const connected = this.#connect(target, ++this.#turn);
      await (deadline === undefined ? connected : deadline.race(connected));
    } finally {
      deadline?.end();
    }
  }

  disconnect(): void {
    this.#state.assertOpen("disconnect");
    if (this.#remote === undefined) throw this.#state.failure("ENOTCONN", "disconnect");
    this.#turn++;
    this.#remote = undefined;
    this.#error = undefined;
    try {
      this.#state.native.disconnect();
    } catch (error) {
      throw this.#state.wrap(error, "disconnect");
    }
  }

  /** What the peer did, for the next call to tell. */
  blame(error: unknown): void {
    this.#error = error;
  }

  /** Throws what the peer did, once. */
  throwPending(operation: Operation): void {
    const error = this.#error;
    if (error === undefined) return;
    this.#error = undefined;
    throw this.#state.wrap(error, operation, this.#remote);
  }

  async #connect(target: Named | Destination, turn: number): Promise<void> {
    const state = this.#state;
    const found = await this.#destinations.find(target);
    const remote = withoutWildcard(found.address);
    const native = nativeForm(remote, state.family);
    if (native === undefined) throw state.failure("EAFNOSUPPORT", "connect", remote);
    if (state.closing !== undefined || turn !== this.#turn) throw state.failure("ECANCELED", "connect");
    try {
      state.permit(remote);
      await state.native.connect(native);
    } catch (error) {
      this.#remote = undefined;
      throw state.wrap(error, "connect", remote);
    }
    this.#remote = Object.freeze({ ...remote });
    this.#error = undefined;
    this.#connected();
  }
}

/** connect(2) takes the wildcard address for the loopback one, and that is who answers. */
function withoutWildcard(to: Address): Address {
  if (to.family === "unix") return to;
  if (to.host === "0.0.0.0") return { ...to, host: "127.0.0.1" };
  return to.host === "::" ? { ...to, host: "::1" } : to;
}
