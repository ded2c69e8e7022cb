/** The table of socket options: how they stand in the kernel, and where they hold. */
import {
  choice,
  type Codec,
  credentials,
  flag,
  integer,
  linger,
  multicastInterface,
  multicastInterface6,
  name,
  pendingError,
  seconds,
  size,
  socketType,
} from "./option-values.ts";
import type {
  MtuDiscover,
  OpeningOption,
  OptionName,
  OptionTransport,
  ReadOnlyOption,
  SocketOptionValues,
} from "./socket-options.ts";
import { tcpInfo } from "./tcp-info.ts";

/** One option in one system's kernel. */
export interface Native {
  /** As the manual names it, with its level. */
  readonly level: Level;
  readonly name: string;
  /** Its number on Linux, and on macOS where that has it. */
  readonly linux: number;
  readonly darwin?: number;
}

export type Level = "SOL_SOCKET" | "IPPROTO_IP" | "IPPROTO_IPV6" | "IPPROTO_TCP" | "IPPROTO_UDP";

/** Numbers of the levels. Those of protocols are IANA's. */
export const levels: Readonly<Record<Level, { readonly linux: number; readonly darwin: number }>> = {
  SOL_SOCKET: { linux: 1, darwin: 0xffff },
  IPPROTO_IP: { linux: 0, darwin: 0 },
  IPPROTO_TCP: { linux: 6, darwin: 6 },
  IPPROTO_UDP: { linux: 17, darwin: 17 },
  IPPROTO_IPV6: { linux: 41, darwin: 41 },
};

/** What is known of one socket option. */
export interface Row<Value> extends Native {
  readonly value: Codec<Value>;
  /** The transports that have it. */
  readonly on: readonly OptionTransport[];
  /** The option of the same meaning on IPv6 sockets. */
  readonly ipv6?: Native & { readonly value: Codec<Value> };
  /** Set at opening unless told otherwise, because the runtimes' own defaults differ. */
  readonly initial?: Value;
  /** Given at opening it is set before bind(2) or connect(2) where that is possible: later it is too late for the first packets. */
  readonly early?: boolean;
  /** It is the listener's; accepted connections have nothing of it. */
  readonly listener?: boolean;
  /** A connection has agreed on it with its peer, and no longer changes it. */
  readonly agreed?: boolean;
  /** Accepted connections do not inherit it from the listener. */
  readonly uninherited?: boolean;
}

const ip: readonly OptionTransport[] = ["tcp", "udp"];
const tcp: readonly OptionTransport[] = ["tcp"];
const udp: readonly OptionTransport[] = ["udp"];
const unix: readonly OptionTransport[] = ["unix"];
const all: readonly OptionTransport[] = ["tcp", "udp", "unix"];

const mtuDiscover = choice<MtuDiscover>({ dont: 0, want: 1, do: 2, probe: 3, interface: 4, omit: 5 });

