/** A UDP socket: bounded receive queue, optional connected peer, multicast. */
import type { Adapter, NativeDatagram } from "./adapter.ts";
import { formatAddress, hostText, type IpAddress, type IpFamily, type Literal, sameEndpoint } from "./address.ts";
import {
  checkBytes,
  checkGroup,
  checkHost,
  checkInteger,
  checkKeys,
  checkLiteral,
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
import { datagramOptions, type DatagramSocketOptions } from "./options.ts";
import { quiet } from "./quiet.ts";
import { resolve } from "./resolve.ts";

/** Where a datagram goes: an IP literal or a name, and a port. */
export interface DatagramTarget {
  readonly host: string;
  readonly port: number;
}

/** A `DatagramTarget`, checked. */
interface Destination {
  readonly host: Host;
  readonly port: number;
}

/** One received datagram. */
export interface Datagram {
  /** The payload, the caller's for good; empty for an empty datagram. */
  readonly data: Uint8Array;
  readonly from: IpAddress;
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
export let arrive: (socket: DatagramSocket, datagram: Datagram) => void;

/**
 * Tells a socket of an error that belongs to no call.
 * @internal
 */
export let suffer: (socket: DatagramSocket, error: unknown) => void;

/**
 * A bound UDP socket.
 *
 * Boundaries are kept: one `send()` is one datagram, one `receive()` takes one. An error that one peer causes never
 * harms an unconnected socket; a connected one reports `ECONNREFUSED` at the next call and goes on working.
 */
export class DatagramSocket {
  readonly #native: NativeDatagram;
  readonly #adapter: Adapter;
  /** The family of the kernel's socket; one of IPv6 may have an IPv4 address while it is connected to an IPv4 peer. */
  readonly #family: IpFamily;
  readonly #limit: number;
  readonly #mailbox = new Mailbox<Datagram>({ weigh: ({ data }) => data.byteLength + overhead, discard: () => {} });
  readonly #closed: Promise<void>;
  #settleClosed!: () => void;
  #dropped = 0;
  #remote: IpAddress | undefined;
  /** Changes whenever the connected peer does, so that of two calls under way the later wins. */
  #connects = 0;
  /** An error of the connected peer that no call has reported yet. */
  #error: unknown;
  #closing: Promise<void> | undefined;

  static {
    arrive = (socket, datagram) => socket.#onMessage(datagram);
    suffer = (socket, error) => socket.#onError(error);
  }

  /** @internal */
  constructor(native: NativeDatagram, adapter: Adapter, family: IpFamily, limit: number) {
    this.#native = native;
    this.#family = family;
    this.#adapter = adapter;
    this.#limit = limit;
    this.#closed = new Promise((resolve) => {
      this.#settleClosed = resolve;
    });
    this.#address = Object.freeze({ ...native.local });
    hold(this);
  }

  #address: IpAddress;

  /** The local address, also after `close()`. */
  get address(): IpAddress {
    if (this.#closing === undefined) this.#address = Object.freeze({ ...this.#native.local });
    return this.#address;
  }

  /** The connected peer, if there is one. */
  get remoteAddress(): IpAddress | undefined {
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
  send(data: Uint8Array | string, to?: DatagramTarget, options?: WaitOptions): Promise<void> {
    let bytes: Uint8Array;
    let target: Destination | undefined;
    try {
      bytes = checkBytes("data", data);
      target = to === undefined ? undefined : checkTarget(to);
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
  receive(options?: ReceiveOptions): Promise<Datagram> {
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
  connect(to: DatagramTarget, options?: WaitOptions): Promise<void> {
    let target: Destination;
    try {
      target = checkTarget(to);
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

  /** Sets a socket option. Throws `ENOTSUP` with the reason where it cannot take effect. */
  setOption<Name extends keyof DatagramSocketOptions>(
    name: Name,
    value: NonNullable<DatagramSocketOptions[Name]>,
  ): void {
    if (!Object.hasOwn(datagramOptions, name)) throw new TypeError(`there is no datagram option "${String(name)}"`);
    const row = datagramOptions[name];
    const checked = row.check(name, value);
    const feature = row.needs?.(checked as never);
    if (feature !== undefined) requireFeature(this.#adapter, feature, "setOption");
    this.#assertOpen("setOption");
    this.#call("setOption", () => this.#native.setOption(name, checked as never));
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
  async *[Symbol.asyncIterator](): AsyncGenerator<Datagram, void, void> {
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
      await this.#native.send(bytes, to === undefined ? undefined : this.#forSocket(to));
    } catch (error) {
      if (this.#closing !== undefined) throw this.#failure("ECANCELED", "send");
      throw this.#wrap(error, "send", to ?? this.#remote);
    }
  }

  async #receive(options: WaitOptions | undefined, maxLength: number): Promise<Datagram> {
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
          await this.#native.connect(this.#forSocket(remote));
        } catch (error) {
          this.#remote = undefined;
          throw this.#wrap(error, "connect", remote);
        }
        this.#remote = Object.freeze({ ...remote });
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

  #onMessage(datagram: Datagram): void {
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

  async #locate(target: Destination): Promise<IpAddress> {
    const candidates = await resolve(this.#adapter, target.host, undefined);
    const literal = candidates.find((candidate) => candidate.family === this.#family) ?? candidates[0];
    const to = { ...(literal as Literal), port: target.port };
    if (this.#family === "ipv4" && to.family === "ipv6") throw this.#failure("EAFNOSUPPORT", "send", to);
    return to;
  }

  /** A dual-stack socket takes IPv4 destinations in their IPv4-mapped form (RFC 3493 §3.7). */
  #forSocket(to: IpAddress): IpAddress {
    if (to.family === this.#family) return to;
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

  #assertOpen(operation: Operation): void {
    if (this.#closing !== undefined) throw this.#failure("EBADF", operation);
  }

  #failure(code: SocketError["code"], operation: Operation, address?: IpAddress): SocketError {
    return new SocketError(code, operation, { address: formatAddress(address ?? this.address) });
  }

  #wrap(error: unknown, operation: Operation, address?: IpAddress): SocketError {
    return wrap(error, operation, {
      address: formatAddress(address ?? this.address),
      translate: (native) => this.#adapter.translate(native),
    });
  }
}

/** connect(2) takes the wildcard address for the loopback one, and that is who answers. */
function withoutWildcard(to: IpAddress): IpAddress {
  if (to.host === "0.0.0.0") return { ...to, host: "127.0.0.1" };
  return to.host === "::" ? { ...to, host: "::1" } : to;
}

function checkTarget(to: DatagramTarget): Destination {
  checkKeys("destination", to, ["host", "port", "family", "scopeId"]);
  return { host: checkHost("host", to.host), port: checkPort("port", to.port, 1) };
}
