/** Sending datagrams: with the kernel before the call returns wherever it takes them, which costs no promise then. */
import type { DatagramState } from "./datagram-state.ts";
import { Deadline, type WaitOptions } from "./deadline.ts";
import type { Destination, Destinations, Named } from "./destinations.ts";
import type { SocketError } from "./errors.ts";
import type { Peer } from "./peer.ts";
import { quiet } from "./quiet.ts";

/** What was sent at once has the same promise each time. */
const done: Promise<void> = Promise.resolve();

export class Sending {
  readonly #state: DatagramState;
  readonly #destinations: Destinations;
  readonly #peer: Peer;

  constructor(state: DatagramState, destinations: Destinations, peer: Peer) {
    this.#state = state;
    this.#destinations = destinations;
    this.#peer = peer;
  }

  /** Sends to the peer if there is no `target`. */
  send(bytes: Uint8Array, target: Named | Destination | undefined, options?: WaitOptions): Promise<void> {
    try {
      if (options !== undefined) return quiet(this.#sendInTime(bytes, target, options));
      return this.#send(bytes, target) ?? done;
    } catch (error) {
      return quiet(Promise.reject(error));
    }
  }

  async #sendInTime(bytes: Uint8Array, target: Named | Destination | undefined, options: WaitOptions): Promise<void> {
    const deadline = Deadline.start("send", options);
    try {
      const sent = this.#send(bytes, target);
      await (deadline === undefined || sent === undefined ? sent : deadline.race(sent));
    } finally {
      deadline?.end();
    }
  }

  /** Nothing if the kernel has it; whoever waits for the promise is told of a failure, and nobody else. */
  #send(bytes: Uint8Array, target: Named | Destination | undefined): void | Promise<void> {
    this.#state.assertOpen("send");
    if (target === undefined && this.#peer.remote === undefined) throw this.#state.failure("EDESTADDRREQ", "send");
    if (target !== undefined && this.#peer.remote !== undefined) throw this.#state.failure("EISCONN", "send");
    this.#peer.throwPending("send");
    if (target === undefined || target.address !== undefined) return this.#transmit(bytes, target);
    return quiet(this.#find(bytes, target));
  }

  async #find(bytes: Uint8Array, target: Named): Promise<void> {
    const found = await this.#destinations.find(target);
    if (this.#state.closing !== undefined) throw this.#state.failure("ECANCELED", "send");
    await this.#transmit(bytes, found);
  }

  #transmit(bytes: Uint8Array, to: Destination | undefined): void | Promise<void> {
    let sent: void | Promise<void>;
    try {
      if (to === undefined) sent = this.#state.native.send(bytes, undefined);
      else {
        if (to.native === undefined) throw this.#state.failure("EAFNOSUPPORT", "send", to.address);
        this.#state.permit(to.address);
        sent = this.#state.native.send(bytes, to.native);
      }
    } catch (error) {
      throw this.#failed(error, to);
    }
    if (sent === undefined) return;
    const told: Promise<void> = sent.then(undefined, (error: unknown) => {
      quiet(told);
      throw this.#failed(error, to);
    });
    return told;
  }

  #failed(error: unknown, to: Destination | undefined): SocketError {
    if (this.#state.closing !== undefined) return this.#state.failure("ECANCELED", "send");
    return this.#state.wrap(error, "send", to?.address ?? this.#peer.remote);
  }
}
