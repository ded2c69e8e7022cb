/** Socket options: their names, values and documentation. How they stand in the kernel is in option-table.ts. */
import type { PeerCredentials, SocketType } from "./option-values.ts";
import type { TcpInfo } from "./tcp-info.ts";

/** Every socket option and its value as `getOption()` gives it. Times are milliseconds, sizes bytes. */
export interface SocketOptionValues {
  /** SO_BINDTODEVICE: only traffic of this interface, by name; `""` is all. Needs root before Linux 5.7. */
  device: string;
  /** SO_BROADCAST: datagrams may go to a broadcast address. `false` at first on every runtime. */
  broadcast: boolean;
  /** SO_ERROR: the error that waits, which reading takes away. Read only. */
  error: string | undefined;
  /** SO_INCOMING_CPU: the processor that handles what arrives; `-1` is none yet. */
  incomingCpu: number;
  /** SO_KEEPALIVE: probes of an idle connection. */
  keepAlive: boolean;
  /** SO_LINGER: how long close(2) itself waits in the kernel, in whole seconds, or `false`. `close()` of omnisock has its own `linger`. */
  lingerTime: number | false;
  /** SO_MARK: a mark for routing and filters. Needs CAP_NET_ADMIN. */
  mark: number;
  /** SO_PEERCRED: process, user and group at the other end of a Unix stream. Read only. */
  peerCredentials: PeerCredentials;
  /** SO_PRIORITY: 0 to 6; more needs CAP_NET_ADMIN. */
  priority: number;
  /** SO_RCVBUF. Linux doubles what is set and keeps to net.core.rmem_max; the value read is the doubled one. */
  recvBufferSize: number;
  /** SO_RCVLOWAT: bytes from which on the kernel tells that there is something to read. */
  recvLowWater: number;
  /** SO_REUSEADDR. Set for every listener. */
  reuseAddress: boolean;
  /** SO_REUSEPORT: the port is shared with other sockets that set it. */
  reusePort: boolean;
  /** SO_SNDBUF. As `recvBufferSize`, with net.core.wmem_max. */
  sendBufferSize: number;
  /** SO_TYPE. Read only. */
  type: SocketType;

  /** IP_FREEBIND, IPV6_FREEBIND: bind to an address that is not there yet. */
  freebind: boolean;
  /** IP_MTU, IPV6_MTU: of the path, as far as it is known. Read only, when connected. */
  mtu: number;
  /** IP_MTU_DISCOVER, IPV6_MTU_DISCOVER: whether datagrams may be fragmented (`"dont"`), must not be (`"do"`), ... */
  mtuDiscover: MtuDiscover;
  /** IP_MULTICAST_ALL, IPV6_MULTICAST_ALL: datagrams of groups that other sockets joined come too. */
  multicastAll: boolean;
  /** IP_MULTICAST_IF, IPV6_MULTICAST_IF: IPv4 address of the interface, or an IPv6 literal with its zone (`"::%eth0"`). */
  multicastInterface: string;
  /** IP_MULTICAST_LOOP, IPV6_MULTICAST_LOOP: this host gets what it sends to a group that it joined. `true` at first on every runtime. */
  multicastLoopback: boolean;
  /** IP_MULTICAST_TTL, IPV6_MULTICAST_HOPS: 0 to 255. */
  multicastTtl: number;
  /** IP_RECVERR, IPV6_RECVERR: errors of an unconnected socket are told too. */
  recvError: boolean;
  /** IP_TOS, IPV6_TCLASS: DSCP and ECN bits, 0 to 255. TCP keeps the two ECN bits for itself. */
  typeOfService: number;
  /** IP_TRANSPARENT, IPV6_TRANSPARENT: foreign addresses as one's own. Needs CAP_NET_ADMIN. */
  transparent: boolean;
  /** IP_TTL, IPV6_UNICAST_HOPS: 1 to 255. */
  ttl: number;
  /** IPV6_V6ONLY: an IPv6 wildcard does not take IPv4. */
  ipv6Only: boolean;

