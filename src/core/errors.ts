/** The one error class, its closed set of codes, and the translation of native errors into it. */

/** Every code, with the words of its message. POSIX names on every OS; the two `E…` names of name resolution are Node's. */
const words = {
  EACCES: "permission denied",
  EADDRINUSE: "address already in use",
  EADDRNOTAVAIL: "address not available",
  EAFNOSUPPORT: "address family not supported",
  EAGAIN: "resource temporarily unavailable",
  EAI_AGAIN: "temporary failure in name resolution",
  EBADF: "socket is closed",
  EBUSY: "another call is pending",
  ECANCELED: "canceled by close",
  ECONNABORTED: "connection aborted",
  ECONNREFUSED: "connection refused",
  ECONNRESET: "connection reset",
  EDESTADDRREQ: "destination address required",
  EDOM: "argument out of the kernel's range",
  EHOSTUNREACH: "host is unreachable",
  EINVAL: "invalid argument",
  EISCONN: "socket is connected",
  EMFILE: "too many open files",
  EMSGSIZE: "message too long",
  ENETDOWN: "network is down",
  ENETUNREACH: "network is unreachable",
  ENFILE: "too many open files in system",
  ENOBUFS: "no buffer space available",
  ENODEV: "no such device",
  ENOENT: "no such file or directory",
  ENOMEM: "not enough memory",
  ENOTCONN: "socket is not connected",
  ENOTDIR: "not a directory",
  ENOTFOUND: "name does not resolve",
  ENOTSOCK: "not a socket",
  ENOTSUP: "not supported",
  EPERM: "operation not permitted",
  EPIPE: "broken pipe",
  EPROTOTYPE: "wrong protocol type for socket",
  EROFS: "read-only file system",
  ETIMEDOUT: "timed out",
  UNKNOWN: "unknown error",
} as const;

/** What went wrong, as a POSIX name. The set is closed: an error that has no place in it is `UNKNOWN`, with the native error as `cause`. */
export type SocketErrorCode = keyof typeof words;

/** What was being done. */
export type Operation =
  | "connect"
  | "listen"
  | "accept"
  | "bind"
  | "lookup"
  | "read"
  | "write"
  | "shutdown"
  | "close"
  | "send"
  | "receive"
  | "disconnect"
  | "join"
  | "leave"
  | "getOption"
  | "setOption";

/** What a `SocketError` may carry besides its code and operation. */
export interface SocketErrorDetails {
  /** The address concerned, as `host:port`, `[host]:port` or a path. */
  readonly address?: string | undefined;
  /** A sentence that says more than the code, for instance which permission is missing. */
  readonly detail?: string | undefined;
  /** The native error; an `AggregateError` when several addresses were tried. */
  readonly cause?: unknown;
}

/** Every failure of a socket that is not a bad argument (those are `TypeError` and `RangeError`). */
export class SocketError extends Error {
  override readonly name: "SocketError" = "SocketError";
  readonly code: SocketErrorCode;
  readonly operation: Operation;
  /** The address concerned, if there is one: `host:port`, `[host]:port` or a path. */
  readonly address: string | undefined;

  constructor(code: SocketErrorCode, operation: Operation, details: SocketErrorDetails = {}) {
    const where = details.address === undefined ? operation : `${operation} ${printable(details.address)}`;
    const why = details.detail === undefined ? words[code] : `${words[code]}: ${details.detail}`;
    super(`${where}: ${code} (${why})`, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.operation = operation;
    this.address = details.address;
  }
}

/** An abstract Unix name starts with NUL; messages show it as `@`, like `ss` and `/proc/net/unix`. */
function printable(address: string): string {
  return address.startsWith("\0") ? `@${address.slice(1)}` : address;
}

/** Whether `code` belongs to the closed set. */
export function isSocketErrorCode(code: unknown): code is SocketErrorCode {
  return typeof code === "string" && Object.hasOwn(words, code);
}

/** A native failure as an adapter describes it when the error's own `code` does not say enough. */
export interface Translation {
  readonly code: SocketErrorCode;
  readonly detail?: string;
}

/** Turns anything that a runtime threw into a `SocketError`; one that is a `SocketError` already stays as it is. */
export function wrap(
  error: unknown,
  operation: Operation,
  options: { readonly address?: string | undefined; readonly translate: (error: unknown) => Translation | undefined },
): SocketError {
  if (error instanceof SocketError) return error;
  const { code, detail } = options.translate(error) ?? { code: nativeCode(error) };
  return new SocketError(code, operation, { address: options.address, detail, cause: error });
}

/** Other names of the same conditions. */
const synonyms: Readonly<Record<string, SocketErrorCode>> = {
  EAI_NODATA: "ENOTFOUND",
  EAI_NONAME: "ENOTFOUND",
  ENODATA: "ENOTFOUND",
  ENOPROTOOPT: "ENOTSUP",
  EOPNOTSUPP: "ENOTSUP",
  EWOULDBLOCK: "EAGAIN",
};

function nativeCode(error: unknown): SocketErrorCode {
  const code = (error as { code?: unknown } | null | undefined)?.code;
  if (isSocketErrorCode(code)) return code;
  return (typeof code === "string" ? synonyms[code] : undefined) ?? "UNKNOWN";
}
