/** The memory network: one host, with its port tables and the names of its Unix sockets. */
import { type Address, formatAddress, type IpAddress } from "../../../core/address.ts";
import { NetworkFailure } from "./failure.ts";
import { type Attempt, ListeningSocket } from "./listening-socket.ts";
import { type Packet, PacketSocket } from "./packet-socket.ts";
import { destination, isBroadcast, isLocal, isMulticast, isWildcard, loopback, place } from "./place.ts";
import { type Claim, type Match, PortTable } from "./ports.ts";
import { StreamSocket } from "./stream-socket.ts";
import { turn } from "./turn.ts";

export interface ConnectCall {
  readonly remote: Address;
  readonly local?: { readonly host: string | undefined; readonly port: number } | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface ListenCall {
  readonly local: Address;
  readonly backlog: number;
  readonly ipv6Only?: boolean;
  readonly reusePort?: boolean;
}

export interface BindCall {
  readonly local: IpAddress;
  readonly ipv6Only?: boolean;
  readonly reuseAddress?: boolean;
  readonly reusePort?: boolean;
}

/**
 * Plain system calls on sockets that live in the memory of one process: what the memory adapter is built on, and the far
 * end for a test that wants to say what exactly a peer does.
 *
 * Nothing takes time, and nothing is lost: there is no TIME_WAIT, and no latency but the turn of the event loop in which
 * a socket's `wake` is raised. Unix paths are names in the network; the file system is not looked at.
 */
export class Network {
  /** Listeners, and connections by a symbol. */
  readonly #streams = new PortTable<ListeningSocket | symbol>();
  readonly #packets = new PortTable<PacketSocket>();
  /** `undefined`: the path is there, the listener is not. */
  readonly #paths = new Map<string, ListeningSocket | undefined>();
  /** Both ends of every connection. */
  readonly #connections = new Set<string>();
  #turn = 0;

