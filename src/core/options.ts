/** Options of the entry functions: their types, defaults and checks. */
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
  type Host,
} from "./arguments.ts";
import { checkWait, waitKeys, type WaitOptions } from "./deadline.ts";
import { checkOption, type KeepAlive, type Setting } from "./option-arguments.ts";
import { isReadOnly, optionNames, socketOptions } from "./option-table.ts";
import type {
  DatagramOption,
  ListenerOption,
  OpeningOption,
  OptionName,
  OptionTransport,
  ReadOnlyOption,
  SocketOptionValues,
  StreamOption,
  UnixOption,
} from "./socket-options.ts";

/** Some socket options, to be set. */
type Given<Names extends OptionName> = { readonly [Name in Names]?: SocketOptionValues[Name] | undefined };

/**
 * Options that an open stream can change, all documented in `SocketOptionValues`. A Unix-domain stream has the buffer
 * sizes only. What the runtime has no call for needs `omnisock/libc`.
 */
export interface StreamSocketOptions
  extends Given<Exclude<StreamOption, ReadOnlyOption | OpeningOption | ListenerOption | "keepAlive">> {
  /** SO_KEEPALIVE, and with an object its times as well. Default `false`. */
  readonly keepAlive?: boolean | KeepAlive | undefined;
}

/** Options that an open listener can change; its connections inherit most of them. */
export interface ListenerSocketOptions extends StreamSocketOptions, Given<ListenerOption> {}

/** Behaviour of a connection that is not a socket option. */
export interface StreamOptions extends StreamSocketOptions {
  /**
   * Bytes received and not read yet from which on the kernel is no longer read; each chunk counts as 512 more, for the memory
   * that it takes besides. Default 65,536.
   */
  readonly highWaterMark?: number | undefined;
  /** Milliseconds that `close()` may take before it resets the connection. Default 5,000. */
  readonly linger?: number | undefined;
  /** Join small writes of one turn of the event loop into one system call. Default `true`. */
  readonly cork?: boolean | undefined;
}

