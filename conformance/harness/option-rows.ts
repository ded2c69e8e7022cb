/**
 * Every socket option that can be set: where the kernel has it, values to set, and what the kernel must then have.
 *
 * Names and numbers of this table are from the manuals and not from the library. No import but types: the page reads it too.
 */
import type { OptionName, OptionTransport } from "omnisock";

import type { OptionReading } from "../witness/option-names.js";

export type Settable = Exclude<OptionName, "error" | "info" | "mtu" | "peerCredentials" | "type">;

/** A value for `setOption()`, what the kernel has then, and what `getOption()` tells, if that is another. */
export interface Sample {
  readonly set: unknown;
  readonly kernel: OptionReading;
  readonly told?: unknown;
}

export interface OptionRow {
  readonly on: readonly OptionTransport[];
  /** `"LEVEL NAME"`. */
  readonly native: string;
  /** On IPv6 sockets, if it is another option there. */
  readonly ipv6?: string;
  /** At least two with different values in the kernel, so that one differs from whatever was there before. */
  readonly samples: readonly Sample[];
  readonly ipv6Samples?: readonly Sample[];
  /** The sockets on which `setOption()` can set it; of TCP and Unix all if absent. */
  readonly sockets?: readonly Kind[];
  /** The calls that can be given it; all if absent. */
  readonly calls?: readonly ("connect" | "listen" | "bind")[];
  /** It must be given to those calls, and is refused later. */
  readonly opening?: true;
  /** `listen()` sets it on the listening socket too. */
  readonly early?: true;
  /** Connections of a listener do not have it. */
  readonly uninherited?: true;
  /** SHOULD: the kernel itself changes it again as soon as something arrives. */
  readonly volatile?: true;
}

export type Kind = "client" | "accepted" | "listener" | "datagram";

const all = ["tcp", "udp", "unix"] as const;
const ip = ["tcp", "udp"] as const;
const tcp = ["tcp"] as const;
const udp = ["udp"] as const;

const flag: readonly Sample[] = [{ set: true, kernel: 1 }, { set: false, kernel: 0 }];

function same(...values: readonly (number | string)[]): readonly Sample[] {
  return values.map((value) => ({ set: value, kernel: value }));
}

/** Milliseconds that the kernel has in seconds. */
function seconds(...values: readonly number[]): readonly Sample[] {
  return values.map((value) => ({ set: value * 1000, kernel: value }));
}

/** Linux keeps twice what is asked for, for its own use. */
const doubled: readonly Sample[] = [
  { set: 20_000, kernel: 40_000, told: 40_000 },
  { set: 30_000, kernel: 60_000, told: 60_000 },
];

const mtuDiscover: readonly Sample[] = [{ set: "do", kernel: 2 }, { set: "dont", kernel: 0 }];

