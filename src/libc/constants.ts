/**
 * Constants of the C library's headers, with this system's values.
 *
 * One that this system lacks has a value that no call takes: as a domain, an option or a command the kernel refuses it, and
 * as one of several flags the check of arguments does.
 */
import process from "node:process";

/** A bit that neither a domain nor an option nor a flag of macOS has. */
const ABSENT = 0x4000_0000;

/** The bits of `flags` that stand for nothing here. */
export const absentFlags: number = process.platform === "darwin" ? ABSENT : 0;

function on(linux: number, darwin: number): number {
  return process.platform === "darwin" ? darwin : linux;
}

export const AF_APPLETALK: number = on(5, 16);
export const AF_CAN: number = on(29, ABSENT);
export const AF_INET: number = on(2, 2);
export const AF_INET6: number = on(10, 30);
export const AF_IPX: number = on(4, 23);
export const AF_LOCAL: number = on(1, 1);
export const AF_NETLINK: number = on(16, ABSENT);
export const AF_PACKET: number = on(17, ABSENT);
export const AF_UNIX: number = on(1, 1);
export const AF_UNSPEC: number = on(0, 0);
export const AF_VSOCK: number = on(40, 40);

export const AI_ADDRCONFIG: number = on(0x20, 0x400);
export const AI_ALL: number = on(0x10, 0x100);
export const AI_CANONNAME: number = on(2, 2);
export const AI_NUMERICHOST: number = on(4, 4);
export const AI_NUMERICSERV: number = on(0x400, 0x1000);
export const AI_PASSIVE: number = on(1, 1);
export const AI_V4MAPPED: number = on(8, 0x800);

export const ETH_P_ALL: number = on(0x0003, 0x0003);
export const ETH_P_ARP: number = on(0x0806, 0x0806);
export const ETH_P_IP: number = on(0x0800, 0x0800);
export const ETH_P_IPV6: number = on(0x86dd, 0x86dd);

export const FD_CLOEXEC: number = on(1, 1);
export const F_DUPFD: number = on(0, 0);
export const F_DUPFD_CLOEXEC: number = on(1030, 67);
export const F_GETFD: number = on(1, 1);
export const F_GETFL: number = on(3, 3);
export const F_SETFD: number = on(2, 2);
export const F_SETFL: number = on(4, 4);

export const IPPROTO_ICMP: number = on(1, 1);
export const IPPROTO_ICMPV6: number = on(58, 58);
export const IPPROTO_IGMP: number = on(2, 2);
export const IPPROTO_IP: number = on(0, 0);
export const IPPROTO_IPV6: number = on(41, 41);
export const IPPROTO_RAW: number = on(255, 255);
export const IPPROTO_SCTP: number = on(132, 132);
export const IPPROTO_TCP: number = on(6, 6);
export const IPPROTO_UDP: number = on(17, 17);

export const IPV6_ADD_MEMBERSHIP: number = on(20, 12);
export const IPV6_CHECKSUM: number = on(7, 26);
export const IPV6_DONTFRAG: number = on(62, 62);
export const IPV6_DROP_MEMBERSHIP: number = on(21, 13);
export const IPV6_FREEBIND: number = on(78, ABSENT);
export const IPV6_HOPLIMIT: number = on(52, 47);
export const IPV6_JOIN_GROUP: number = on(20, 12);
export const IPV6_LEAVE_GROUP: number = on(21, 13);
export const IPV6_MTU: number = on(24, ABSENT);
export const IPV6_MTU_DISCOVER: number = on(23, ABSENT);
export const IPV6_MULTICAST_HOPS: number = on(18, 10);
export const IPV6_MULTICAST_IF: number = on(17, 9);
export const IPV6_MULTICAST_LOOP: number = on(19, 11);
export const IPV6_PKTINFO: number = on(50, 46);
export const IPV6_RECVERR: number = on(25, ABSENT);
export const IPV6_RECVHOPLIMIT: number = on(51, 37);
export const IPV6_RECVPKTINFO: number = on(49, 61);
export const IPV6_RECVTCLASS: number = on(66, 35);
export const IPV6_TCLASS: number = on(67, 36);
export const IPV6_UNICAST_HOPS: number = on(16, 4);
export const IPV6_V6ONLY: number = on(26, 27);

