/** What a system call of the memory network fails with. */
import type { SocketErrorCode } from "../../../core/errors.ts";

export class NetworkFailure extends Error {
  override readonly name: "NetworkFailure" = "NetworkFailure";
  readonly code: SocketErrorCode;

  constructor(code: SocketErrorCode, what: string) {
    super(`${what}: ${code}`);
    this.code = code;
  }
}