/** Grouped by level, sorted by native name. */
export const socketOptions: { readonly [Name in OptionName]: Row<SocketOptionValues[Name]> } = {
  device: {
    level: "SOL_SOCKET",
    name: "SO_BINDTODEVICE",
    linux: 25,
    value: name({ empty: true }),
    on: ip,
    early: true,
  },
  broadcast: {
    level: "SOL_SOCKET",
    name: "SO_BROADCAST",
    linux: 6,
    darwin: 0x20,
    value: flag,
    on: udp,
    initial: false,
  },
  error: { level: "SOL_SOCKET", name: "SO_ERROR", linux: 4, darwin: 0x1007, value: pendingError, on: all },
  incomingCpu: { level: "SOL_SOCKET", name: "SO_INCOMING_CPU", linux: 49, value: integer(0, 2 ** 31 - 1), on: ip },
  keepAlive: { level: "SOL_SOCKET", name: "SO_KEEPALIVE", linux: 9, darwin: 0x8, value: flag, on: tcp },
  lingerTime: { level: "SOL_SOCKET", name: "SO_LINGER", linux: 13, darwin: 0x1080, value: linger, on: tcp },
  mark: { level: "SOL_SOCKET", name: "SO_MARK", linux: 36, value: integer(0, 2 ** 31 - 1), on: ip, early: true },
  peerCredentials: { level: "SOL_SOCKET", name: "SO_PEERCRED", linux: 17, value: credentials, on: unix },
  priority: {
    level: "SOL_SOCKET",
    name: "SO_PRIORITY",
    linux: 12,
    value: integer(0, 2 ** 31 - 1),
    on: ip,
    early: true,
    uninherited: true,
  },
  recvBufferSize: {
    level: "SOL_SOCKET",
    name: "SO_RCVBUF",
    linux: 8,
    darwin: 0x1002,
    value: size(1),
    on: all,
    early: true,
  },
  recvLowWater: { level: "SOL_SOCKET", name: "SO_RCVLOWAT", linux: 18, darwin: 0x1004, value: size(1), on: tcp },
  reuseAddress: { level: "SOL_SOCKET", name: "SO_REUSEADDR", linux: 2, darwin: 0x4, value: flag, on: ip, early: true },
  reusePort: { level: "SOL_SOCKET", name: "SO_REUSEPORT", linux: 15, darwin: 0x200, value: flag, on: ip, early: true },
  sendBufferSize: {
    level: "SOL_SOCKET",
    name: "SO_SNDBUF",
    linux: 7,
    darwin: 0x1001,
    value: size(1),
    on: all,
    early: true,
  },
  type: { level: "SOL_SOCKET", name: "SO_TYPE", linux: 3, darwin: 0x1008, value: socketType, on: all },

  freebind: {
    level: "IPPROTO_IP",
    name: "IP_FREEBIND",
    linux: 15,
    value: flag,
    on: ip,
    early: true,
    ipv6: { level: "IPPROTO_IPV6", name: "IPV6_FREEBIND", linux: 78, value: flag },
  },
  mtu: {
    level: "IPPROTO_IP",
    name: "IP_MTU",
    linux: 14,
    value: size(0),
    on: ip,
    ipv6: { level: "IPPROTO_IPV6", name: "IPV6_MTU", linux: 24, value: size(0) },
  },
  mtuDiscover: {
    level: "IPPROTO_IP",
    name: "IP_MTU_DISCOVER",
    linux: 10,
    value: mtuDiscover,
    on: ip,
    early: true,
    ipv6: { level: "IPPROTO_IPV6", name: "IPV6_MTU_DISCOVER", linux: 23, value: mtuDiscover },
  },
  multicastAll: {
    level: "IPPROTO_IP",
    name: "IP_MULTICAST_ALL",
    linux: 49,
    value: flag,
    on: udp,
    ipv6: { level: "IPPROTO_IPV6", name: "IPV6_MULTICAST_ALL", linux: 29, value: flag },
  },
  multicastInterface: {
    level: "IPPROTO_IP",
    name: "IP_MULTICAST_IF",
    linux: 32,
    darwin: 9,
    value: multicastInterface,
    on: udp,
    ipv6: { level: "IPPROTO_IPV6", name: "IPV6_MULTICAST_IF", linux: 17, darwin: 9, value: multicastInterface6 },
  },
  multicastLoopback: {
    level: "IPPROTO_IP",
    name: "IP_MULTICAST_LOOP",
    linux: 34,
    darwin: 11,
    value: flag,
    on: udp,
    initial: true,
    ipv6: { level: "IPPROTO_IPV6", name: "IPV6_MULTICAST_LOOP", linux: 19, darwin: 11, value: flag },
  },
  multicastTtl: {
    level: "IPPROTO_IP",
    name: "IP_MULTICAST_TTL",
    linux: 33,
    darwin: 10,
    value: integer(0, 255),
    on: udp,
    ipv6: { level: "IPPROTO_IPV6", name: "IPV6_MULTICAST_HOPS", linux: 18, darwin: 10, value: integer(0, 255) },
  },
  recvError: {
    level: "IPPROTO_IP",
    name: "IP_RECVERR",
    linux: 11,
    value: flag,
    on: udp,
    ipv6: { level: "IPPROTO_IPV6", name: "IPV6_RECVERR", linux: 25, value: flag },
  },
  typeOfService: {
    level: "IPPROTO_IP",
    name: "IP_TOS",
    linux: 1,
    darwin: 3,
    value: integer(0, 255),
    on: ip,
    early: true,
    ipv6: { level: "IPPROTO_IPV6", name: "IPV6_TCLASS", linux: 67, darwin: 36, value: integer(0, 255) },
  },
  transparent: {
    level: "IPPROTO_IP",
    name: "IP_TRANSPARENT",
    linux: 19,
    value: flag,
    on: ip,
    early: true,
    ipv6: { level: "IPPROTO_IPV6", name: "IPV6_TRANSPARENT", linux: 75, value: flag },
  },
  ttl: {
    level: "IPPROTO_IP",
    name: "IP_TTL",
    linux: 2,
    darwin: 4,
    value: integer(1, 255),
    on: ip,
    early: true,
    ipv6: { level: "IPPROTO_IPV6", name: "IPV6_UNICAST_HOPS", linux: 16, darwin: 4, value: integer(1, 255) },
  },
  ipv6Only: { level: "IPPROTO_IPV6", name: "IPV6_V6ONLY", linux: 26, darwin: 27, value: flag, on: ip, early: true },

  congestion: {
    level: "IPPROTO_TCP",
    name: "TCP_CONGESTION",
    linux: 13,
    value: name({ empty: false }),
    on: tcp,
    early: true,
  },
  tcpCork: { level: "IPPROTO_TCP", name: "TCP_CORK", linux: 3, value: flag, on: tcp },
  deferAccept: {
    level: "IPPROTO_TCP",
    name: "TCP_DEFER_ACCEPT",
    linux: 9,
    value: seconds(0, 65_535),
    on: tcp,
    early: true,
    listener: true,
  },
  fastOpen: {
    level: "IPPROTO_TCP",
    name: "TCP_FASTOPEN",
    linux: 23,
    darwin: 0x105,
    value: integer(0, 65_535),
    on: tcp,
    early: true,
    listener: true,
  },
  fastOpenConnect: {
    level: "IPPROTO_TCP",
    name: "TCP_FASTOPEN_CONNECT",
    linux: 30,
    value: flag,
    on: tcp,
    early: true,
    agreed: true,
  },
  info: { level: "IPPROTO_TCP", name: "TCP_INFO", linux: 11, value: tcpInfo, on: tcp },
  keepAliveCount: {
    level: "IPPROTO_TCP",
    name: "TCP_KEEPCNT",
    linux: 6,
    darwin: 0x102,
    value: integer(1, 127),
    on: tcp,
  },
  keepAliveIdle: {
    level: "IPPROTO_TCP",
    name: "TCP_KEEPIDLE",
    linux: 4,
    darwin: 0x10,
    value: seconds(1, 32_767),
    on: tcp,
  },
  keepAliveInterval: {
    level: "IPPROTO_TCP",
    name: "TCP_KEEPINTVL",
    linux: 5,
    darwin: 0x101,
    value: seconds(1, 32_767),
    on: tcp,
  },
  finTimeout: { level: "IPPROTO_TCP", name: "TCP_LINGER2", linux: 8, value: seconds(1, 120), on: tcp },
  maxSegment: {
    level: "IPPROTO_TCP",
    name: "TCP_MAXSEG",
    linux: 2,
    darwin: 2,
    value: integer(88, 32_767),
    on: tcp,
    early: true,
    agreed: true,
  },
  noDelay: { level: "IPPROTO_TCP", name: "TCP_NODELAY", linux: 1, darwin: 1, value: flag, on: tcp, initial: true },
  notSentLowWater: {
    level: "IPPROTO_TCP",
    name: "TCP_NOTSENT_LOWAT",
    linux: 25,
    darwin: 0x201,
    value: size(0),
    on: tcp,
  },
  quickAck: { level: "IPPROTO_TCP", name: "TCP_QUICKACK", linux: 12, value: flag, on: tcp, uninherited: true },
  synCount: { level: "IPPROTO_TCP", name: "TCP_SYNCNT", linux: 7, value: integer(1, 127), on: tcp, early: true },
  userTimeout: { level: "IPPROTO_TCP", name: "TCP_USER_TIMEOUT", linux: 18, value: size(0), on: tcp, early: true },

  gro: { level: "IPPROTO_UDP", name: "UDP_GRO", linux: 104, value: flag, on: udp },
  segment: { level: "IPPROTO_UDP", name: "UDP_SEGMENT", linux: 103, value: integer(0, 65_507), on: udp },
};

/** Every option, in the order of the table. */
export const optionNames: readonly OptionName[] = Object.keys(socketOptions) as OptionName[];

const readOnly: ReadonlySet<OptionName> = new Set<ReadOnlyOption>(["error", "info", "mtu", "peerCredentials", "type"]);
const opening: ReadonlySet<OptionName> = new Set<OpeningOption>([
  "freebind",
  "ipv6Only",
  "reuseAddress",
  "reusePort",
  "transparent",
]);

export function isReadOnly(option: OptionName): option is ReadOnlyOption {
  return readOnly.has(option);
}

export function isOpeningOption(option: OptionName): option is OpeningOption {
  return opening.has(option);
}
