/** Options of the entry functions: their types, defaults and checks; and the table of socket options. */
import type { IpFamily, Literal } from "./address.ts";
import {
  checkBoolean,
  checkFamily,
  checkHost,
  checkInteger,
  checkKeys,
  checkLiteral,
  checkMilliseconds,
  checkPath,
  checkPort,
  describe,
  type Host,
  ownMembers,
} from "./arguments.ts";
import type { Feature } from "./capabilities.ts";
import { checkWait, waitKeys, type WaitOptions } from "./deadline.ts";

/** Socket options of TCP connections. Unix-domain connections have none of them. */
export interface StreamSocketOptions {
  /** TCP_NODELAY: send small segments at once. Default `true`. */
  readonly noDelay?: boolean | undefined;
  /** SO_KEEPALIVE, and `idle`: TCP_KEEPIDLE in milliseconds, rounded up to whole seconds. Default `false`. */
  readonly keepAlive?: boolean | { readonly idle?: number | undefined } | undefined;
}

/** Behaviour of a connection that is not a socket option. */
export interface StreamOptions extends StreamSocketOptions {
  /** Bytes received and not read yet from which on the kernel is no longer read. Default 65,536. */
  readonly highWaterMark?: number | undefined;
  /** Milliseconds that `close()` may take before it resets the connection. Default 5,000. */
  readonly linger?: number | undefined;
  /** Join small writes of one turn of the event loop into one system call. Default `true`. */
  readonly cork?: boolean | undefined;
}

export interface TcpConnectOptions extends StreamOptions, WaitOptions {
  /** IP literal or name. Default `"localhost"`. */
  readonly host?: string | undefined;
  /** 1 to 65,535. */
  readonly port: number;
  /** Use only addresses of this family. */
  readonly family?: IpFamily | undefined;
  /** IP literal to connect from. */
  readonly localAddress?: string | undefined;
  /** Port to connect from; 0 (default) lets the kernel choose. */
  readonly localPort?: number | undefined;
  readonly path?: undefined;
}

export interface UnixConnectOptions extends StreamOptions, WaitOptions {
  /** Path of the socket; on Linux `"\0name"` is an abstract name. */
  readonly path: string;
  readonly host?: undefined;
  readonly port?: undefined;
}

export type ConnectOptions = TcpConnectOptions | UnixConnectOptions;

export interface TcpListenOptions extends StreamOptions, WaitOptions {
  /** IP literal or name. Default: every address of the host, IPv6 and IPv4 (`"::"`, or `"0.0.0.0"` without IPv6). */
  readonly host?: string | undefined;
  /** 0 (default) lets the kernel choose. */
  readonly port?: number | undefined;
  /** Length of the kernel's queue of connections not accepted yet. Default 511. */
  readonly backlog?: number | undefined;
  /** IPV6_V6ONLY: an IPv6 wildcard does not take IPv4 connections. Default `false`. */
  readonly ipv6Only?: boolean | undefined;
  /** SO_REUSEPORT: share the port with other sockets that set it. Default `false`. */
  readonly reusePort?: boolean | undefined;
  readonly path?: undefined;
}

export interface UnixListenOptions extends StreamOptions, WaitOptions {
  /** Path of the socket, created now and removed by `close()`; on Linux `"\0name"` is an abstract name. */
  readonly path: string;
  readonly backlog?: number | undefined;
  readonly host?: undefined;
  readonly port?: undefined;
}

export type ListenOptions = TcpListenOptions | UnixListenOptions;

/** Socket options of datagram sockets. */
export interface DatagramSocketOptions {
  /** SO_BROADCAST. Default `false`. */
  readonly broadcast?: boolean | undefined;
  /** IP_TTL, IPV6_UNICAST_HOPS: 1 to 255. Default: the system's. */
  readonly ttl?: number | undefined;
  /** IP_MULTICAST_TTL, IPV6_MULTICAST_HOPS: 0 to 255. Default: the system's, 1. */
  readonly multicastTtl?: number | undefined;
  /** IP_MULTICAST_LOOP, IPV6_MULTICAST_LOOP: this host gets what it sends to a group that it joined. Default `true`. */
  readonly multicastLoopback?: boolean | undefined;
  /** IP_MULTICAST_IF, IPV6_MULTICAST_IF: IPv4 address of the interface, or an IPv6 literal with its zone (`"::%eth0"`). */
  readonly multicastInterface?: string | undefined;
}

