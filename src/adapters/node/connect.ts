/** Active open through `node:net`. */
import { Socket } from "node:net";
import type { ConnectRequest, Opened } from "../../core/adapter.js";
import { hostText } from "../../core/address.js";
import { NodeStream, type NodeStreamOptions } from "./stream.js";

export function connectStream(request: ConnectRequest, opened: Opened, options: NodeStreamOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    const { remote, local, signal } = request;
    const socket = new Socket({ allowHalfOpen: true });
    const onAbort = (): void => {
      socket.destroy();
      reject(signal.reason);
    };
    const onError = (error: Error): void => {
      signal.removeEventListener("abort", onAbort);
      reject(error);
    };
    signal.addEventListener("abort", onAbort, { once: true });
    socket.once("error", onError);
    socket.once("connect", () => {
      signal.removeEventListener("abort", onAbort);
      socket.removeListener("error", onError);
      const path = remote.family === "unix" ? { local: "", remote: remote.path } : undefined;
      const stream = new NodeStream(socket, path, options);
      stream.attach(opened(stream));
      resolve();
    });
    if (remote.family === "unix") {
      socket.connect({ path: remote.path });
      return;
    }
    const from: { localAddress?: string; localPort?: number } = {};
    if (local?.host !== undefined) from.localAddress = local.host;
    if (local !== undefined && local.port !== 0) from.localPort = local.port;
    socket.connect({ host: hostText(remote), port: remote.port, autoSelectFamily: false, ...from });
  });
}