export const optionRows: { readonly [Option in Settable]: OptionRow } = {
  broadcast: { on: udp, native: "SOL_SOCKET SO_BROADCAST", samples: flag },
  congestion: { on: tcp, native: "IPPROTO_TCP TCP_CONGESTION", samples: same("reno", "cubic"), early: true },
  deferAccept: {
    on: tcp,
    native: "IPPROTO_TCP TCP_DEFER_ACCEPT",
    // Linux counts repetitions of the SYN-ACK, which are sent after 1, 2, 4 and 8 seconds.
    samples: [...seconds(3, 7), { set: 10_000, kernel: 15, told: 15_000 }],
    sockets: ["listener"],
    calls: ["listen"],
    early: true,
    uninherited: true,
  },
  device: { on: ip, native: "SOL_SOCKET SO_BINDTODEVICE", samples: same("lo", ""), early: true },
  fastOpen: {
    on: tcp,
    native: "IPPROTO_TCP TCP_FASTOPEN",
    samples: same(5, 7),
    sockets: ["listener"],
    calls: ["listen"],
    early: true,
    uninherited: true,
  },
  fastOpenConnect: {
    on: tcp,
    native: "IPPROTO_TCP TCP_FASTOPEN_CONNECT",
    samples: flag,
    // Linux takes it before connect(2) only.
    sockets: [],
    calls: ["connect"],
    early: true,
  },
  finTimeout: { on: tcp, native: "IPPROTO_TCP TCP_LINGER2", samples: seconds(10, 20) },
  freebind: {
    on: ip,
    native: "IPPROTO_IP IP_FREEBIND",
    ipv6: "IPPROTO_IPV6 IPV6_FREEBIND",
    samples: flag,
    opening: true,
    early: true,
  },
  gro: { on: udp, native: "IPPROTO_UDP UDP_GRO", samples: flag },
  incomingCpu: {
    on: ip,
    native: "SOL_SOCKET SO_INCOMING_CPU",
    samples: same(77, 78),
    calls: [],
    volatile: true,
  },
  ipv6Only: { on: ip, native: "IPPROTO_IPV6 IPV6_V6ONLY", samples: flag, opening: true, early: true },
  keepAlive: { on: tcp, native: "SOL_SOCKET SO_KEEPALIVE", samples: flag },
  keepAliveCount: { on: tcp, native: "IPPROTO_TCP TCP_KEEPCNT", samples: same(4, 5) },
  keepAliveIdle: { on: tcp, native: "IPPROTO_TCP TCP_KEEPIDLE", samples: seconds(10, 20) },
  keepAliveInterval: { on: tcp, native: "IPPROTO_TCP TCP_KEEPINTVL", samples: seconds(3, 4) },
  lingerTime: {
    on: tcp,
    native: "SOL_SOCKET SO_LINGER",
    samples: [{ set: 2_000, kernel: 2 }, { set: false, kernel: "off" }],
  },
  mark: { on: ip, native: "SOL_SOCKET SO_MARK", samples: same(4711, 815), early: true },
  maxSegment: {
    on: tcp,
    native: "IPPROTO_TCP TCP_MAXSEG",
    samples: same(1000, 1200),
    // A connection tells what it sends by now, which has been agreed.
    sockets: ["listener"],
    calls: ["listen"],
    early: true,
    uninherited: true,
  },
  mtuDiscover: {
    on: ip,
    native: "IPPROTO_IP IP_MTU_DISCOVER",
    ipv6: "IPPROTO_IPV6 IPV6_MTU_DISCOVER",
    samples: mtuDiscover,
    early: true,
  },
  multicastAll: {
    on: udp,
    native: "IPPROTO_IP IP_MULTICAST_ALL",
    ipv6: "IPPROTO_IPV6 IPV6_MULTICAST_ALL",
    samples: flag,
  },
  multicastInterface: {
    on: udp,
    native: "IPPROTO_IP IP_MULTICAST_IF",
    ipv6: "IPPROTO_IPV6 IPV6_MULTICAST_IF",
    samples: same("127.0.0.1", "0.0.0.0"),
    // Loopback is the interface of number 1 in every network namespace.
    ipv6Samples: [{ set: "::%lo", kernel: 1 }, { set: "::", kernel: 0 }],
  },
  multicastLoopback: {
    on: udp,
    native: "IPPROTO_IP IP_MULTICAST_LOOP",
    ipv6: "IPPROTO_IPV6 IPV6_MULTICAST_LOOP",
    samples: flag,
  },
  multicastTtl: {
    on: udp,
    native: "IPPROTO_IP IP_MULTICAST_TTL",
    ipv6: "IPPROTO_IPV6 IPV6_MULTICAST_HOPS",
    samples: same(7, 3),
  },
  noDelay: { on: tcp, native: "IPPROTO_TCP TCP_NODELAY", samples: flag },
  notSentLowWater: { on: tcp, native: "IPPROTO_TCP TCP_NOTSENT_LOWAT", samples: same(16_384, 32_768) },
  priority: { on: ip, native: "SOL_SOCKET SO_PRIORITY", samples: same(5, 3), early: true },
  quickAck: {
    on: tcp,
    native: "IPPROTO_TCP TCP_QUICKACK",
    samples: flag,
    volatile: true,
  },
  recvBufferSize: { on: all, native: "SOL_SOCKET SO_RCVBUF", samples: doubled, early: true },
  recvError: { on: udp, native: "IPPROTO_IP IP_RECVERR", ipv6: "IPPROTO_IPV6 IPV6_RECVERR", samples: flag },
  recvLowWater: { on: tcp, native: "SOL_SOCKET SO_RCVLOWAT", samples: same(7, 1) },
  reuseAddress: {
    on: ip,
    native: "SOL_SOCKET SO_REUSEADDR",
    // Every listener has it, so that only to be without is to be refused.
    samples: [{ set: false, kernel: 0 }, { set: true, kernel: 1 }],
    opening: true,
    early: true,
  },
  reusePort: { on: ip, native: "SOL_SOCKET SO_REUSEPORT", samples: flag, opening: true, early: true },
  segment: { on: udp, native: "IPPROTO_UDP UDP_SEGMENT", samples: same(500, 0) },
  sendBufferSize: { on: all, native: "SOL_SOCKET SO_SNDBUF", samples: doubled, early: true },
  synCount: { on: tcp, native: "IPPROTO_TCP TCP_SYNCNT", samples: same(3, 4), early: true },
  tcpCork: { on: tcp, native: "IPPROTO_TCP TCP_CORK", samples: flag },
  transparent: {
    on: ip,
    native: "IPPROTO_IP IP_TRANSPARENT",
    ipv6: "IPPROTO_IPV6 IPV6_TRANSPARENT",
    samples: flag,
    opening: true,
    early: true,
  },
  ttl: {
    on: ip,
    native: "IPPROTO_IP IP_TTL",
    ipv6: "IPPROTO_IPV6 IPV6_UNICAST_HOPS",
    samples: same(33, 44),
    early: true,
  },
  typeOfService: {
    on: ip,
    native: "IPPROTO_IP IP_TOS",
    ipv6: "IPPROTO_IPV6 IPV6_TCLASS",
    samples: same(16, 136),
    early: true,
  },
  userTimeout: { on: tcp, native: "IPPROTO_TCP TCP_USER_TIMEOUT", samples: same(20_000, 30_000), early: true },
};

