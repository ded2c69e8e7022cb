/** Socket options as the system's headers number them, and what stands in the bytes that getsockopt(2) gives. */

/** Linux's numbers on x64 and arm64. */
export const levels: Readonly<Record<string, number>> = {
  IPPROTO_IP: 0,
  SOL_SOCKET: 1,
  IPPROTO_TCP: 6,
  IPPROTO_UDP: 17,
  IPPROTO_IPV6: 41,
};

export const names: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  SOL_SOCKET: {
    SO_REUSEADDR: 2,
    SO_TYPE: 3,
    SO_ERROR: 4,
    SO_DONTROUTE: 5,
    SO_BROADCAST: 6,
    SO_SNDBUF: 7,
    SO_RCVBUF: 8,
    SO_KEEPALIVE: 9,
    SO_OOBINLINE: 10,
    SO_NO_CHECK: 11,
    SO_PRIORITY: 12,
    SO_LINGER: 13,
    SO_REUSEPORT: 15,
    SO_PEERCRED: 17,
    SO_RCVLOWAT: 18,
    SO_BINDTODEVICE: 25,
    SO_TIMESTAMP: 29,
    SO_ACCEPTCONN: 30,
    SO_MARK: 36,
    SO_RXQ_OVFL: 40,
    SO_INCOMING_CPU: 49,
  },
  IPPROTO_TCP: {
    TCP_NODELAY: 1,
    TCP_MAXSEG: 2,
    TCP_CORK: 3,
    TCP_KEEPIDLE: 4,
    TCP_KEEPINTVL: 5,
    TCP_KEEPCNT: 6,
    TCP_SYNCNT: 7,
    TCP_LINGER2: 8,
    TCP_DEFER_ACCEPT: 9,
    TCP_INFO: 11,
    TCP_QUICKACK: 12,
    TCP_CONGESTION: 13,
    TCP_USER_TIMEOUT: 18,
    TCP_FASTOPEN: 23,
    TCP_NOTSENT_LOWAT: 25,
    TCP_FASTOPEN_CONNECT: 30,
  },
  IPPROTO_UDP: { UDP_CORK: 1, UDP_SEGMENT: 103, UDP_GRO: 104 },
  IPPROTO_IP: {
    IP_TOS: 1,
    IP_TTL: 2,
    IP_PKTINFO: 8,
    IP_MTU_DISCOVER: 10,
    IP_RECVERR: 11,
    IP_RECVTTL: 12,
    IP_RECVTOS: 13,
    IP_MTU: 14,
    IP_FREEBIND: 15,
    IP_TRANSPARENT: 19,
    IP_BIND_ADDRESS_NO_PORT: 24,
    IP_MULTICAST_IF: 32,
    IP_MULTICAST_TTL: 33,
    IP_MULTICAST_LOOP: 34,
    IP_MULTICAST_ALL: 49,
  },
  IPPROTO_IPV6: {
    IPV6_UNICAST_HOPS: 16,
    IPV6_MULTICAST_IF: 17,
    IPV6_MULTICAST_HOPS: 18,
    IPV6_MULTICAST_LOOP: 19,
    IPV6_MTU_DISCOVER: 23,
    IPV6_MTU: 24,
    IPV6_RECVERR: 25,
    IPV6_V6ONLY: 26,
    IPV6_MULTICAST_ALL: 29,
    IPV6_RECVPKTINFO: 49,
    IPV6_TCLASS: 67,
    IPV6_TRANSPARENT: 75,
    IPV6_FREEBIND: 78,
  },
};

/** An integer, a name, seconds or `"off"`, numbers in their order, or an address. */
export type OptionReading = number | string | readonly number[];

/** What is no integer. */
const readings: Readonly<Record<string, (bytes: Uint8Array) => OptionReading>> = {
  SO_BINDTODEVICE: text,
  TCP_CONGESTION: text,
  SO_LINGER: (bytes) => word(bytes, 0) === 0 ? "off" : word(bytes, 4),
  SO_PEERCRED: (bytes) => [word(bytes, 0), word(bytes, 4), word(bytes, 8)],
  IP_MULTICAST_IF: (bytes) => bytes.join("."),
};

export function reading(name: string, bytes: Uint8Array): OptionReading {
  // Some options are told in one byte.
  return readings[name]?.(bytes) ?? (bytes.length < 4 ? bytes[0] ?? 0 : word(bytes, 0));
}

function word(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getInt32(at, true);
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes).split("\0", 1)[0] ?? "";
}
