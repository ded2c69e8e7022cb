/**
 * Active open: through `node:net`, then on with Bun's own socket.
 *
 * `Bun.connect` cannot be cancelled: a connection that nobody answers keeps its descriptor. `net.Socket.destroy()` releases
 * it. The handle of a connected `net.Socket` is a socket of Bun, and `reload()` gives it other handlers, so that afterwards
 * nothing of `node:net` runs and connected and accepted streams are the same.
 */
import { Socket } from "node:net";
import type { ConnectRequest, Opened } from "../../core/adapter.ts";
import { hostText } from "../../core/address.ts";
import { endsTo } from "../node/endpoint.ts";
import type { ReloadableSocket } from "./native.ts";
import { BunStream } from "./stream.ts";

export function connectStream(request: ConnectRequest, opened: Opened): Promise<void> {
  return new Promise((resolve, reject) => {
    const { remote, local, signal } = request;
    const socket = new Socket({ allowHalfOpen: true });
    const onAbort = (): void => {
      socket.destroy();
      reject(signal.reason);
    };
    signal.addEventListener("abort", onAbort, { once: true });
    socket.on("error", (error) => {
      signal.removeEventListener("abort", onAbort);
      reject(error);
    });
    socket.once("connect", () => {
      signal.removeEventListener("abort", onAbort);
      let stream: BunStream;
      try {
        const handle = (socket as unknown as { readonly _handle: ReloadableSocket<BunStream> })._handle;
        handle.reload({ socket: BunStream.handlers });
        stream = new BunStream(handle, remote.family === "unix" ? endsTo(remote) : { zone: remote.scopeId });
      } catch (error) {
        socket.destroy();
        reject(error);
        return;
      }
      stream.attach(opened(stream));
      resolve();
    });
    // Else node:net begins to read as soon as the listeners of "connect" have run.
    socket.pause();
    if (remote.family === "unix") {
      socket.connect({ path: remote.path });
      return;
    }
    const { host: localAddress = "", port: localPort = 0 } = local ?? {};
    socket.connect({ host: hostText(remote), port: remote.port, autoSelectFamily: false, localAddress, localPort });
  });
}