/** Where an option that can only be read stands. */
export const readOnlyOptions = {
  error: { on: all, native: "SOL_SOCKET SO_ERROR" },
  info: { on: tcp, native: "IPPROTO_TCP TCP_INFO" },
  mtu: { on: ip, native: "IPPROTO_IP IP_MTU" },
  peerCredentials: { on: ["unix"], native: "SOL_SOCKET SO_PEERCRED" },
  type: { on: all, native: "SOL_SOCKET SO_TYPE" },
} as const satisfies Readonly<
  Record<Exclude<OptionName, Settable>, { readonly on: readonly OptionTransport[]; readonly native: string }>
>;

/** The id of the case of an option, from its native name: `options/tcp-user-timeout`, `options/udp-so-rcvbuf`. */
export function optionCaseId(transport: OptionTransport, native: string): string {
  const name = (native.split(" ")[1] ?? "").toLowerCase().replaceAll("_", "-");
  return `options/${name.startsWith(`${transport}-`) ? "" : `${transport}-`}${name}`;
}

/** Every option of every transport, in the order of their ids. */
export interface OptionPlace {
  readonly id: string;
  readonly option: OptionName;
  readonly transport: OptionTransport;
  readonly native: string;
}

export const optionPlaces: readonly OptionPlace[] = Object.entries({ ...optionRows, ...readOnlyOptions })
  .flatMap(([option, { on, native }]) =>
    on.map((transport): OptionPlace => ({
      id: optionCaseId(transport, native),
      option: option as OptionName,
      transport,
      native: native.split(" ")[1] ?? "",
    }))
  ).sort((a, b) => a.id < b.id ? -1 : 1);