export interface BindOptions extends DatagramSocketOptions, WaitOptions {
  /** IP literal or name. Default `"0.0.0.0"`, or `"::"` if `family` is `"ipv6"`. */
  readonly host?: string | undefined;
  /** 0 (default) lets the kernel choose. */
  readonly port?: number | undefined;
  readonly family?: IpFamily | undefined;
  /** SO_REUSEADDR: share the address, as multicast receivers do. Default `false`. */
  readonly reuseAddress?: boolean | undefined;
  /** SO_REUSEPORT. Default `false`. */
  readonly reusePort?: boolean | undefined;
  /** IPV6_V6ONLY: `"::"` does not take IPv4 datagrams. Default `false`. */
  readonly ipv6Only?: boolean | undefined;
  /** Bytes of datagrams received and not taken yet beyond which new ones are dropped. Default 1,048,576. */
  readonly receiveQueueSize?: number | undefined;
  /** A Unix datagram socket, which no adapter has yet: `bind` says `ENOTSUP` (`supports("unix.datagram")`). */
  readonly path?: string | undefined;
}

/** Values of stream socket options as adapters get them. */
export interface StreamOptionValues {
  readonly noDelay: boolean;
  /** `idle` in milliseconds, a multiple of 1,000. */
  readonly keepAlive: { readonly enabled: boolean; readonly idle: number | undefined };
}

/** Values of datagram socket options as adapters get them. */
export interface DatagramOptionValues {
  readonly broadcast: boolean;
  readonly ttl: number;
  readonly multicastTtl: number;
  readonly multicastLoopback: boolean;
  readonly multicastInterface: string;
}

/** What is known of one socket option. */
interface Row<Value> {
  readonly level: string;
  readonly name: string;
  /** Set at opening unless told otherwise, because the runtimes' own defaults differ. */
  readonly initial?: Value;
  readonly check: (what: string, value: unknown) => Value;
  /** What a value needs of the adapter. */
  readonly needs?: (value: Value) => Feature | undefined;
}

type Table<Values> = { readonly [Name in keyof Values]: Row<Values[Name]> };

/** Grouped by level, sorted by native name. */
export const streamOptions: Table<StreamOptionValues> = {
  keepAlive: {
    level: "SOL_SOCKET",
    name: "SO_KEEPALIVE",
    check: checkKeepAlive,
    needs: (value) => (value.idle === undefined ? undefined : "tcp.keepAliveIdle"),
  },
  noDelay: { level: "IPPROTO_TCP", name: "TCP_NODELAY", initial: true, check: checkBoolean },
};

/** Grouped by level, sorted by native name; for IPv6 sockets the options of the same meaning. */
export const datagramOptions: Table<DatagramOptionValues> = {
  broadcast: { level: "SOL_SOCKET", name: "SO_BROADCAST", initial: false, check: checkBoolean },
  multicastInterface: {
    level: "IPPROTO_IP",
    name: "IP_MULTICAST_IF",
    check: (what, value) => {
      checkLiteral(what, value);
      return value as string;
    },
  },
  multicastLoopback: { level: "IPPROTO_IP", name: "IP_MULTICAST_LOOP", initial: true, check: checkBoolean },
  multicastTtl: {
    level: "IPPROTO_IP",
    name: "IP_MULTICAST_TTL",
    check: (what, value) => checkInteger(what, value, 0, 255),
  },
  ttl: { level: "IPPROTO_IP", name: "IP_TTL", check: (what, value) => checkInteger(what, value, 1, 255) },
};

/** Linux takes TCP_KEEPIDLE from 1 to 32,767 seconds. */
const longestIdle = 32_767_000;

