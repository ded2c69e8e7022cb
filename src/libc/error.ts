/** The one error class of `omnisock/libc`. */
import { type ErrnoName, errnos, errorName } from "./errno.ts";

export interface LibcErrorDetails {
  /** A sentence that says more than the code. */
  readonly detail?: string | undefined;
  readonly cause?: unknown;
}

/** A failure that `errno` has no number for. */
interface Failure {
  readonly name: string;
  readonly number: number;
}

/** A system call failed. Bad arguments are `TypeError` and `RangeError`, and reach no system call. */
export class LibcError extends Error {
  override readonly name: "LibcError" = "LibcError";
  /** The name of `errno`, for instance `EAGAIN`; `UNKNOWN` for a number that has none, and `EAI_…` from getaddrinfo(3). */
  readonly code: string;
  /** The number, this system's; of an `EAI_…` code that of getaddrinfo(3). */
  readonly errno: number;
  /** The call that failed. */
  readonly syscall: string;

  constructor(failure: number | ErrnoName | Failure, syscall: string, { detail, cause }: LibcErrorDetails = {}) {
    const { name: code, number } = typeof failure === "number"
      ? { name: errorName(failure), number: failure }
      : typeof failure === "string"
      ? { name: failure, number: errnos[failure] ?? 0 }
      : failure;
    super(
      `${syscall}: ${code}${detail === undefined ? "" : ` (${detail})`}`,
      cause === undefined ? undefined : { cause },
    );
    this.code = code;
    this.errno = number;
    this.syscall = syscall;
  }
}
