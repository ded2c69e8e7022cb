/** Waiting until a server or a UDP socket of Node is bound. */
import type { EventEmitter } from "node:events";

import { unsupported } from "./refusals.js";

/** Rejects with what the socket's `error` tells; a socket that its signal closes first emits `close` alone. */
export function listening(socket: EventEmitter): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once("listening", resolve);
    socket.once("error", reject);
    socket.once(
      "close",
      () => reject(unsupported("a socket that is aborted while it binds closes and gives no error")),
    );
  });
}
