/** Linux's numbers for what the peer uses: error codes by name, families, types, flags, options. */

export const E = {
  EINTR: 4,
  EBADF: 9,
  EAGAIN: 11,
  EINVAL: 22,
  EPIPE: 32,
  ECONNRESET: 104,
  EADDRINUSE: 98,
  EISCONN: 106,
  ETIMEDOUT: 110,
  EINPROGRESS: 115,
} as const;

const NAMES: Readonly<Record<number, string>> = {
  1: "EPERM",
  2: "ENOENT",
  3: "ESRCH",
  4: "EINTR",
  5: "EIO",
  9: "EBADF",
  11: "EAGAIN",
  12: "ENOMEM",
  13: "EACCES",
  14: "EFAULT",
  16: "EBUSY",
  17: "EEXIST",
  19: "ENODEV",
  20: "ENOTDIR",
  21: "EISDIR",
  22: "EINVAL",
  23: "ENFILE",
  24: "EMFILE",
  30: "EROFS",
  32: "EPIPE",
  36: "ENAMETOOLONG",
  38: "ENOSYS",
  71: "EPROTO",
  88: "ENOTSOCK",
  89: "EDESTADDRREQ",
  90: "EMSGSIZE",
  91: "EPROTOTYPE",
  92: "ENOPROTOOPT",
  93: "EPROTONOSUPPORT",
  95: "EOPNOTSUPP",
  97: "EAFNOSUPPORT",
  98: "EADDRINUSE",
  99: "EADDRNOTAVAIL",
  100: "ENETDOWN",
  101: "ENETUNREACH",
  103: "ECONNABORTED",
  104: "ECONNRESET",
  105: "ENOBUFS",
  106: "EISCONN",
  107: "ENOTCONN",
  108: "ESHUTDOWN",
  110: "ETIMEDOUT",
  111: "ECONNREFUSED",
  112: "EHOSTDOWN",
  113: "EHOSTUNREACH",
  114: "EALREADY",
  115: "EINPROGRESS",
};

export const AF_UNIX = 1;
export const AF_INET = 2;
export const AF_INET6 = 10;
export const AF_PACKET = 17;

export const SOCK_STREAM = 1;
export const SOCK_DGRAM = 2;
export const SOCK_RAW = 3;
export const SOCK_NONBLOCK = 0o4000;
export const SOCK_CLOEXEC = 0o2000000;

export const POLLIN = 1;
export const POLLOUT = 4;

export const MSG_OOB = 1;
export const MSG_NOSIGNAL = 0x4000;

export const SOL_SOCKET = 1;
export const SO_REUSEADDR = 2;
export const SO_TYPE = 3;
export const SO_ERROR = 4;
export const SO_RCVBUF = 8;
export const SO_LINGER = 13;
export const SO_ACCEPTCONN = 30;
export const SO_RCVBUFFORCE = 33;
export const SO_DOMAIN = 39;

/** `ETH_P_ALL` in network order. */
export const ETH_P_ALL = 0x0300;
/** `sll_pkttype` of what this host sent. */
export const PACKET_OUTGOING = 4;
/** The time of the packet that was received last, as `struct timespec`. */
export const SIOCGSTAMPNS = 0x8907;

export const IPPROTO_IP = 0;
export const IP_MULTICAST_IF = 32;
export const IPPROTO_ICMP = 1;
export const IPPROTO_RAW = 255;
export const IPPROTO_IPV6 = 41;
export const IPV6_MULTICAST_IF = 17;
export const MCAST_JOIN_GROUP = 42;
export const ICMP_DEST_UNREACH = 3;

export const IPPROTO_TCP = 6;
export const TCP_INFO = 11;
/** First byte of `TCP_INFO`'s answer while the handshake is unanswered. */
export const TCP_SYN_SENT = 2;

export const F_GETFL = 3;
export const F_SETFL = 4;
export const O_NONBLOCK = 0o4000;

export const SYS_PIDFD_OPEN = 434;
export const SYS_PIDFD_GETFD = 438;

/** A system call that failed; `code` is POSIX's name. */
export class SystemError extends Error {
  readonly code: string;

  constructor(errno: number, call: string) {
    const code = nameOf(errno);
    super(`${call}: ${code}`);
    this.name = "SystemError";
    this.code = code;
  }
}

export function nameOf(errno: number): string {
  return NAMES[Math.abs(errno)] ?? `E${Math.abs(errno)}`;
}

/** Passes a result on, or throws if it is a negative errno. */
export function must(result: number, call: string): number {
  if (result < 0) throw new SystemError(result, call);
  return result;
}
