/** What the peer can be asked to do: one function per method, on sockets known by number. */
import type { PeerAddress } from "../harness/case.js";
import type { ForgedSegment, Segment } from "../harness/network.js";
import { localAddress } from "./address.js";
import { bind, bindUnix, join, receiveFrom, sendTo } from "./datagram.js";
import { foreignOption, foreignUnix } from "./foreign.js";
import { accept, blackhole, closedPort, listen } from "./listener.js";
import { E, SystemError } from "./linux.js";
import type { Loop } from "./loop.js";
import { Capture, inject, unreachable } from "./packet.js";
import { resetAll, Socket } from "./socket.js";
import { bytesSource, connect, patternSource, Stream } from "./stream.js";

interface HostPort {
  readonly host: string;
  readonly port: number;
}

/** What the client sends, which is this project's own code; `data` is base64, `socket` a number given before. */
interface Params {
  readonly socket: number;
  readonly to: PeerAddress;
  readonly at: PeerAddress;
  readonly from?: HostPort;
  readonly backlog?: number;
  readonly recvBufferSize?: number;
  readonly reuseAddress?: boolean;
  readonly data?: string;
  readonly length: number;
  readonly seed: number;
  readonly limit: number;
  readonly quiet: number;
  readonly how: "read" | "write" | "both";
  readonly host?: string;
  readonly path?: string;
  readonly pid: number;
  readonly descriptor: number;
  readonly descriptors: readonly number[];
  readonly role: string;
  readonly level: number;
  readonly name: number;
  readonly port: number;
  readonly group: string;
  readonly through?: number;
  readonly segment: ForgedSegment | Segment;
  readonly code: number;
}

export type Methods = Readonly<Record<string, (params: Params) => unknown>>;

const FLOOD_SEED = 0;

export function createMethods(loop: Loop): Methods {
  const sockets = new Map<number, Socket | Stream>();
  const captures = new Map<number, Capture>();
  let last = 0;

  function keep(socket: Socket | Stream): number {
    sockets.set(++last, socket);
    return last;
  }

  function find(number: number): Socket | Stream {
    const socket = sockets.get(number);
    if (!socket) throw new SystemError(E.EBADF, `socket ${number}`);
    return socket;
  }

  function take(number: number): Socket {
    const found = find(number);
    sockets.delete(number);
    return found instanceof Stream ? found.socket : found;
  }

  function stream(number: number): Stream {
    const found = find(number);
    if (!(found instanceof Stream)) throw new SystemError(E.EINVAL, `socket ${number} is no stream`);
    return found;
  }

  function plain(number: number): Socket {
    const found = find(number);
    if (found instanceof Stream) throw new SystemError(E.EINVAL, `socket ${number} is a stream`);
    return found;
  }

  async function described(arriving: Promise<Stream>): Promise<object> {
    const arrived = await arriving;
    return { local: localAddress(arrived.socket.descriptor), remote: arrived.remote, socket: keep(arrived) };
  }

  return {
    connect: (params) => described(connect(loop, params.to, params)),
    listen(params) {
      const socket = listen(loop, params.at, params);
      return { socket: keep(socket), address: localAddress(socket.descriptor) };
    },
    accept: (params) => described(accept(plain(params.socket))),
    send: (params) => stream(params.socket).send(source(params)),
    sendUrgent: (params) => stream(params.socket).sendUrgent(Buffer.from(params.data ?? "", "base64")),
    flood: (params) => stream(params.socket).flood(patternSource(params.limit, FLOOD_SEED), params.quiet),
    async receive(params) {
      const received = await stream(params.socket).receive(params.length);
      return { ...received, data: base64(received.data) };
    },
    async drain(params) {
      const drained = await stream(params.socket).drain();
      return { ...drained, head: base64(drained.head) };
    },
    shutdown: (params) => stream(params.socket).shutdown(params.how),
    close: (params) => take(params.socket).close(),
    reset: (params) => take(params.socket).reset(),
    bind(params) {
      const socket = bind(loop, params.at as HostPort, params.reuseAddress ?? false, params.through);
      return { socket: keep(socket), address: localAddress(socket.descriptor) };
    },
    bindUnix(params) {
      const socket = bindUnix(loop, params.path);
      return { socket: keep(socket), address: localAddress(socket.descriptor) };
    },
    sendTo: (params) => sendTo(plain(params.socket), Buffer.from(params.data ?? "", "base64"), params.to),
    async receiveFrom(params) {
      const { data, from } = await receiveFrom(plain(params.socket));
      return { data: base64(data), from };
    },
    join: (params) => join(plain(params.socket), params.group, params.through ?? 0),
    capture(params) {
      captures.set(++last, new Capture(loop, params.port));
      return last;
    },
    segments: (params) => captures.get(params.socket)?.segments(),
    inject: (params) => inject(loop, params.segment),
    unreachable: (params) => unreachable(loop, params.segment as Segment, params.code),
    async blackhole() {
      const listener = await blackhole(loop);
      return localAddress(listener.descriptor);
    },
    closedPort: (params) => closedPort(loop, params.host ?? "127.0.0.1"),
    clear() {
      sockets.clear();
      captures.clear();
      resetAll();
    },
    foreignOption: (params) => foreignOption(params.pid, params.descriptor, params.level, params.name),
    foreignUnix: (params) => foreignUnix(params.pid, params.descriptors, params.path ?? "", params.role),
  };
}

function source(params: Params): ReturnType<typeof bytesSource> {
  if (params.data !== undefined) return bytesSource(Buffer.from(params.data, "base64"));
  return patternSource(params.length, params.seed);
}

function base64(data: Uint8Array): string {
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("base64");
}
