/** A datagram socket, UDP or Unix: bounded receive queue, optional connected peer, multicast. */
import type { Adapter, NativeDatagram } from "./adapter.ts";
import {
  type Address,
  formatAddress,
  hostText,
  type IpAddress,
  type Literal,
  sameEndpoint,
  type UnixAddress,
} from "./address.ts";
import {
  checkBytes,
  checkGroup,
  checkHost,
  checkInteger,
  checkKeys,
  checkLiteral,
  checkPath,
  checkPort,
  checkString,
  type Host,
  ownMembers,
} from "./arguments.ts";
import { requireFeature } from "./capabilities.ts";
import { checkWait, Deadline, ownWait, waitKeys, type WaitOptions } from "./deadline.ts";
import { type Operation, SocketError, wrap } from "./errors.ts";
import { hold, release } from "./lifetime.ts";
import { Mailbox } from "./mailbox.ts";
import { OptionAccess } from "./option-access.ts";
import type { Setting } from "./option-arguments.ts";
import type { DatagramSocketOptions } from "./options.ts";
import { quiet } from "./quiet.ts";
import { resolve } from "./resolve.ts";
import type { DatagramOption, SocketOptionValues } from "./socket-options.ts";

/** Where a datagram goes: an IP literal or a name, and a port. */
export interface DatagramTarget {
  readonly host: string;
  readonly port: number;
}

/** Where a datagram of a Unix socket goes. */
export interface UnixDatagramTarget {
  readonly path: string;
}

/** What a socket with addresses of one kind sends to. */
export type TargetOf<A extends Address> = A extends UnixAddress ? UnixDatagramTarget : DatagramTarget;

/** A target, checked. */
type Destination = { readonly host: Host; readonly port: number } | { readonly path: string };

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

export interface MembershipOptions {
  /** IPv4: an address of the interface; IPv6: its name or index. Default: the system's choice. */
  readonly interface?: string | undefined;
  /** Only datagrams from this source (RFC 4607). */
  readonly source?: string | undefined;
}

/** What a queued datagram counts beyond its payload, so that empty ones are bounded too. */
const overhead = 64;

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

/** What a socket is told when it is made. */
export interface DatagramSettings {
  /** Of the kernel's socket. */
  readonly family: Address["family"];
  readonly receiveQueueSize: number;
  /** It is libc's own. */
  readonly made: boolean;
}

/**
 * A bound UDP socket, or a Unix datagram socket.
 *
 * Boundaries are kept: one `send()` is one datagram, one `receive()` takes one. An error that one peer causes never
 * harms an unconnected socket; a connected one reports `ECONNREFUSED` at the next call and goes on working.
 */
export class DatagramSocket<A extends Address = IpAddress> {
  readonly #native: NativeDatagram<Address>;
  readonly #adapter: Adapter;
  readonly #options: OptionAccess;
  /** The family of the kernel's socket; one of IPv6 may have an IPv4 address while it is connected to an IPv4 peer. */
  readonly #family: Address["family"];
  readonly #limit: number;
  /** It is libc's own. */
  readonly #made: boolean;
  #permitted: Address | undefined;
  readonly #mailbox = new Mailbox<Datagram<A>>({ weigh: ({ data }) => data.byteLength + overhead, discard: () => {} });
  readonly #closed: Promise<void>;
  #settleClosed!: () => void;
  #dropped = 0;
  #remote: A | undefined;
  /** Changes whenever the connected peer does, so that of two calls under way the later wins. */
  #connects = 0;
  /** An error of the connected peer that no call has reported yet. */
  #error: unknown;
  #closing: Promise<void> | undefined;

  static {
    arrive = (socket, datagram) => socket.#onMessage(datagram);
    suffer = (socket, error) => socket.#onError(error);
    configure = (socket, settings) => socket.#options.apply(settings);
  }

