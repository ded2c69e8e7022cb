/** A datagram socket, UDP or Unix: bounded receive queue, optional connected peer, multicast. */
import type { Adapter, NativeDatagram } from "./adapter.ts";
import { type Address, formatAddress, type IpAddress } from "./address.ts";
import { checkBytes } from "./arguments.ts";
import { requireFeature } from "./capabilities.ts";
import { type DatagramSettings, DatagramState } from "./datagram-state.ts";
import { ownWait, type WaitOptions } from "./deadline.ts";
import { type Destination, Destinations, type Named, type TargetOf } from "./destinations.ts";
import { Iteration } from "./iteration.ts";
import { hold, release } from "./lifetime.ts";
import { checkMembership, type MembershipOptions } from "./membership.ts";
import { OptionAccess } from "./option-access.ts";
import type { Setting } from "./option-arguments.ts";
import type { DatagramSocketOptions } from "./options.ts";
import { Peer } from "./peer.ts";
import { quiet } from "./quiet.ts";
import { type Datagram, type ReceiveOptions, Receiving } from "./receiving.ts";
import { Sending } from "./sending.ts";
import type { DatagramOption, SocketOptionValues } from "./socket-options.ts";

/**
 * Gives a socket what the kernel received for it.
 * @internal
 */
export let arrive: (socket: DatagramSocket<Address>, datagram: Datagram<Address>) => void;

/**
 * Tells a socket of an error that belongs to no call.
 * @internal
 */
export let suffer: (socket: DatagramSocket<Address>, error: unknown) => void;

/**
 * Sets what was given at opening; throws the first failure.
 * @internal
 */
export let configure: (socket: DatagramSocket<Address>, settings: readonly Setting[]) => void;

/**
 * A bound UDP socket, or a Unix datagram socket.
 *
 * Boundaries are kept: one `send()` is one datagram, one `receive()` takes one. An error that one peer causes never
 * harms an unconnected socket; a connected one reports `ECONNREFUSED` at the next call and goes on working.
 */
export class DatagramSocket<A extends Address = IpAddress> {
  readonly #state: DatagramState;
  readonly #options: OptionAccess;
  readonly #destinations: Destinations;
  readonly #peer: Peer;
  readonly #sending: Sending;
  readonly #receiving: Receiving<A>;
  readonly #closed: Promise<void>;
  #settleClosed!: () => void;

  static {
    arrive = (socket, datagram) => socket.#receiving.put(datagram);
    suffer = (socket, error) => socket.#receiving.fail(error);
    configure = (socket, settings) => socket.#options.apply(settings);
  }

