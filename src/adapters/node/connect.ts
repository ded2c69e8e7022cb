/** Active open through `node:net`. */
import { Socket } from "node:net";
import type { ConnectRequest, Opened } from "../../core/adapter.ts";
import { hostText } from "../../core/address.ts";
import { endsTo } from "./endpoint.ts";
import { NodeStream, type NodeStreamOptions } from "./stream.ts";
import { namedZone } from "./zone.ts";

export interface NodeConnectOptions extends NodeStreamOptions {
  /** A name of the remote address by which to connect, for a runtime that grants permissions by name. */
  readonly name?: string | undefined;
  /** Whether a connection without a peer is none, for a runtime that may call one that failed connected. */
  readonly confirmPeer?: boolean;
}

export function connectStream(request: ConnectRequest, opened: Opened, options: NodeConnectOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    const { Stream = NodeStream, name, confirmPeer = false } = options;
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
      // It broke as soon as it was there, or before.
      const gone = remote.family !== "unix" && socket.remoteAddress === undefined;
      if (gone && confirmPeer) {
        socket.destroy();
        reject(Object.assign(new Error("the connection has no peer"), { code: "ECONNRESET" }));
        return;
      }
      socket.removeListener("error", onError);
      const stream = new Stream(socket, remote.family === "unix" ? endsTo(remote) : gone ? { remote } : {}, options);
      stream.attach(opened(stream));
      resolve();
    });
    if (remote.family === "unix") {
      socket.connect({ path: remote.path });
      return;
    }
    const from: { localAddress?: string; localPort?: number; family?: number } = {};
    if (name !== undefined) from.family = remote.family === "ipv4" ? 4 : 6;
    if (local?.host !== undefined) from.localAddress = namedZone(local.host);
    if (local !== undefined && local.port !== 0) from.localPort = local.port;
    socket.connect({ host: name ?? namedZone(hostText(remote)), port: remote.port, autoSelectFamily: false, ...from });
  });
}
