/**
 * Memory: a complete adapter without a runtime. Tests use it as a network that is always the same and leaves nothing
 * behind; the conformance suite uses it to tell a fault of core from a runtime's.
 *
 * `network/` is what a kernel would be, with Linux's loopback as its model; the files beside it turn its sockets into
 * those of the contract.
 */
import type {
  Adapter,
  BindRequest,
  ConnectRequest,
  DatagramSink,
  ListenerSink,
  ListenRequest,
  Opened,
} from "../../core/adapter.ts";
import { MemoryDatagram } from "./datagram.ts";
import { MemoryListener } from "./listener.ts";
import { NetworkFailure } from "./network/failure.ts";
import { Network } from "./network/network.ts";
import { MemoryStream } from "./stream.ts";

/**
 * The network that `connect`, `listen` and `bind` of `omnisock/memory` use, as plain system calls: for a far end that does
 * exactly what a test wants, for instance accepts nothing, or resets in the middle. A call that would block returns
 * `undefined` (`send`: 0) and may be repeated when the socket's `wake` is raised.
 *
 * @example
 * ```ts
 * const listener = memoryNetwork.listen({ local: { family: "ipv4", host: "127.0.0.1", port: 80 }, backlog: 1 });
 * const conn = await connect({ host: "127.0.0.1", port: 80 });
 * listener.accept()?.reset();
 * await conn.read(); // rejects with ECONNRESET
 * ```
 */
export const memoryNetwork: Network = new Network();

async function connect(request: ConnectRequest, opened: Opened): Promise<void> {
  const socket = await memoryNetwork.connect(request);
  if (request.signal.aborted) {
    socket.reset();
    throw request.signal.reason;
  }
  const stream = new MemoryStream(socket);
  stream.attach(opened(stream));
}

async function listen(request: ListenRequest, sink: ListenerSink): Promise<MemoryListener> {
  return new MemoryListener(memoryNetwork.listen(request), sink);
}

async function bind(request: BindRequest, sink: DatagramSink): Promise<MemoryDatagram> {
  return new MemoryDatagram(memoryNetwork.bind(request), sink);
}

async function lookup(name: string): Promise<readonly string[]> {
  if (!/^localhost\.?$/i.test(name)) throw new NetworkFailure("ENOTFOUND", `lookup ${name}`);
  return ["127.0.0.1", "::1"];
}

export const adapter: Adapter = {
  runtime: "memory",
  simulated: true,
  gaps: { "unix.datagram": "the memory network has no Unix datagram sockets" },
  maxPathLength: 107,
  translate: () => undefined,
  lookup,
  connect,
  listen,
  bind,
  // What the network has no use for holds all the same: it has no delays, no dead peers, no hops.
  options: {
    tcp: ["noDelay", "keepAlive", "keepAliveIdle", "keepAliveInterval", "keepAliveCount"],
    udp: ["broadcast", "multicastInterface", "multicastLoopback", "multicastTtl", "ttl"],
  },
};
