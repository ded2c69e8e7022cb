/** Passive open through `node:net`. */
import { createServer, type ListenOptions as NetListenOptions, type Server } from "node:net";
import type { ListenerSink, ListenRequest, NativeListener } from "../../core/adapter.ts";
import { type Address, hostText, ipAddress } from "../../core/address.ts";
import { NodeStream, type NodeStreamOptions } from "./stream.ts";
import { namedZone } from "./zone.ts";

export function listenStream(
  request: ListenRequest,
  sink: ListenerSink,
  options: NodeStreamOptions,
): Promise<NodeListener> {
  return new Promise((resolve, reject) => {
    const { Stream = NodeStream } = options;
    const { local, backlog, ipv6Only, reusePort } = request;
    // Paused, so that nothing is read before the connection is accepted.
    const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (socket) => {
      const path = local.family === "unix" ? { local: local.path, remote: "" } : undefined;
      const stream = new Stream(socket, path, options);
      stream.attach(sink.opened(stream));
    });
    server.once("error", reject);
    const where: NetListenOptions = local.family === "unix"
      ? { path: local.path }
      : { host: namedZone(hostText(local)), port: local.port };
    // Exclusive: in a cluster worker the port is this process's own, as on every runtime.
    const how: NetListenOptions = { ...where, backlog, exclusive: true };
    if (ipv6Only) how.ipv6Only = true;
    if (reusePort) how.reusePort = true;
    server.listen(how, () => {
      server.removeListener("error", reject);
      server.on("error", (error) => sink.fail(error));
      resolve(new NodeListener(server, local));
    });
  });
}

export class NodeListener implements NativeListener {
  readonly local: Address;
  readonly server: Server;

  constructor(server: Server, requested: Address) {
    this.server = server;
    const bound = server.address();
    this.local = requested.family === "unix" || bound === null || typeof bound === "string"
      ? requested
      : ipAddress(bound.address, bound.port);
  }

  /** The callback of `server.close()` waits for the accepted connections; the descriptor is released in this turn. */
  close(): Promise<void> {
    this.server.close();
    return new Promise((resolve) => setImmediate(resolve));
  }

  ref(): void {
    this.server.ref();
  }

  unref(): void {
    this.server.unref();
  }
}