function checkKeepAlive(what: string, value: unknown): StreamOptionValues["keepAlive"] {
  if (typeof value === "boolean") return { enabled: value, idle: undefined };
  if (typeof value !== "object" || value === null) {
    throw new TypeError(`${what} must be a boolean or { idle }, not ${describe(value)}`);
  }
  const own = ownMembers(value as { idle?: unknown });
  checkKeys(what, own, ["idle"]);
  const { idle } = own;
  if (idle === undefined) return { enabled: true, idle: undefined };
  return { enabled: true, idle: Math.ceil(checkInteger(`${what}.idle`, idle, 1, longestIdle) / 1000) * 1000 };
}

/** How a connection behaves, checked. */
export interface StreamSettings {
  readonly highWaterMark: number;
  readonly linger: number;
  readonly cork: boolean;
  /** Options to set as soon as the socket is open. */
  readonly socket: Partial<StreamOptionValues>;
}

const streamKeys = ["noDelay", "keepAlive", "highWaterMark", "linger", "cork"];

function streamSettings(options: StreamOptions, transport: "tcp" | "unix"): StreamSettings {
  const { highWaterMark = 65_536, linger = 5_000, cork = true } = options;
  if (transport === "unix") {
    for (const name of Object.keys(streamOptions)) {
      if (options[name as keyof StreamSocketOptions] !== undefined) throw new TypeError(`${name} is an option of TCP`);
    }
  }
  return {
    highWaterMark: checkInteger("highWaterMark", highWaterMark, 1, 2 ** 31 - 1),
    linger: checkMilliseconds("linger", linger),
    cork: checkBoolean("cork", cork),
    socket: transport === "tcp" ? checkSocketOptions(streamOptions, options) : {},
  };
}

/** The given options, checked, with the initial value of those that are not given. */
function checkSocketOptions<Values extends object>(table: Table<Values>, options: object): Partial<Values> {
  const checked: Partial<Values> = {};
  for (const name of Object.keys(table) as (keyof Values & string)[]) {
    const given = (options as Record<string, unknown>)[name];
    const value = given === undefined ? table[name].initial : table[name].check(name, given);
    if (value !== undefined) checked[name] = value;
  }
  return checked;
}

/** A `connect` call, checked. */
export interface ConnectSettings {
  readonly target: { readonly host: Host; readonly port: number } | { readonly path: string };
  readonly family: IpFamily | undefined;
  readonly local: { readonly host: Literal | undefined; readonly port: number } | undefined;
  readonly stream: StreamSettings;
}

export function checkConnect(options: ConnectOptions, maxPathLength: number): ConnectSettings {
  if (isUnix("connect", options, [...waitKeys, ...streamKeys, "path"], tcpConnectKeys)) {
    checkWait(options);
    const path = checkPath("path", options.path, maxPathLength);
    return { target: { path }, family: undefined, local: undefined, stream: streamSettings(options, "unix") };
  }
  const { host = "localhost", port, localAddress, localPort } = options;
  const target = { host: checkHost("host", host), port: checkPort("port", port, 1) };
  const family = options.family === undefined ? undefined : checkFamily("family", options.family);
  if (family !== undefined && "literal" in target.host && target.host.literal.family !== family) {
    throw new RangeError(`host ${host} is not an ${family} address`);
  }
  const from = localAddress === undefined ? undefined : checkLiteral("localAddress", localAddress);
  if (from !== undefined && "literal" in target.host && target.host.literal.family !== from.family) {
    throw new RangeError(`localAddress ${localAddress} and host ${host} are of different families`);
  }
  const fromPort = localPort === undefined ? 0 : checkPort("localPort", localPort, 0);
  checkWait(options);
  return {
    target,
    family: family ?? from?.family,
    local: from === undefined && fromPort === 0 ? undefined : { host: from, port: fromPort },
    stream: streamSettings(options, "tcp"),
  };
}

const tcpConnectKeys = ["host", "port", "family", "localAddress", "localPort"];

