/** The entry functions, over a given adapter. */
import type { Adapter, ListenRequest } from "./adapter.ts";
import { type Address, formatAddress, type IpAddress, type Literal, type UnixAddress } from "./address.ts";
import { ownMembers } from "./arguments.ts";
import { openDatagram } from "./bind.ts";
import { type Feature, type Support, support } from "./capabilities.ts";
import type { Connection } from "./connection.ts";
import type { DatagramSocket } from "./datagram.ts";
import { Deadline } from "./deadline.ts";
import { dial } from "./dial.ts";
import { wrap } from "./errors.ts";
import { type Listener, openListener } from "./listener.ts";
import { listenThrough } from "./made.ts";
import { type Opening, planOpening } from "./opening.ts";
import {
  type BindOptions,
  checkListen,
  type ConnectOptions,
  type ListenOptions,
  type ListenSettings,
  type TcpConnectOptions,
  type TcpListenOptions,
  type UdpBindOptions,
  type UnixBindOptions,
  type UnixConnectOptions,
  type UnixListenOptions,
} from "./options.ts";
import { lookup, type LookupAddress, type LookupOptions, resolve } from "./resolve.ts";

/** What a program imports. Every entry point of the package has these five functions. */
export interface Sockets {
  /**
   * Opens a TCP connection, or a Unix-domain stream if `path` is given. The addresses of a name are tried by Happy
   * Eyeballs (RFC 8305), the next one 250 ms after a silent one or at once after a failure.
   *
   * Errors: what connect(2) says; `ENOTFOUND`, `EAI_AGAIN` for names; of several failures the first, with an
   * `AggregateError` of all as `cause`. Cancellation: no socket is left behind; once connected, `signal` has no effect.
   *
   * @example
   * ```ts
   * const conn = await connect({ host: "example.com", port: 80, timeout: 3000 });
   * await conn.write("GET / HTTP/1.0\r\n\r\n");
   * for await (const chunk of conn) console.log(chunk.byteLength);
   * await conn.close();
   * ```
   */
  readonly connect: {
    (options: TcpConnectOptions): Promise<Connection<IpAddress>>;
    (options: UnixConnectOptions): Promise<Connection<UnixAddress>>;
    (options: ConnectOptions): Promise<Connection>;
  };
  /**
   * Listens for TCP connections, or on a Unix path. SO_REUSEADDR is set for TCP. Stream options given here hold for
   * accepted connections. `signal` also closes the listener later.
   *
   * Errors: what bind(2) and listen(2) say, `EADDRINUSE` above all.
   *
   * @example
   * ```ts
   * const server = await listen({ host: "127.0.0.1", port: 8080 });
   * for await (const conn of server) void conn.write("hello\n").then(() => conn.close());
   * ```
   */
  readonly listen: {
    (options: TcpListenOptions): Promise<Listener<IpAddress>>;
    (options: UnixListenOptions): Promise<Listener<UnixAddress>>;
    (options: ListenOptions): Promise<Listener>;
  };
  /**
   * Binds a UDP socket, or a Unix datagram socket if `path` is given. `signal` also closes the socket later.
   *
   * @example
   * ```ts
   * const udp = await bind({ port: 5353 });
   * for await (const { data, from } of udp) await udp.send(data, from);
   * ```
   */
  readonly bind: {
    (options: UdpBindOptions): Promise<DatagramSocket<IpAddress>>;
    (options: UnixBindOptions): Promise<DatagramSocket<UnixAddress>>;
    (options: BindOptions): Promise<DatagramSocket<IpAddress> | DatagramSocket<UnixAddress>>;
  };
  /** Addresses of a host name, in the resolver's order. Errors: `ENOTFOUND`, `EAI_AGAIN`. */
  readonly lookup: (host: string, options?: LookupOptions) => Promise<readonly LookupAddress[]>;
  /** Whether this runtime has a feature, and if not, why. */
  readonly supports: (feature: Feature) => Support;
}

/** The five functions, with every guarantee, over an adapter. */
export function createSockets(adapter: Adapter): Sockets {
  return {
    connect: (async (options: ConnectOptions) => dial(adapter, ownMembers(options))) as Sockets["connect"],
    listen: (async (options: ListenOptions) => listen(adapter, ownMembers(options))) as Sockets["listen"],
    bind: (async (options: BindOptions) => openDatagram(adapter, ownMembers(options))) as Sockets["bind"],
    lookup: async (host, options) => lookup(adapter, host, ownMembers(options)),
    supports: (feature) => support(adapter, feature),
  };
}

async function listen(adapter: Adapter, options: ListenOptions): Promise<Listener> {
  const settings = checkListen(options, adapter.maxPathLength);
  const plan = planListen(adapter, settings, options.backlog !== undefined);
  const { signal } = options;
  const deadline = Deadline.start("listen", options);
  const opening = open(adapter, settings, plan);
  try {
    const listener = await (deadline === undefined ? opening : deadline.race(opening));
    if (signal !== undefined) {
      signal.throwIfAborted();
      const close = (): void => void listener.close();
      signal.addEventListener("abort", close, { once: true });
      void listener.closed.then(() => signal.removeEventListener("abort", close));
    }
    return listener;
  } catch (error) {
    void opening.then((listener) => listener.close(), () => {});
    throw error;
  } finally {
    deadline?.end();
  }
}

function planListen(adapter: Adapter, { target, stream }: ListenSettings, backlog: boolean): Opening {
  const unix = "path" in target;
  const needs: Feature[] = unix ? [target.path.startsWith("\0") ? "unix.abstract" : "unix.stream"] : [];
  if (backlog) needs.push(unix ? "unix.backlog" : "tcp.backlog");
  return planOpening(adapter, {
    operation: "listen",
    transport: unix ? "unix" : "tcp",
    socket: stream.socket,
    needs,
  });
}

async function open(
  adapter: Adapter,
  settings: ListenSettings,
  { maker, settings: later }: Opening,
): Promise<Listener> {
  const { backlog, stream } = settings;
  const asked = new Map(stream.socket.given);
  const ipv6Only = asked.get("ipv6Only") === true;
  const reusePort = asked.get("reusePort") === true;
  const attempt = async (local: Address): Promise<Listener> => {
    const request: ListenRequest = { local, backlog, ipv6Only, reusePort };
    try {
      return await openListener(
        adapter,
        { ...stream, settings: later },
        (sink) =>
          maker === undefined
            ? adapter.listen(request, sink)
            : listenThrough(maker, adapter, { ...request, socket: stream.socket }, sink),
      );
    } catch (error) {
      throw wrap(error, "listen", { address: formatAddress(local), translate: (native) => adapter.translate(native) });
    }
  };
  const { target } = settings;
  if ("path" in target) return attempt({ family: "unix", path: target.path });
  const { port } = target;
  if (target.host !== undefined) {
    const [literal] = await resolve(adapter, target.host, undefined);
    return attempt({ ...(literal as Literal), port });
  }
  try {
    return await attempt({ family: "ipv6", host: "::", port });
  } catch (error) {
    if (!isWithoutIpv6(error)) throw error;
    return attempt({ family: "ipv4", host: "0.0.0.0", port });
  }
}

function isWithoutIpv6(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return code === "EAFNOSUPPORT" || code === "EADDRNOTAVAIL" || code === "EINVAL";
}