  /**
   * connect(2), from a turn later on; pending while the listener's queue is full.
   * Rejects with `ECONNREFUSED`, `ENETUNREACH`, `ENOENT`, `EADDRINUSE`, `EADDRNOTAVAIL`, or the reason of `signal`.
   */
  async connect({ remote, local, signal }: ConnectCall): Promise<StreamSocket> {
    await turn();
    signal?.throwIfAborted();
    if (remote.family === "unix") {
      return enqueue(this.#listenerAt(remote.path), { family: "unix", path: "" }, remote, () => {}, signal);
    }
    const to = destination(place(remote), "connect");
    const claim = this.#claimSource(to, local);
    const from: IpAddress = { family: claim.family, host: claim.host, port: claim.port };
    const key = `${formatAddress(from)} ${formatAddress(to)}`;
    if (this.#connections.has(key)) throw new NetworkFailure("EADDRNOTAVAIL", "connect");
    const listener = this.#pick(this.#streams.find(to).filter((match) => match.claim.listening));
    if (!(listener instanceof ListeningSocket)) throw new NetworkFailure("ECONNREFUSED", "connect");
    const owner = Symbol("connection");
    this.#streams.add(owner, claim);
    this.#connections.add(key);
    const release = (): void => {
      this.#streams.remove(owner, claim.port);
      this.#connections.delete(key);
    };
    try {
      return await enqueue(listener, from, to, release, signal);
    } catch (error) {
      release();
      throw error;
    }
  }

  /** bind(2) with SO_REUSEADDR, and listen(2). Throws `EADDRINUSE`, `EADDRNOTAVAIL`. */
  listen({ local, backlog, ipv6Only = false, reusePort = false }: ListenCall): ListeningSocket {
    if (local.family === "unix") return this.#listenAt(local.path, backlog);
    const { family, host, port } = place(local);
    if (!isWildcard(host) && !isLocal(host)) throw new NetworkFailure("EADDRNOTAVAIL", "listen");
    const wanted: Claim = { family, host, port, ipv6Only, reuseAddress: true, reusePort, listening: true };
    const claim = { ...wanted, port: this.#streams.choose(wanted, "listen") };
    const bound = { family, host, port: claim.port };
    const socket = new ListeningSocket(bound, backlog, () => this.#streams.remove(socket, bound.port));
    this.#streams.add(socket, claim);
    return socket;
  }

  /** A UDP socket, bound. Throws `EADDRINUSE`, `EADDRNOTAVAIL`. */
  bind({ local, ipv6Only = false, reuseAddress = false, reusePort = false }: BindCall): PacketSocket {
    const { family, host, port } = place(local);
    if (![isWildcard, isLocal, isMulticast, isBroadcast].some((exists) => exists(host))) {
      throw new NetworkFailure("EADDRNOTAVAIL", "bind");
    }
    const wanted: Claim = { family, host, port, ipv6Only, reuseAddress, reusePort, listening: false };
    const claim = { ...wanted, port: this.#packets.choose(wanted, "bind") };
    const socket = new PacketSocket(claim, {
      deliver: (packet, to) => this.#deliver(packet, to),
      release: (closed) => this.#packets.remove(closed, claim.port),
    });
    this.#packets.add(socket, claim);
    return socket;
  }

  #listenAt(path: string, backlog: number): ListeningSocket {
    if (this.#paths.has(path)) throw new NetworkFailure("EADDRINUSE", "listen");
    const socket = new ListeningSocket({ family: "unix", path }, backlog, (keepPath) => {
      if (keepPath && !path.startsWith("\0")) this.#paths.set(path, undefined);
      else this.#paths.delete(path);
    });
    this.#paths.set(path, socket);
    return socket;
  }

  #listenerAt(path: string): ListeningSocket {
    const listener = this.#paths.get(path);
    if (listener !== undefined) return listener;
    // A path without a listener refuses; an abstract name has no file that could be missing.
    const missing = !this.#paths.has(path) && !path.startsWith("\0");
    throw new NetworkFailure(missing ? "ENOENT" : "ECONNREFUSED", "connect");
  }

  /** The local end of a connection; only one that the caller named is shared. */
  #claimSource(to: IpAddress, local: ConnectCall["local"]): Claim {
    const { family, host } = place({ host: local?.host ?? (to.family === "ipv4" ? "0.0.0.0" : "::"), port: 0 });
    if (!isWildcard(host) && !isLocal(host)) throw new NetworkFailure("EADDRNOTAVAIL", "connect");
    if (family !== to.family) throw new NetworkFailure("EINVAL", "connect");
    const wanted: Claim = {
      family,
      host: isWildcard(host) ? loopback(family) : host,
      port: local?.port ?? 0,
      ipv6Only: true,
      reuseAddress: local !== undefined,
      reusePort: false,
      listening: false,
    };
    return { ...wanted, port: this.#streams.choose(wanted, "connect") };
  }

  #deliver(packet: Packet, to: IpAddress): boolean {
    const takers = this.#packets.find(to).filter(({ owner }) => owner.accepts(packet.from, to));
    if (isMulticast(to.host) || isBroadcast(to.host)) {
      for (const { owner } of takers) owner.arrive(packet);
    } else {
      const connected = takers.filter(({ owner }) => owner.remote !== undefined);
      this.#pick(connected.length > 0 ? connected : takers)?.arrive(packet);
    }
    return takers.length > 0;
  }

  /** One of the best matches: by turns among those that share by SO_REUSEPORT, else the latest. */
  #pick<Owner>(matches: readonly Match<Owner>[]): Owner | undefined {
    const best = matches.filter(({ rank }) => rank === matches[0]?.rank);
    const spread = best.filter(({ claim }) => claim.reusePort);
    return spread.length > 0 ? spread[this.#turn++ % spread.length]?.owner : best.at(-1)?.owner;
  }
}

function enqueue(
  listener: ListeningSocket,
  from: Address,
  to: Address,
  release: () => void,
  signal: AbortSignal | undefined,
): Promise<StreamSocket> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      listener.withdraw(attempt);
      reject(signal?.reason);
    };
    const attempt: Attempt = {
      establish() {
        signal?.removeEventListener("abort", onAbort);
        const { active, passive } = StreamSocket.pair(from, to, release);
        resolve(active);
        return passive;
      },
      refuse(failure) {
        signal?.removeEventListener("abort", onAbort);
        reject(failure);
      },
    };
    signal?.addEventListener("abort", onAbort, { once: true });
    listener.request(attempt);
  });
}
