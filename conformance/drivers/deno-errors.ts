/** POSIX codes for the errors of Deno. */

/** The system errors that the classes of `Deno.errors` stand for, where the error itself has no `code`. */
const codes: Readonly<Record<string, string>> = {
  AddrInUse: "EADDRINUSE",
  AddrNotAvailable: "EADDRNOTAVAIL",
  BadResource: "EBADF",
  BrokenPipe: "EPIPE",
  Busy: "EBUSY",
  ConnectionAborted: "ECONNABORTED",
  ConnectionRefused: "ECONNREFUSED",
  ConnectionReset: "ECONNRESET",
  Interrupted: "EINTR",
  NetworkUnreachable: "ENETUNREACH",
  NotConnected: "ENOTCONN",
  NotFound: "ENOENT",
  PermissionDenied: "EACCES",
  TimedOut: "ETIMEDOUT",
};

/** The value, or the error with the code that its class stands for. */
export async function named<Value>(action: Promise<Value> | (() => Value)): Promise<Value> {
  try {
    return await (typeof action === "function" ? action() : action);
  } catch (error) {
    throw withCode(error);
  }
}

export function withCode(error: unknown): unknown {
  const code = error instanceof Error && !("code" in error) ? codes[error.name] : undefined;
  return code === undefined ? error : Object.assign(error as Error, { code });
}
