/** What the calls of one datagram socket share: the native socket, whether it is open, and how failures are told. */
import type { Adapter, NativeDatagram } from "./adapter.ts";
import { type Address, formatAddress, sameEndpoint } from "./address.ts";
import { type Operation, SocketError, wrap } from "./errors.ts";

/** What a socket is told when it is made. */
export interface DatagramSettings {
  /** Of the kernel's socket; one of IPv6 may have an IPv4 address while it is connected to an IPv4 peer. */
  readonly family: Address["family"];
  readonly receiveQueueSize: number;
  /** It is libc's own. */
  readonly made: boolean;
}

export class DatagramState {
  readonly native: NativeDatagram<Address>;
  readonly adapter: Adapter;
  readonly family: Address["family"];
  /** Set once, when the socket is closed. */
  closing: Promise<void> | undefined;
  /** It is libc's own, which has read a datagram's bytes when its call returns. */
  readonly made: boolean;
  readonly #asks: boolean;
  #permitted: Address | undefined;
  #address: Address;

  constructor(native: NativeDatagram<Address>, adapter: Adapter, { family, made }: DatagramSettings) {
    this.native = native;
    this.adapter = adapter;
    this.family = family;
    this.made = made;
    this.#asks = made && adapter.permit !== undefined;
    this.#address = Object.freeze({ ...native.local });
  }

  /** The local address, of a closed socket the last. */
  get address(): Address {
    if (this.closing === undefined) this.#address = Object.freeze({ ...this.native.local });
    return this.#address;
  }

  assertOpen(operation: Operation): void {
    if (this.closing !== undefined) throw this.failure("EBADF", operation);
  }

  /** Asks the runtime's permissions, which libc would pass by; not again for the peer of before. */
  permit(to: Address): void {
    if (!this.#asks || (this.#permitted !== undefined && sameEndpoint(to, this.#permitted))) return;
    this.adapter.permit?.(to);
    this.#permitted = to;
  }

  failure(code: SocketError["code"], operation: Operation, address?: Address): SocketError {
    return new SocketError(code, operation, { address: formatAddress(address ?? this.address) });
  }

  wrap(error: unknown, operation: Operation, address?: Address): SocketError {
    return wrap(error, operation, {
      address: formatAddress(address ?? this.address),
      translate: (native) => this.adapter.translate(native),
    });
  }
}