export const IP_ADD_MEMBERSHIP: number = on(35, 12);
export const IP_ADD_SOURCE_MEMBERSHIP: number = on(39, 70);
export const IP_BIND_ADDRESS_NO_PORT: number = on(24, ABSENT);
export const IP_DROP_MEMBERSHIP: number = on(36, 13);
export const IP_DROP_SOURCE_MEMBERSHIP: number = on(40, 71);
export const IP_FREEBIND: number = on(15, ABSENT);
export const IP_HDRINCL: number = on(3, 2);
export const IP_MINTTL: number = on(21, ABSENT);
export const IP_MTU: number = on(14, ABSENT);
export const IP_MTU_DISCOVER: number = on(10, ABSENT);
export const IP_MULTICAST_ALL: number = on(49, ABSENT);
export const IP_MULTICAST_IF: number = on(32, 9);
export const IP_MULTICAST_LOOP: number = on(34, 11);
export const IP_MULTICAST_TTL: number = on(33, 10);
export const IP_OPTIONS: number = on(4, 1);
export const IP_PKTINFO: number = on(8, 26);
export const IP_RECVERR: number = on(11, ABSENT);
export const IP_RECVTOS: number = on(13, 27);
export const IP_RECVTTL: number = on(12, 24);
export const IP_TOS: number = on(1, 3);
export const IP_TRANSPARENT: number = on(19, ABSENT);
export const IP_TTL: number = on(2, 4);

export const MCAST_BLOCK_SOURCE: number = on(43, 84);
export const MCAST_JOIN_GROUP: number = on(42, 80);
export const MCAST_JOIN_SOURCE_GROUP: number = on(46, 82);
export const MCAST_LEAVE_GROUP: number = on(45, 81);
export const MCAST_LEAVE_SOURCE_GROUP: number = on(47, 83);
export const MCAST_UNBLOCK_SOURCE: number = on(44, 85);

export const MSG_CONFIRM: number = on(0x800, ABSENT);
export const MSG_CTRUNC: number = on(0x8, 0x20);
export const MSG_DONTROUTE: number = on(0x4, 0x4);
export const MSG_DONTWAIT: number = on(0x40, 0x80);
export const MSG_EOR: number = on(0x80, 0x8);
export const MSG_ERRQUEUE: number = on(0x2000, ABSENT);
export const MSG_FASTOPEN: number = on(0x2000_0000, ABSENT);
export const MSG_MORE: number = on(0x8000, ABSENT);
export const MSG_NOSIGNAL: number = on(0x4000, 0x8_0000);
export const MSG_OOB: number = on(0x1, 0x1);
export const MSG_PEEK: number = on(0x2, 0x2);
export const MSG_TRUNC: number = on(0x20, 0x10);
export const MSG_WAITALL: number = on(0x100, 0x40);

export const O_CLOEXEC: number = on(0o2000000, 0x100_0000);
export const O_NONBLOCK: number = on(0o4000, 0x4);
export const O_RDONLY: number = on(0, 0);

export const PACKET_ADD_MEMBERSHIP: number = on(1, ABSENT);
export const PACKET_BROADCAST: number = on(1, ABSENT);
export const PACKET_DROP_MEMBERSHIP: number = on(2, ABSENT);
export const PACKET_HOST: number = on(0, ABSENT);
export const PACKET_MR_ALLMULTI: number = on(2, ABSENT);
export const PACKET_MR_MULTICAST: number = on(0, ABSENT);
export const PACKET_MR_PROMISC: number = on(1, ABSENT);
export const PACKET_MULTICAST: number = on(2, ABSENT);
export const PACKET_OTHERHOST: number = on(3, ABSENT);
export const PACKET_OUTGOING: number = on(4, ABSENT);

export const PF_APPLETALK: number = AF_APPLETALK;
export const PF_CAN: number = AF_CAN;
export const PF_INET: number = AF_INET;
export const PF_INET6: number = AF_INET6;
export const PF_IPX: number = AF_IPX;
export const PF_LOCAL: number = AF_LOCAL;
export const PF_NETLINK: number = AF_NETLINK;
export const PF_PACKET: number = AF_PACKET;
export const PF_UNIX: number = AF_UNIX;
export const PF_UNSPEC: number = AF_UNSPEC;
export const PF_VSOCK: number = AF_VSOCK;

export const POLLERR: number = on(0x8, 0x8);
export const POLLHUP: number = on(0x10, 0x10);
export const POLLIN: number = on(0x1, 0x1);
export const POLLNVAL: number = on(0x20, 0x20);
export const POLLOUT: number = on(0x4, 0x4);
export const POLLPRI: number = on(0x2, 0x2);
export const POLLRDBAND: number = on(0x80, 0x80);
export const POLLRDHUP: number = on(0x2000, ABSENT);
export const POLLRDNORM: number = on(0x40, 0x40);
export const POLLWRBAND: number = on(0x200, 0x100);
export const POLLWRNORM: number = on(0x100, 0x4);

