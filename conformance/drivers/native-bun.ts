/** `Bun.connect`, `Bun.listen` and `Bun.udpSocket`, as their documentation says. */
import type { Address } from "omnisock";

import { address, place } from "./bun-address.js";
import { Bun, type Server, type Socket as NativeSocket } from "./bun-api.js";
import { openDatagram } from "./bun-udp.js";
import type { Driver, DriverListener, DriverStream } from "./driver.js";
import { resolved } from "./ip-address.js";
import { Mailbox } from "./mailbox.js";
import { canceled, unsupported } from "./refusals.js";

type Socket = NativeSocket<Stream>;

const noAccept = "Bun.listen gives connections to a handler: there is no accept() that could fail";

const driver: Driver = {
  accepts: {
    connect: ["host", "port", "path", "noDelay", "keepAlive", "keepAlive.idle"],
    listen: ["host", "port", "path", "ipv6Only", "reusePort"],
    bind: ["host", "port", "broadcast", "ttl", "multicastTtl", "multicastLoopback", "multicastInterface"],
    lookup: ["family"],
    stream: { setOption: ["noDelay", "keepAlive", "keepAlive.idle"] },
    datagram: {
      join: ["interface", "source"],
      leave: ["interface", "source"],
      setOption: ["broadcast", "ttl", "multicastTtl", "multicastLoopback", "multicastInterface"],
    },
  },
  gaps: {
    "tcp.backlog": "Bun.listen has no backlog",
    "tcp.boundedAccept": "Bun.listen accepts whatever comes",
    "tcp.localAddress": "Bun.connect has no documented local address",
    "udp.connect": "Bun.udpSocket is connected when it is made or never",
    "udp.ipv6Only": "Bun.udpSocket has no ipv6Only",
    "udp.refused": "Bun.udpSocket is connected when it is made or never",
    "udp.reusePort": "Bun.udpSocket has no reusePort",
    "unix.datagram": "Bun.udpSocket has no Unix sockets",
  },

  async connect({ host, port, path, noDelay, keepAlive }) {
    const stream = new Stream();
    await Bun.connect({ ...place(host, port, path), data: stream, allowHalfOpen: true, socket: handlers() });
    if (noDelay !== undefined) stream.setOption("noDelay", noDelay);
    if (keepAlive !== undefined) stream.setOption("keepAlive", keepAlive);
    return stream;
  },

  async listen({ host, port, path, ...options }) {
    const accepted = new Mailbox<DriverStream>();
    const socket = handlers((stream) => accepted.put(stream));
    return new Listener(
      Bun.listen({ ...options, ...place(host, port ?? 0, path), allowHalfOpen: true, socket }),
      accepted,
    );
  },

  bind: openDatagram,

  async lookup(host, { family }) {
    const found = await Bun.dns.lookup(host, family === undefined ? {} : { family: family === "ipv6" ? 6 : 4 });
    return found.map(({ address }) => resolved(address));
  },
};

export default driver;

/** Handlers of a connection; `opened` is told of each that the listener accepts. */
function handlers(opened?: (stream: Stream) => void): object {
  return {
    binaryType: "uint8array",
    open(socket: Socket) {
      if (opened !== undefined) socket.data = new Stream();
      socket.data.open(socket);
      opened?.(socket.data);
    },
    data: (socket: Socket, bytes: Uint8Array) => socket.data.arrived(bytes),
    drain: (socket: Socket) => socket.data.drained(),
    end: (socket: Socket) => socket.data.ended(),
    close: (socket: Socket, error?: Error) => socket.data.over(error),
    error: (socket: Socket, error: Error) => socket.data.over(error),
  };
}

class Stream implements DriverStream {
  #socket!: Socket;
  readonly #chunks = new Mailbox<Uint8Array | null>();
  #written: Promise<unknown> = Promise.resolve();
  #eof = false;
  #failure: Error | undefined;
  #drained: () => void = () => {};
  #settle!: { resolve(): void; reject(reason: unknown): void };
  readonly closed: Promise<void>;

  constructor() {
    this.closed = new Promise<void>((resolve, reject) => void (this.#settle = { resolve, reject }));
    this.closed.catch(() => {});
  }

  /** Nothing is read until somebody asks. */
  open(socket: Socket): void {
    this.#socket = socket;
    socket.pause();
  }

  arrived(bytes: Uint8Array): void {
    this.#socket.pause();
    this.#chunks.put(bytes);
  }

  ended(): void {
    this.#eof = true;
    this.#chunks.put(null);
  }

  over(error: Error | undefined): void {
    this.#failure ??= error;
    if (error !== undefined) this.#chunks.end(error);
    else this.ended();
    this.#drained();
    if (error === undefined) this.#settle.resolve();
    else this.#settle.reject(error);
  }

  drained(): void {
    this.#drained();
  }

  get localAddress(): Address | undefined {
    return address(this.#socket.localAddress, this.#socket.localPort);
  }

  get remoteAddress(): Address | undefined {
    return address(this.#socket.remoteAddress, this.#socket.remotePort);
  }

  async read(): Promise<Uint8Array | null> {
    this.#socket.resume();
    const chunk = await this.#chunks.take();
    if (chunk === null && this.#eof) this.#chunks.put(null);
    return chunk;
  }

  write(data: Uint8Array): Promise<void> {
    const writing = this.#written.then(() => this.#writeAll(data));
    this.#written = writing.catch(() => {});
    return writing;
  }

  async #writeAll(data: Uint8Array): Promise<void> {
    for (let rest = data;;) {
      const count = this.#socket.write(rest);
      if (count < 0) throw this.#failure ?? new Error("Bun's write() returned -1: the socket is closed");
      rest = rest.subarray(count);
      if (rest.length === 0) return;
      await new Promise<void>((resolve) => void (this.#drained = resolve));
    }
  }

  async shutdown(how: string): Promise<void> {
    if (how !== "read") {
      await this.#written;
      this.#socket.shutdown();
    }
    if (how !== "write") this.#socket.shutdown(true);
  }

  async close(): Promise<void> {
    await this.#written;
    this.#socket.end();
  }

  async reset(): Promise<void> {
    this.#socket.terminate();
  }

  setOption(name: string, value: unknown): void {
    if (name === "noDelay") this.#socket.setNoDelay(value as boolean);
    else this.#socket.setKeepAlive(value !== false, (value as { idle?: number }).idle ?? 0);
  }

  ref(): void {
    this.#socket.ref();
  }

  unref(): void {
    this.#socket.unref();
  }
}

class Listener implements DriverListener {
  readonly #server: Server;
  readonly #accepted: Mailbox<DriverStream>;

  constructor(server: Server, accepted: Mailbox<DriverStream>) {
    this.#server = server;
    this.#accepted = accepted;
  }

  get address(): Address | undefined {
    const { unix, hostname, port } = this.#server;
    return unix === undefined ? address(hostname, port) : { family: "unix", path: unix };
  }

  accept(): Promise<DriverStream> {
    return this.#accepted.take();
  }

  async close(): Promise<void> {
    this.#server.stop();
    this.#accepted.end(canceled("the listener is closed"), unsupported(noAccept));
  }

  ref(): void {
    this.#server.ref();
  }

  unref(): void {
    this.#server.unref();
  }
}
