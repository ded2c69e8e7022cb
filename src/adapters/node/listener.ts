/** Passive open through `node:net`. */
import { createServer, type ListenOptions as NetListenOptions, type Server } from "node:net";
import type { ListenerSink, ListenRequest, NativeListener } from "../../core/adapter.ts";
import { type Address, hostText, ipAddress } from "../../core/address.ts";
import type { Descriptor } from "../../core/kernel.ts";
import { descriptorOf, type Handle } from "./descriptor.ts";
import { endsAt } from "./endpoint.ts";
import { NodeStream, type NodeStreamOptions } from "./stream.ts";
import { namedZone } from "./zone.ts";

export interface NodeListenOptions extends NodeStreamOptions {
  /** A socket that listens at the address already. */
  readonly fd?: number;
}

export function listenStream(
  request: ListenRequest,
  sink: ListenerSink,
  options: NodeListenOptions,
): Promise<NodeListener> {
  return new Promise((resolve, reject) => {
    const { Stream = NodeStream, fd } = options;
    const { local, backlog, ipv6Only, reusePort } = request;
    let ends = endsAt(local);
    // Paused, so that nothing is read before the connection is accepted.
    const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (socket) => {
      const stream = new Stream(socket, ends, options);
      stream.attach(sink.opened(stream));
    });
    server.once("error", reject);
    server.once("listening", () => {
      server.removeListener("error", reject);
      server.on("error", (error) => sink.fail(error));
      const bound = fd === undefined ? boundAddress(server, local) : local;
      ends = endsAt(bound);
      resolve(new NodeListener(server, bound));
    });
    if (fd !== undefined) {
      (server as Server & OwnListen)._listen2(null, null, null, backlog, fd);
      return;
    }
    const where: NetListenOptions = local.family === "unix"
      ? { path: local.path }
      : { host: namedZone(hostText(local)), port: local.port };
    // Exclusive: in a cluster worker the port is this process's own, as on every runtime.
    const how: NetListenOptions = { ...where, backlog, exclusive: true };
    if (ipv6Only) how.ipv6Only = true;
    if (reusePort) how.reusePort = true;
    server.listen(how);
  });
}

/**
 * What `listen()` ends in. Itself it gives the number of a descriptor in a cluster worker to the primary process, where it is
 * another one's (Node 20 to 26).
 */
interface OwnListen {
  _listen2(address: null, port: null, family: null, backlog: number, fd: number): void;
}

/** The address that was asked for, with the port that the kernel chose. */
function boundAddress(server: Server, requested: Address): Address {
  const bound = server.address();
  return requested.family === "unix" || bound === null || typeof bound === "string"
    ? requested
    : ipAddress(bound.address, bound.port);
}

export class NodeListener implements NativeListener {
  readonly local: Address;
  readonly server: Server;

  constructor(server: Server, local: Address) {
    this.server = server;
    this.local = local;
  }

  descriptor(): Descriptor | undefined {
    return descriptorOf((this.server as unknown as { readonly _handle: Handle | null })._handle);
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
