/** A library that supports nothing and says so: a case that it passes is a case that cannot fail. */
import { SocketError } from "./sockets.js";

const reason = "this library supports nothing";

export { SocketError };

export function supports(): { supported: false; reason: string } {
  return { supported: false, reason };
}

export async function connect(): Promise<never> {
  throw new SocketError("ENOTSUP", reason);
}

export { connect as bind, connect as listen, connect as lookup };