  /** @internal */
  constructor(native: NativeDatagram<Address>, adapter: Adapter, settings: DatagramSettings) {
    const { family, receiveQueueSize, made } = settings;
    this.#native = native;
    this.#family = family;
    this.#adapter = adapter;
    this.#limit = receiveQueueSize;
    this.#made = made;
    this.#closed = new Promise((resolve) => {
      this.#settleClosed = resolve;
    });
    this.#address = Object.freeze({ ...native.local }) as A;
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
        remote: this.#remote,
        descriptor: native.descriptor?.(),
      }),
      assertOpen: (operation) => this.#assertOpen(operation),
    });
    hold(this);
  }

  #address: A;

  /** The local address, also after `close()`. */
  get address(): A {
    if (this.#closing === undefined) this.#address = Object.freeze({ ...this.#native.local }) as A;
    return this.#address;
  }

  /** The connected peer, if there is one. */
  get remoteAddress(): A | undefined {
    return this.#remote;
  }

  /** Datagrams that arrived while the queue was full. */
  get dropped(): number {
    return this.#dropped;
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
    let target: Destination | undefined;
    try {
      bytes = checkBytes("data", data);
      target = to === undefined ? undefined : this.#checkTarget(to);
      options = ownWait("send", options);
    } catch (error) {
      return Promise.reject(error);
    }
    return quiet(this.#sendInTime(bytes, target, options));
  }

  /**
   * The next datagram. Several calls may wait; they are served in order.
   *
   * Errors: `ECONNREFUSED` of a connected peer, once; `ECANCELED` when the socket is closed meanwhile, `EBADF` afterwards.
   * Cancellation: no datagram is lost. Source: POSIX recvfrom().
   */
  receive(options?: ReceiveOptions): Promise<Datagram<A>> {
    let maxLength = Infinity;
    try {
      if (options !== undefined) {
        options = ownMembers(options);
        checkKeys("options of receive", options, ["maxLength", ...waitKeys]);
        checkWait(options);
        if (options.maxLength !== undefined) maxLength = checkInteger("maxLength", options.maxLength, 0, 2 ** 31 - 1);
      }
    } catch (error) {
      return Promise.reject(error);
    }
    return quiet(this.#receive(options, maxLength));
  }

  /**
   * Fixes the peer: `send()` needs no address, and datagrams from others are not received, those queued before neither.
   * Calling it again changes the peer; if that fails, the socket is unconnected. Source: POSIX connect().
   */
  connect(to: TargetOf<A>, options?: WaitOptions): Promise<void> {
    let target: Destination;
    try {
      target = this.#checkTarget(to);
      options = ownWait("connect", options);
    } catch (error) {
      return Promise.reject(error);
    }
    return quiet(this.#connect(target, options));
  }

  /** Undoes `connect()`; the local port stays. Errors: `ENOTCONN`. */
  disconnect(): Promise<void> {
    return quiet(this.#disconnect());
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
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** Lets the open socket keep the process alive, as it does by default. */
  ref(): this {
    if (this.#closing === undefined) {
      hold(this);
      this.#native.ref();
    }
    return this;
  }

  /** Lets the process end although the socket is open. */
  unref(): this {
    release(this);
    if (this.#closing === undefined) this.#native.unref();
    return this;
  }

  /** Datagrams until the socket is closed. A connected peer's `ECONNREFUSED` is thrown; the socket stays open. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Datagram<A>, void, void> {
    while (this.#closing === undefined) {
      try {
        yield await this.receive();
      } catch (error) {
        if (this.#closing !== undefined) return;
        throw error;
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #sendInTime(
    bytes: Uint8Array,
    target: Destination | undefined,
    options: WaitOptions | undefined,
  ): Promise<void> {
    const deadline = Deadline.start("send", options);
    try {
      const sent = this.#send(bytes, target);
      await (deadline === undefined ? sent : deadline.race(sent));
    } finally {
      deadline?.end();
    }
  }

  async #send(bytes: Uint8Array, target: Destination | undefined): Promise<void> {
    this.#assertOpen("send");
    if (target === undefined && this.#remote === undefined) throw this.#failure("EDESTADDRREQ", "send");
    if (target !== undefined && this.#remote !== undefined) throw this.#failure("EISCONN", "send");
    this.#throwPending("send");
    const to = target === undefined ? undefined : await this.#locate(target);
    if (this.#closing !== undefined) throw this.#failure("ECANCELED", "send");
    try {
      if (to !== undefined) this.#permit(to);
      await this.#native.send(bytes, to === undefined ? undefined : this.#forSocket(to));
    } catch (error) {
      if (this.#closing !== undefined) throw this.#failure("ECANCELED", "send");
      throw this.#wrap(error, "send", to ?? this.#remote);
    }
  }

  async #receive(options: WaitOptions | undefined, maxLength: number): Promise<Datagram<A>> {
    const deadline = Deadline.start("receive", options);
    try {
      this.#assertOpen("receive");
      let datagram = this.#mailbox.take();
      if (datagram === undefined) {
        this.#throwPending("receive");
        datagram = await this.#mailbox.next(deadline);
      }
      if (datagram.data.byteLength <= maxLength) return datagram;
      return { ...datagram, data: datagram.data.slice(0, maxLength), truncated: true };
    } finally {
      deadline?.end();
    }
  }

  async #connect(
    target: Destination,
    options: WaitOptions | undefined,
  ): Promise<void> {
    requireFeature(this.#adapter, "udp.connect", "connect");
    const deadline = Deadline.start("connect", options);
    try {
      this.#assertOpen("connect");
      const turn = ++this.#connects;
      const connect = async (): Promise<void> => {
        const remote = withoutWildcard(await this.#locate(target));
        if (this.#closing !== undefined || turn !== this.#connects) throw this.#failure("ECANCELED", "connect");
        try {
          this.#permit(remote);
          await this.#native.connect(this.#forSocket(remote));
        } catch (error) {
          this.#remote = undefined;
          throw this.#wrap(error, "connect", remote);
        }
        this.#remote = Object.freeze({ ...remote }) as A;
        this.#error = undefined;
        this.#mailbox.retain(({ from }) => sameEndpoint(from, remote));
      };
      const connected = connect();
      await (deadline === undefined ? connected : deadline.race(connected));
    } finally {
      deadline?.end();
    }
  }

  async #disconnect(): Promise<void> {
    this.#assertOpen("disconnect");
    if (this.#remote === undefined) throw this.#failure("ENOTCONN", "disconnect");
    this.#connects++;
    this.#remote = undefined;
    this.#error = undefined;
    this.#call("disconnect", () => this.#native.disconnect());
  }

  async #close(): Promise<void> {
    const { address } = this;
    const released = this.#native.close();
    this.#mailbox.close(this.#failure("ECANCELED", "receive", address));
    await released.catch(() => {});
    release(this);
    this.#settleClosed();
  }

  #onMessage(datagram: Datagram<A>): void {
    if (this.#closing !== undefined) return;
    if (this.#remote !== undefined && !sameEndpoint(datagram.from, this.#remote)) return;
    if (!this.#mailbox.awaited && this.#mailbox.weight + datagram.data.byteLength + overhead > this.#limit) {
      this.#dropped++;
    } else this.#mailbox.put(datagram);
  }

  /** An unconnected socket talks to many; what one of them did is no error of the socket. */
  #onError(error: unknown): void {
    if (this.#remote === undefined || this.#closing !== undefined) return;
    if (!this.#mailbox.refuse(this.#wrap(error, "receive", this.#remote))) this.#error = error;
  }

  #throwPending(operation: Operation): void {
    const error = this.#error;
    if (error === undefined) return;
    this.#error = undefined;
    throw this.#wrap(error, operation, this.#remote);
  }

  async #locate(target: Destination): Promise<Address> {
    if ("path" in target) return { family: "unix", path: target.path };
    const candidates = await resolve(this.#adapter, target.host, undefined);
    const literal = candidates.find((candidate) => candidate.family === this.#family) ?? candidates[0];
    const to = { ...(literal as Literal), port: target.port };
    if (this.#family === "ipv4" && to.family === "ipv6") throw this.#failure("EAFNOSUPPORT", "send", to);
    return to;
  }

  /** A dual-stack socket takes IPv4 destinations in their IPv4-mapped form (RFC 3493 §3.7). */
  #forSocket(to: Address): Address {
    if (to.family === this.#family || to.family === "unix") return to;
    return { family: "ipv6", host: `::ffff:${to.host}`, port: to.port };
  }

  #setMembership(change: "join" | "leave", group: string, options: MembershipOptions): void {
    options = ownMembers(options);
    checkKeys(`options of ${change}`, options, ["interface", "source"]);
    const { host, family, scopeId } = checkGroup("group", group);
    const chosen = options.interface === undefined ? scopeId : checkString("interface", options.interface);
    if (family === "ipv4" && chosen !== undefined) checkLiteral("interface", chosen);
    const source = options.source === undefined ? undefined : hostText(checkLiteral("source", options.source));
    requireFeature(this.#adapter, source === undefined ? "udp.multicast" : "udp.sourceMulticast", change);
    this.#assertOpen(change);
    if (family !== this.#family) throw this.#failure("EAFNOSUPPORT", change);
    this.#call(change, () => this.#native.setMembership(change, { group: host, interface: chosen, source }));
  }

  #call(operation: Operation, action: () => void): void {
    try {
      action();
    } catch (error) {
      throw this.#wrap(error, operation);
    }
  }

  #checkTarget(to: TargetOf<A>): Destination {
    if (this.#family === "unix") {
      const { path } = to as UnixDatagramTarget;
      checkKeys("destination", to, ["path", "family"]);
      return { path: checkPath("path", path, this.#adapter.maxPathLength) };
    }
    const { host, port } = to as DatagramTarget;
    checkKeys("destination", to, ["host", "port", "family", "scopeId"]);
    return { host: checkHost("host", host), port: checkPort("port", port, 1) };
  }

  /** Asks the runtime's permissions, which libc would pass by; not again for the peer of before. */
  #permit(to: Address): void {
    if (!this.#made || (this.#permitted !== undefined && sameEndpoint(to, this.#permitted))) return;
    this.#adapter.permit?.(to);
    this.#permitted = to;
  }

  #assertOpen(operation: Operation): void {
    if (this.#closing !== undefined) throw this.#failure("EBADF", operation);
  }

  #failure(code: SocketError["code"], operation: Operation, address?: Address): SocketError {
    return new SocketError(code, operation, { address: formatAddress(address ?? this.address) });
  }

  #wrap(error: unknown, operation: Operation, address?: Address): SocketError {
    return wrap(error, operation, {
      address: formatAddress(address ?? this.address),
      translate: (native) => this.#adapter.translate(native),
    });
  }
}

/** connect(2) takes the wildcard address for the loopback one, and that is who answers. */
function withoutWildcard(to: Address): Address {
  if (to.family === "unix") return to;
  if (to.host === "0.0.0.0") return { ...to, host: "127.0.0.1" };
  return to.host === "::" ? { ...to, host: "::1" } : to;
}
