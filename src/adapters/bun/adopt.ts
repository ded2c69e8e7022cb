/**
 * Sockets that libc made, taken over by `Bun.connect` and `Bun.listen`. Both take a descriptor, which Bun's types do not
 * tell: 1.4.5 does; before 1.4 `Bun.listen` refuses it.
 */
import type { Adoption } from "../../core/adapter.ts";
import { adoptedEnds, release } from "../node/adopt.ts";
import { listenStream, serveNative } from "./listener.ts";
import { bunConnect } from "./native.ts";
import { Broken, BunStream } from "./stream.ts";

export const adoption: Adoption = {
  connection(fd, { remote }, opened) {
    let isOpen = false;
    const connecting = bunConnect<BunStream>({
      fd,
      allowHalfOpen: true,
      socket: {
        ...BunStream.handlers,
        open(socket) {
          isOpen = true;
          const stream = new BunStream(socket, adoptedEnds(remote));
          stream.attach(opened(stream));
        },
      },
    });
    // Told by `isOpen`: Bun opens it, or cannot, before the call returns.
    connecting.catch(() => {});
    if (isOpen) return;
    release(fd);
    throw new Broken("EBADF", "Bun could not take over the descriptor");
  },
  async listener(fd, request, sink) {
    try {
      return await listenStream(request, sink, ({ allowHalfOpen }, open) => serveNative({ fd, allowHalfOpen }, open));
    } catch (error) {
      release(fd);
      throw error;
    }
  },
};