export interface TcpConnectOptions extends StreamOptions, Given<OpeningOption>, WaitOptions {
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

export interface TcpListenOptions extends StreamOptions, Given<OpeningOption | ListenerOption>, WaitOptions {
  /** IP literal or name. Default: every address of the host, IPv6 and IPv4 (`"::"`, or `"0.0.0.0"` without IPv6). */
  readonly host?: string | undefined;
  /** 0 (default) lets the kernel choose. */
  readonly port?: number | undefined;
  /** Length of the kernel's queue of connections not accepted yet. Default 511. */
  readonly backlog?: number | undefined;
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

/** Options that an open datagram socket can change, all documented in `SocketOptionValues`. */
export type DatagramSocketOptions = Given<Exclude<DatagramOption, ReadOnlyOption | OpeningOption>>;

interface DatagramOptions extends WaitOptions {
  /** Bytes of datagrams received and not taken yet beyond which new ones are dropped. Default 1,048,576. */
  readonly receiveQueueSize?: number | undefined;
}

export interface UdpBindOptions extends DatagramSocketOptions, Given<OpeningOption>, DatagramOptions {
  /** IP literal or name. Default `"0.0.0.0"`, or `"::"` if `family` is `"ipv6"`. */
  readonly host?: string | undefined;
  /** 0 (default) lets the kernel choose. */
  readonly port?: number | undefined;
  readonly family?: IpFamily | undefined;
  readonly path?: undefined;
}

/** A Unix datagram socket; on most runtimes it needs `omnisock/libc` (`supports("unix.datagram")`). */
export interface UnixBindOptions extends Given<SettableUnixOption>, DatagramOptions {
  /**
   * Path of the socket, created now and removed by `close()`; on Linux `"\0name"` is an abstract name. With `""` the socket
   * is unnamed: it can send, and nobody can answer.
   */
  readonly path: string;
  readonly host?: undefined;
  readonly port?: undefined;
}

export type BindOptions = UdpBindOptions | UnixBindOptions;

type SettableUnixOption = Exclude<UnixOption, ReadOnlyOption>;

/** Socket options of a call, checked. */
export interface SocketSettings {
  readonly given: readonly Setting[];
  /** With the initial value of those that are not given. */
  readonly all: readonly Setting[];
}

/** Options of a transport that a call may give. */
function optionKeys(transport: OptionTransport, listens: boolean): readonly OptionName[] {
  return optionNames.filter((option) => {
    const { on, listener = false } = socketOptions[option];
    return on.includes(transport) && !isReadOnly(option) && (listens || !listener);
  });
}

function checkSocketOptions(transport: OptionTransport, options: object): SocketSettings {
  const given: Setting[] = [];
  const initial: Setting[] = [];
  for (const option of optionNames) {
    const row = socketOptions[option];
    if (!row.on.includes(transport)) continue;
    const value = (options as Record<string, unknown>)[option];
    if (value !== undefined) given.push(...checkOption(option, value));
    else if (row.initial !== undefined) initial.push([option, row.initial]);
  }
  return { given, all: [...initial, ...given] };
}

/** How a connection behaves, checked. */
export interface StreamSettings {
  readonly highWaterMark: number;
  readonly linger: number;
  readonly cork: boolean;
  readonly socket: SocketSettings;
}

const streamKeys = ["highWaterMark", "linger", "cork"];

function streamSettings(options: StreamOptions, transport: "tcp" | "unix"): StreamSettings {
  const { highWaterMark = 65_536, linger = 5_000, cork = true } = options;
  return {
    highWaterMark: checkInteger("highWaterMark", highWaterMark, 1, 2 ** 31 - 1),
    linger: checkMilliseconds("linger", linger),
    cork: checkBoolean("cork", cork),
    socket: checkSocketOptions(transport, options),
  };
}

/** A `connect` call, checked. */
export interface ConnectSettings {
  readonly target: { readonly host: Host; readonly port: number } | { readonly path: string };
  readonly family: IpFamily | undefined;
  readonly local: { readonly host: Literal | undefined; readonly port: number } | undefined;
  readonly stream: StreamSettings;
}

export function checkConnect(options: ConnectOptions, maxPathLength: number): ConnectSettings {
  if (isUnix("connect", options, unixConnectKeys, tcpConnectKeys)) {
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

const unixConnectKeys = [...waitKeys, ...streamKeys, "path", ...optionKeys("unix", false)];
const tcpConnectKeys = ["host", "port", "family", "localAddress", "localPort", ...optionKeys("tcp", false)];

/** A `listen` call, checked. */
export interface ListenSettings {
  readonly target: { readonly host: Host | undefined; readonly port: number } | { readonly path: string };
  readonly backlog: number;
  readonly stream: StreamSettings;
}

/** The backlog of Node and Deno; the kernel caps it at net.core.somaxconn. */
const defaultBacklog = 511;

export function checkListen(options: ListenOptions, maxPathLength: number): ListenSettings {
  const { backlog = defaultBacklog } = options;
  if (isUnix("listen", options, unixListenKeys, tcpListenKeys)) {
    checkWait(options);
    return {
      target: { path: checkPath("path", options.path, maxPathLength) },
      backlog: checkInteger("backlog", backlog, 1, 65_535),
      stream: streamSettings(options, "unix"),
    };
  }
  const { host, port = 0 } = options;
  checkWait(options);
  return {
    target: { host: host === undefined ? undefined : checkHost("host", host), port: checkPort("port", port, 0) },
    backlog: checkInteger("backlog", backlog, 1, 65_535),
    stream: streamSettings(options, "tcp"),
  };
}

const unixListenKeys = [...waitKeys, ...streamKeys, "path", "backlog", ...optionKeys("unix", true)];
const tcpListenKeys = ["host", "port", ...optionKeys("tcp", true)];

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
    if (!unixKeys.includes(key) && (options as Record<string, unknown>)[key] !== undefined) {
      throw new TypeError(`path and ${key} exclude each other`);
    }
  }
  return true;
}

/** A `bind` call, checked. */
export interface BindSettings {
  readonly target:
    | { readonly host: Host; readonly port: number; readonly family: IpFamily | undefined }
    | { readonly path: string };
  readonly receiveQueueSize: number;
  readonly socket: SocketSettings;
}

const unixBindKeys = [...waitKeys, "path", "receiveQueueSize", ...optionKeys("unix", false)];
const udpBindKeys = ["host", "port", "family", ...optionKeys("udp", false)];

export function checkBind(options: BindOptions, maxPathLength: number): BindSettings {
  const { receiveQueueSize = 1_048_576 } = options;
  const checkRest = (transport: "udp" | "unix"): Omit<BindSettings, "target"> => {
    checkWait(options);
    return {
      receiveQueueSize: checkInteger("receiveQueueSize", receiveQueueSize, 1, 2 ** 31 - 1),
      socket: checkSocketOptions(transport, options),
    };
  };
  if (isUnix("bind", options, unixBindKeys, udpBindKeys)) {
    const path = options.path === "" ? "" : checkPath("path", options.path, maxPathLength);
    return { target: { path }, ...checkRest("unix") };
  }
  const { port = 0 } = options;
  const family = options.family === undefined ? undefined : checkFamily("family", options.family);
  const { host: given = family === "ipv6" ? "::" : "0.0.0.0" } = options;
  const host = checkHost("host", given);
  if (family !== undefined && "literal" in host && host.literal.family !== family) {
    throw new RangeError(`host ${options.host} is not an ${family} address`);
  }
  return { target: { host, port: checkPort("port", port, 0), family }, ...checkRest("udp") };
}