/** A `listen` call, checked. */
export interface ListenSettings {
  readonly target: { readonly host: Host | undefined; readonly port: number } | { readonly path: string };
  readonly backlog: number;
  readonly ipv6Only: boolean;
  readonly reusePort: boolean;
  readonly stream: StreamSettings;
}

/** The backlog of Node and Deno; the kernel caps it at net.core.somaxconn. */
const defaultBacklog = 511;

export function checkListen(options: ListenOptions, maxPathLength: number): ListenSettings {
  const { backlog = defaultBacklog } = options;
  if (isUnix("listen", options, [...waitKeys, ...streamKeys, "path", "backlog"], tcpListenKeys)) {
    checkWait(options);
    return {
      target: { path: checkPath("path", options.path, maxPathLength) },
      backlog: checkInteger("backlog", backlog, 1, 65_535),
      ipv6Only: false,
      reusePort: false,
      stream: streamSettings(options, "unix"),
    };
  }
  const { host, port = 0, ipv6Only = false, reusePort = false } = options;
  checkWait(options);
  return {
    target: { host: host === undefined ? undefined : checkHost("host", host), port: checkPort("port", port, 0) },
    backlog: checkInteger("backlog", backlog, 1, 65_535),
    ipv6Only: checkBoolean("ipv6Only", ipv6Only),
    reusePort: checkBoolean("reusePort", reusePort),
    stream: streamSettings(options, "tcp"),
  };
}

const tcpListenKeys = ["host", "port", "ipv6Only", "reusePort"];

type UnixBind = BindOptions & ({ readonly path: string } | { readonly path?: undefined });

/** Tells the two kinds of targets apart and refuses a mixture. */
function isUnix<Unix extends { readonly path: string }>(
  what: string,
  options: Unix | { readonly path?: undefined },
  unixKeys: readonly string[],
  tcpKeys: readonly string[],
): options is Unix {
  checkKeys(`options of ${what}`, options, [...tcpKeys, ...unixKeys]);
  if (options.path === undefined) return false;
  for (const key of tcpKeys) {
    if ((options as Record<string, unknown>)[key] !== undefined) {
      throw new TypeError(`path and ${key} exclude each other`);
    }
  }
  return true;
}

/** A `bind` call, checked. */
export interface BindSettings {
  readonly path?: undefined;
  readonly host: Host;
  readonly port: number;
  readonly family: IpFamily | undefined;
  readonly ipv6Only: boolean;
  readonly reuseAddress: boolean;
  readonly reusePort: boolean;
  readonly receiveQueueSize: number;
  readonly socket: Partial<DatagramOptionValues>;
}

const bindKeys = ["host", "port", "family", "reuseAddress", "reusePort", "ipv6Only", "receiveQueueSize"];

/** A `bind` call that gives a path keeps nothing but that. */
export function checkBind(
  options: BindOptions,
  maxPathLength: number,
): BindSettings | { readonly path: string } {
  if (isUnix("bind", options as UnixBind, [...waitKeys, "path"], [...bindKeys, ...Object.keys(datagramOptions)])) {
    checkWait(options);
    return { path: checkPath("path", options.path, maxPathLength) };
  }
  const { port = 0, ipv6Only = false, reuseAddress = false, reusePort = false, receiveQueueSize = 1_048_576 } = options;
  const family = options.family === undefined ? undefined : checkFamily("family", options.family);
  const { host: given = family === "ipv6" ? "::" : "0.0.0.0" } = options;
  const host = checkHost("host", given);
  if (family !== undefined && "literal" in host && host.literal.family !== family) {
    throw new RangeError(`host ${options.host} is not an ${family} address`);
  }
  checkWait(options);
  return {
    host,
    family,
    port: checkPort("port", port, 0),
    ipv6Only: checkBoolean("ipv6Only", ipv6Only),
    reuseAddress: checkBoolean("reuseAddress", reuseAddress),
    reusePort: checkBoolean("reusePort", reusePort),
    receiveQueueSize: checkInteger("receiveQueueSize", receiveQueueSize, 1, 2 ** 31 - 1),
    socket: checkSocketOptions(datagramOptions, options),
  };
}