  /** @internal */
  constructor(native: NativeDatagram<Address>, adapter: Adapter, settings: DatagramSettings) {
    const { family, receiveQueueSize, made } = settings;
    const state = new DatagramState(native, adapter, settings);
    this.#state = state;
    this.#destinations = new Destinations(state);
    this.#peer = new Peer(state, this.#destinations, { connected: () => this.#receiving.sift() });
    this.#sending = new Sending(state, this.#destinations, this.#peer);
    this.#receiving = new Receiving(state, this.#peer, { limit: receiveQueueSize });
    this.#closed = new Promise((resolve) => {
      this.#settleClosed = resolve;
    });
    this.#options = new OptionAccess({
      adapter,
      native: made ? undefined : native,
      transport: family === "unix" ? "unix" : "udp",
      family,
      address: () => formatAddress(this.address),
      connection: false,
      identity: () => ({
        type: "dgram",
        local: native.local,
        remote: this.#peer.remote,
        descriptor: native.descriptor?.(),
      }),
      assertOpen: (operation) => state.assertOpen(operation),
    });
    hold(this);
  }

  /** The local address, also after `close()`. */
  get address(): A {
    return this.#state.address as A;
  }

  /** The connected peer, if there is one. */
  get remoteAddress(): A | undefined {
    return this.#peer.remote as A | undefined;
  }

  /** Datagrams that arrived while the queue was full. */
  get dropped(): number {
    return this.#receiving.dropped;
  }

  /** Resolves when the socket is closed. */
  get closed(): Promise<void> {
    return this.#closed;
  }

  /**
   * Sends one datagram (a string as UTF-8); resolves when the kernel has it. `to` is for unconnected sockets; names are
   * looked up in the socket's family.
   *
   * Errors: `EMSGSIZE` if it is too long; `EDESTADDRREQ` without `to` on an unconnected socket, `EISCONN` with `to` on a
   * connected one; `ECONNREFUSED` of an earlier datagram to the connected peer, in place of this one; `EACCES` for a
   * broadcast address without the option; `ECANCELED` when the socket is closed meanwhile. Cancellation: the datagram
   * may be sent or not. Source: POSIX sendto().
   */
  send(data: Uint8Array | string, to?: TargetOf<A>, options?: WaitOptions): Promise<void> {
    let bytes: Uint8Array;
    let target: Named | Destination | undefined;
    try {
      bytes = checkBytes("data", data);
      if (to !== undefined) target = this.#destinations.read(to);
      if (options !== undefined) options = ownWait("send", options);
    } catch (error) {
      return Promise.reject(error);
    }
    return this.#sending.send(bytes, target, options);
  }

  /**
   * The next datagram. Several calls may wait; they are served in order.
   *
   * Errors: `ECONNREFUSED` of a connected peer, once; `ECANCELED` when the socket is closed meanwhile, `EBADF` afterwards.
   * Cancellation: no datagram is lost. Source: POSIX recvfrom().
   */
  receive(options?: ReceiveOptions): Promise<Datagram<A>> {
    try {
      return options === undefined ? this.#receiving.next() : this.#receiving.nextWith(options);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Fixes the peer: `send()` needs no address, and datagrams from others are not received, those queued before neither.
   * Calling it again changes the peer; if that fails, the socket is unconnected. Source: POSIX connect().
   */
  connect(to: TargetOf<A>, options?: WaitOptions): Promise<void> {
    let target: Named | Destination;
    try {
      target = this.#destinations.read(to);
      options = ownWait("connect", options);
    } catch (error) {
      return Promise.reject(error);
    }
    return quiet(this.#peer.connect(target, options));
  }

  /** Undoes `connect()`; the local port stays. Errors: `ENOTCONN`. */
  disconnect(): Promise<void> {
    try {
      this.#peer.disconnect();
      return Promise.resolve();
    } catch (error) {
      return quiet(Promise.reject(error));
    }
  }

  /**
   * Joins a multicast group. Errors: `EADDRINUSE` if joined already, `ENODEV` or `EADDRNOTAVAIL` for an interface that
   * does not exist. Source: RFC 3678.
   */
  join(group: string, options: MembershipOptions = {}): void {
    this.#setMembership("join", group, options);
  }

  /** Leaves a multicast group. Errors: `EADDRNOTAVAIL` if not joined. */
  leave(group: string, options: MembershipOptions = {}): void {
    this.#setMembership("leave", group, options);
  }

  /**
   * Sets a socket option, documented in `SocketOptionValues`.
   *
   * Errors: `ENOTSUP` with the reason where it cannot take effect; `EINVAL` for one that must be given to `bind`; what
   * setsockopt(2) says. The socket is unharmed then. Source: POSIX setsockopt().
   */
  setOption<Name extends keyof DatagramSocketOptions>(
    name: Name,
    value: NonNullable<DatagramSocketOptions[Name]>,
  ): void {
    this.#options.set(name, value);
  }

  /**
   * The value that the kernel has. Errors: `ENOTSUP` without `omnisock/libc`, which reads it; what getsockopt(2) says.
   * Source: POSIX getsockopt().
   */
  getOption<Name extends DatagramOption>(name: Name): SocketOptionValues[Name] {
    return this.#options.get(name);
  }

  /**
   * Sets an option that has no name here to `value`, or reads one, by its numbers in this system's headers. Needs
   * `omnisock/libc`.
   */
  rawOption(level: number, name: number, value: Uint8Array): void;
  /** Reads at most `length` bytes of an option that has no name here. */
  rawOption(level: number, name: number, length: number): Uint8Array;
  rawOption(level: number, name: number, value: Uint8Array | number): Uint8Array | void {
    return this.#options.raw({ level, name }, value);
  }

  /** Closes the socket; datagrams not taken yet are dropped. Idempotent. */
  close(): Promise<void> {
    if (this.#state.closing !== undefined) return this.#state.closing;
    const error = this.#state.failure("ECANCELED", "receive");
    this.#state.closing = this.#close();
    this.#receiving.close(error);
    return this.#state.closing;
  }

  /** Lets the open socket keep the process alive, as it does by default. */
  ref(): this {
    if (this.#state.closing === undefined) {
      hold(this);
      this.#state.native.ref();
    }
    return this;
  }

  /** Lets the process end although the socket is open. */
  unref(): this {
    release(this);
    if (this.#state.closing === undefined) this.#state.native.unref();
    return this;
  }

  /** Datagrams until the socket is closed. A connected peer's `ECONNREFUSED` is thrown; the socket stays open. */
  [Symbol.asyncIterator](): AsyncGenerator<Datagram<A>, void, void> {
    const state = this.#state;
    const receiving = this.#receiving;
    return new Iteration({
      get over() {
        return state.closing !== undefined;
      },
      take: () => receiving.take(),
      wait: (taker) => receiving.wait(taker),
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(): Promise<void> {
    const released = this.#state.native.close();
    await released.catch(() => {});
    release(this);
    this.#settleClosed();
  }

  #setMembership(change: "join" | "leave", group: string, options: MembershipOptions): void {
    const { family, membership } = checkMembership(change, group, options);
    const state = this.#state;
    requireFeature(state.adapter, membership.source === undefined ? "udp.multicast" : "udp.sourceMulticast", change);
    state.assertOpen(change);
    if (family !== state.family) throw state.failure("EAFNOSUPPORT", change);
    try {
      state.native.setMembership(change, membership);
    } catch (error) {
      throw state.wrap(error, change);
    }
  }
}