export const SHUT_RD: number = on(0, 0);
export const SHUT_RDWR: number = on(2, 2);
export const SHUT_WR: number = on(1, 1);

export const SOCK_CLOEXEC: number = on(0o2000000, 0o2000000);
export const SOCK_DGRAM: number = on(2, 2);
export const SOCK_NONBLOCK: number = on(0o4000, 0o4000);
export const SOCK_RAW: number = on(3, 3);
export const SOCK_RDM: number = on(4, 4);
export const SOCK_SEQPACKET: number = on(5, 5);
export const SOCK_STREAM: number = on(1, 1);

export const SOL_NETLINK: number = on(270, ABSENT);
export const SOL_PACKET: number = on(263, ABSENT);
export const SOL_SOCKET: number = on(1, 0xffff);

export const SOMAXCONN: number = on(4096, 128);

export const SO_ACCEPTCONN: number = on(30, 0x2);
export const SO_ATTACH_FILTER: number = on(26, ABSENT);
export const SO_BINDTODEVICE: number = on(25, ABSENT);
export const SO_BROADCAST: number = on(6, 0x20);
export const SO_BUSY_POLL: number = on(46, ABSENT);
export const SO_COOKIE: number = on(57, ABSENT);
export const SO_DEBUG: number = on(1, 0x1);
export const SO_DETACH_FILTER: number = on(27, ABSENT);
export const SO_DOMAIN: number = on(39, ABSENT);
export const SO_DONTROUTE: number = on(5, 0x10);
export const SO_ERROR: number = on(4, 0x1007);
export const SO_INCOMING_CPU: number = on(49, ABSENT);
export const SO_KEEPALIVE: number = on(9, 0x8);
export const SO_LINGER: number = on(13, 0x80);
export const SO_MARK: number = on(36, ABSENT);
export const SO_NOSIGPIPE: number = on(ABSENT, 0x1022);
export const SO_OOBINLINE: number = on(10, 0x100);
export const SO_PASSCRED: number = on(16, ABSENT);
export const SO_PEERCRED: number = on(17, ABSENT);
export const SO_PRIORITY: number = on(12, ABSENT);
export const SO_PROTOCOL: number = on(38, ABSENT);
export const SO_RCVBUF: number = on(8, 0x1002);
export const SO_RCVBUFFORCE: number = on(33, ABSENT);
export const SO_RCVLOWAT: number = on(18, 0x1004);
export const SO_RCVTIMEO: number = on(20, 0x1006);
export const SO_REUSEADDR: number = on(2, 0x4);
export const SO_REUSEPORT: number = on(15, 0x200);
export const SO_RXQ_OVFL: number = on(40, ABSENT);
export const SO_SNDBUF: number = on(7, 0x1001);
export const SO_SNDBUFFORCE: number = on(32, ABSENT);
export const SO_SNDLOWAT: number = on(19, 0x1003);
export const SO_SNDTIMEO: number = on(21, 0x1005);
export const SO_TIMESTAMP: number = on(29, 0x400);
export const SO_TYPE: number = on(3, 0x1008);

export const TCP_CONGESTION: number = on(13, ABSENT);
export const TCP_CORK: number = on(3, ABSENT);
export const TCP_DEFER_ACCEPT: number = on(9, ABSENT);
export const TCP_FASTOPEN: number = on(23, 0x105);
export const TCP_FASTOPEN_CONNECT: number = on(30, ABSENT);
export const TCP_INFO: number = on(11, ABSENT);
export const TCP_KEEPCNT: number = on(6, 0x102);
export const TCP_KEEPIDLE: number = on(4, 0x10);
export const TCP_KEEPINTVL: number = on(5, 0x101);
export const TCP_LINGER2: number = on(8, ABSENT);
export const TCP_MAXSEG: number = on(2, 2);
export const TCP_NODELAY: number = on(1, 1);
export const TCP_NOPUSH: number = on(ABSENT, 4);
export const TCP_NOTSENT_LOWAT: number = on(25, 0x201);
export const TCP_QUICKACK: number = on(12, ABSENT);
export const TCP_SYNCNT: number = on(7, ABSENT);
export const TCP_USER_TIMEOUT: number = on(18, ABSENT);
export const TCP_WINDOW_CLAMP: number = on(10, ABSENT);

export const UDP_GRO: number = on(104, ABSENT);
export const UDP_SEGMENT: number = on(103, ABSENT);
