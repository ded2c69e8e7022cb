/** A UDP socket, with the system calls that do not block. */
import type { Membership } from "../../../core/adapter.ts";
import { type IpAddress, type IpFamily, sameEndpoint } from "../../../core/address.ts";
import { NetworkFailure } from "./failure.ts";
import { Memberships } from "./memberships.ts";
import { destination, isBroadcast, isLocal, isMulticast, isWildcard, loopback, place } from "./place.ts";
import { type Claim, families } from "./ports.ts";
import { Wake } from "./wake.ts";

export interface Packet {
  readonly data: Uint8Array;
  readonly from: IpAddress;
}

/** What a socket needs of the network. */
export interface Carrier {
  /** Hands a packet to whoever has the destination; false if nobody has. */
  readonly deliver: (packet: Packet, to: IpAddress) => boolean;
  readonly release: (socket: PacketSocket) => void;
}

/** What an IP packet can carry beside the UDP header; that of IPv4 counts its own header too. */
const largest: Readonly<Record<IpFamily, number>> = { ipv4: 65_507, ipv6: 65_527 };

/** Bytes of packets not received yet beyond which further ones are dropped, with what each counts besides its payload. */
const receiveBuffer = 1_048_576;
const overhead = 64;

export class PacketSocket {
  /** Raised when `receive` may have a new answer. */
  readonly wake: Wake = new Wake();
  readonly #claim: Claim;
  readonly #carrier: Carrier;
  readonly #memberships = new Memberships();
  readonly #queue: Packet[] = [];
  #queued = 0;
  #remote: IpAddress | undefined;
  /** ECONNREFUSED of the connected peer, told once. */
  #error: NetworkFailure | undefined;
  #closed = false;
  /** SO_BROADCAST and IP_MULTICAST_LOOP. */
  broadcast = false;
  multicastLoopback = true;

  constructor(claim: Claim, carrier: Carrier) {
    this.#claim = claim;
    this.#carrier = carrier;
  }

  /** While connected, the wildcard is the address that the peer sees. */
  get local(): IpAddress {
    const { family, host, port } = this.#claim;
    if (this.#remote === undefined || !isWildcard(host)) return { family, host, port };
    return this.#source(this.#remote);
  }

  get remote(): IpAddress | undefined {
    return this.#remote;
  }

  /** Throws `EMSGSIZE`, `EACCES` (broadcast without the option), `ENETUNREACH`, `EDESTADDRREQ`. */
  send(data: Uint8Array, to?: IpAddress): void {
    this.#assertOpen("send");
    const target = to === undefined ? this.#remote : place(to);
    if (target === undefined) throw new NetworkFailure("EDESTADDRREQ", "send");
    const reached = this.#reach(target, "send");
    if (data.byteLength > largest[target.family]) throw new NetworkFailure("EMSGSIZE", "send");
    if (isMulticast(target.host) && !this.multicastLoopback) return;
    const packet = { data: new Uint8Array(data), from: this.#source(target) };
    if (this.#carrier.deliver(packet, reached) || to !== undefined || !isLocal(reached.host)) return;
    this.#error = new NetworkFailure("ECONNREFUSED", "send");
    this.wake.raise();
  }

  /** The oldest packet, `undefined` if it would block. Throws `ECONNREFUSED` once after a packet that nobody took. */
  receive(): Packet | undefined {
    this.#assertOpen("receive");
    const error = this.#error;
    this.#error = undefined;
    if (error !== undefined) throw error;
    const packet = this.#queue.shift();
    if (packet !== undefined) this.#queued -= packet.data.byteLength + overhead;
    return packet;
  }

  connect(remote: IpAddress): void {
    this.#assertOpen("connect");
    this.#remote = this.#reach(place(remote), "connect");
    this.#error = undefined;
  }

  disconnect(): void {
    this.#remote = undefined;
    this.#error = undefined;
  }

  join(membership: Membership): void {
    this.#assertOpen("join");
    this.#memberships.join(membership);
  }

  leave(membership: Membership): void {
    this.#assertOpen("leave");
    this.#memberships.leave(membership);
  }

  close(): void {
    this.#assertOpen("close");
    this.#closed = true;
    this.wake.set(undefined);
    this.#queue.length = 0;
    this.#carrier.release(this);
  }

  /** @internal Whether it takes a packet that came to its port. */
  accepts(from: IpAddress, to: IpAddress): boolean {
    if (this.#remote !== undefined && !sameEndpoint(this.#remote, from)) return false;
    return !isMulticast(to.host) || this.#memberships.accepts(to.host, from.host);
  }

  /** @internal */
  arrive(packet: Packet): void {
    const size = packet.data.byteLength + overhead;
    if (this.#queued + size > receiveBuffer) return;
    this.#queue.push(packet);
    this.#queued += size;
    this.wake.raise();
  }

  /** Where a packet to `to` arrives, if this socket may send it there. */
  #reach(to: IpAddress, what: string): IpAddress {
    const reachable = families(this.#claim);
    if (!reachable.includes(to.family)) {
      throw new NetworkFailure(to.family === "ipv6" ? "EAFNOSUPPORT" : "ENETUNREACH", what);
    }
    if (isBroadcast(to.host)) {
      if (!this.broadcast) throw new NetworkFailure("EACCES", what);
      return to;
    }
    return isMulticast(to.host) ? to : destination(to, what);
  }

  #source(to: IpAddress): IpAddress {
    const { host, port } = this.#claim;
    if (isLocal(host)) return { family: this.#claim.family, host, port };
    return { family: to.family, host: loopback(to.family), port };
  }

  #assertOpen(what: string): void {
    if (this.#closed) throw new NetworkFailure("EBADF", what);
  }
}