  /** TCP_CONGESTION: one of net.ipv4.tcp_available_congestion_control; others than the allowed ones need CAP_NET_ADMIN. */
  congestion: string;
  /** TCP_CORK: only full segments are sent while it is set. */
  tcpCork: boolean;
  /** TCP_DEFER_ACCEPT: a connection is accepted when its first bytes are there, at the latest after this time. Linux rounds it up to when a SYN-ACK is sent again. */
  deferAccept: number;
  /** TCP_FASTOPEN: pending Fast Open requests that a listener takes; 0 is off. */
  fastOpen: number;
  /** TCP_FASTOPEN_CONNECT: the first bytes go with the SYN, if there is a cookie. */
  fastOpenConnect: boolean;
  /** TCP_INFO. Read only. */
  info: TcpInfo;
  /** TCP_KEEPCNT: unanswered probes after which the connection is dead, 1 to 127. */
  keepAliveCount: number;
  /**
   * TCP_KEEPIDLE (TCP_KEEPALIVE on macOS): idle time before the first probe, in whole seconds, at most 32,767. Without
   * `omnisock/libc`, Node before 24.19 and Bun set an interval of 1 s and a count of 10 with it.
   */
  keepAliveIdle: number;
  /** TCP_KEEPINTVL: between probes, in whole seconds, at most 32,767. */
  keepAliveInterval: number;
  /** TCP_LINGER2: how long FIN-WAIT-2 lasts after `close()`, in whole seconds. */
  finTimeout: number;
  /** TCP_MAXSEG: the largest segment, 88 to 32,767. */
  maxSegment: number;
  /** TCP_NODELAY: small segments are sent at once. `true` at first on every runtime. */
  noDelay: boolean;
  /** TCP_NOTSENT_LOWAT: unsent bytes below which the socket is writable. */
  notSentLowWater: number;
  /** TCP_QUICKACK: acknowledgements are not delayed; the kernel goes back to its own judgement by itself. */
  quickAck: boolean;
  /** TCP_SYNCNT: how often a SYN is sent again, 1 to 127. */
  synCount: number;
  /** TCP_USER_TIMEOUT: how long sent bytes may stay unacknowledged until the connection breaks with `ETIMEDOUT`; 0 is the system's. */
  userTimeout: number;

  /** UDP_GRO: several datagrams of one sender may come as one. */
  gro: boolean;
  /** UDP_SEGMENT: what is sent is cut into datagrams of this size; 0 is off. */
  segment: number;
}

export type MtuDiscover = "dont" | "want" | "do" | "probe" | "interface" | "omit";

export type OptionName = keyof SocketOptionValues;

/** What a socket is, as far as options depend on it. */
export type OptionTransport = "tcp" | "udp" | "unix";

type DatagramOnly =
  | "broadcast"
  | "gro"
  | "multicastAll"
  | "multicastInterface"
  | "multicastLoopback"
  | "multicastTtl"
  | "recvError"
  | "segment";

type TcpOnly =
  | "congestion"
  | "deferAccept"
  | "fastOpen"
  | "fastOpenConnect"
  | "finTimeout"
  | "info"
  | "keepAlive"
  | "keepAliveCount"
  | "keepAliveIdle"
  | "keepAliveInterval"
  | "lingerTime"
  | "maxSegment"
  | "noDelay"
  | "notSentLowWater"
  | "quickAck"
  | "recvLowWater"
  | "synCount"
  | "tcpCork"
  | "userTimeout";

/** Options of TCP sockets, of UDP sockets, and of Unix-domain ones. */
export type TcpOption = Exclude<OptionName, DatagramOnly | "peerCredentials">;
export type UdpOption = Exclude<OptionName, TcpOnly | "peerCredentials">;
export type UnixOption = "error" | "peerCredentials" | "recvBufferSize" | "sendBufferSize" | "type";

/** Options that a stream or a listener has, and those that a datagram socket has. */
export type StreamOption = TcpOption | UnixOption;
export type DatagramOption = UdpOption | UnixOption;

/** Options that no call sets. */
export type ReadOnlyOption = "error" | "info" | "mtu" | "peerCredentials" | "type";

/** Options that must be there before bind(2): they are given to `connect`, `listen` and `bind`, and read from then on. */
export type OpeningOption = "freebind" | "ipv6Only" | "reuseAddress" | "reusePort" | "transparent";

/** Options of a listener that its connections do not have. */
export type ListenerOption = "deferAccept" | "fastOpen";
