/** `node:net` and `node:dgram`, as their documentation says: the native API of Node, and what Deno and Bun make of it. */
import { lookup } from "node:dns/promises";
import { once } from "node:events";
import net from "node:net";

import type { Address } from "omnisock";

import type { Driver, DriverListener, DriverStream } from "./driver.js";
import { resolved } from "./ip-address.js";
import { Mailbox } from "./mailbox.js";
import { address } from "./node-address.js";
import { openDatagram } from "./node-dgram.js";
import { listening } from "./node-listening.js";
import { canceled, unsupported } from "./refusals.js";

const noAccept = "net.Server gives connections to a listener function: there is no accept() that could fail";

const driver: Driver = {
  accepts: {
    connect: [
      "host",
      "port",
      "path",
      "family",
      "localAddress",
      "localPort",
      "signal",
      "noDelay",
      "keepAlive",
      "keepAlive.idle",
    ],
    listen: [
      "host",
      "port",
      "path",
      "backlog",
      "ipv6Only",
      "reusePort",
      "signal",
      "noDelay",
      "keepAlive",
      "keepAlive.idle",
    ],
    bind: [
      "host",
      "port",
      "family",
      "reuseAddress",
      "reusePort",
      "ipv6Only",
      "signal",
      "broadcast",
      "ttl",
      "multicastTtl",
      "multicastLoopback",
      "multicastInterface",
    ],
    lookup: ["family"],
    stream: { setOption: ["noDelay", "keepAlive", "keepAlive.idle"] },
    datagram: {
      join: ["interface", "source"],
      leave: ["interface", "source"],
      setOption: ["broadcast", "ttl", "multicastTtl", "multicastLoopback", "multicastInterface"],
    },
  },
  gaps: {
    "tcp.boundedAccept": "net.Server accepts whatever comes",
    "unix.datagram": "node:dgram has no Unix sockets",
  },

  async connect({ family, keepAlive, ...options }) {
    const socket = net.connect({
      ...options,
      ...(family === undefined ? {} : { family: family === "ipv6" ? 6 : 4 }),
      ...keepAliveOptions(keepAlive),
      allowHalfOpen: true,
    } as net.NetConnectOpts);
    const stream = new Stream(socket, options["path"] === undefined);
    await once(socket, "connect");
    return stream;
  },

  async listen({ noDelay, keepAlive, ...options }) {
    const server = net.createServer({
      ...(noDelay === undefined ? {} : { noDelay }),
      ...keepAliveOptions(keepAlive),
      allowHalfOpen: true,
    });
    const listener = new Listener(server, options["path"] === undefined);
    server.listen(options["path"] === undefined ? { port: 0, ...options } : options);
    await listening(server);
    return listener;
  },

  bind: openDatagram,

  async lookup(host, { family }) {
    const found = await lookup(host, { all: true, family: family === undefined ? 0 : family === "ipv6" ? 6 : 4 });
    return found.map(({ address }) => resolved(address));
  },
};

export default driver;

class Stream implements DriverStream {
  readonly #socket: net.Socket;
  readonly #chunks: AsyncIterator<Uint8Array>;
  readonly closed: Promise<void>;
  readonly reset?: () => Promise<void>;

  constructor(socket: net.Socket, isTcp: boolean) {
    this.#socket = socket;
    if (isTcp) this.reset = () => this.#reset();
    this.#chunks = socket.iterator({ destroyOnReturn: false }) as AsyncIterator<Uint8Array>;
    this.closed = ended(socket);
  }

  get localAddress(): Address | undefined {
    const { localAddress, localPort } = this.#socket;
    return address(localAddress, localPort);
  }

  get remoteAddress(): Address | undefined {
    const { remoteAddress, remotePort } = this.#socket;
    return address(remoteAddress, remotePort);
  }

  async read(): Promise<Uint8Array | null> {
    const { done, value } = await this.#chunks.next();
    return done === true ? null : value;
  }

  write(data: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#socket.write(data, (error) => error ? reject(error) : resolve());
    });
  }

  shutdown(how: string): Promise<void> {
    if (how !== "write") return Promise.reject(unsupported("net.Socket has no shutdown of the reading side"));
    return new Promise((resolve, reject) => {
      this.#socket.end((error?: Error | null) => error ? reject(error) : resolve());
    });
  }

  /** A connection that is broken already needs no closing. */
  close(): Promise<void> {
    if (this.#socket.destroyed) return this.closed.catch(() => {});
    this.#socket.destroySoon();
    return this.closed;
  }

  /** `resetAndDestroy()` is for TCP. */
  async #reset(): Promise<void> {
    this.#socket.resetAndDestroy();
    await this.closed;
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
  readonly #server: net.Server;
  readonly #accepted = new Mailbox<Stream>();
  readonly closed: Promise<void>;

  constructor(server: net.Server, isTcp: boolean) {
    this.#server = server;
    server.on("connection", (socket) => this.#accepted.put(new Stream(socket, isTcp)));
    server.on("error", (error) => this.#accepted.fail(error));
    server.on("close", () => this.#end());
    this.closed = new Promise((resolve) => server.on("close", resolve));
  }

  get address(): Address | undefined {
    const bound = this.#server.address();
    if (typeof bound === "string") return { family: "unix", path: bound };
    if (bound === null) return undefined;
    return address(bound.address, bound.port);
  }

  accept(): Promise<DriverStream> {
    return this.#accepted.take();
  }

  /** The callback of `close()` waits for every connection to end; the listening socket is closed at once. */
  async close(): Promise<void> {
    this.#server.close();
    this.#end();
  }

  #end(): void {
    this.#accepted.end(canceled("the listener is closed"), unsupported(noAccept));
  }

  ref(): void {
    this.#server.ref();
  }

  unref(): void {
    this.#server.unref();
  }
}

/** Settles with the socket's `close` event. */
function ended(socket: net.Socket): Promise<void> {
  const closed = new Promise<void>((resolve, reject) => {
    let failure: Error | undefined;
    socket.on("error", (error) => void (failure = error));
    socket.on("close", () => failure === undefined ? resolve() : reject(failure));
  });
  closed.catch(() => {});
  return closed;
}

function keepAliveOptions(given: boolean | { readonly idle?: number } | undefined): object {
  if (given === undefined) return {};
  if (typeof given === "boolean") return { keepAlive: given };
  return { keepAlive: true, ...(given.idle === undefined ? {} : { keepAliveInitialDelay: given.idle }) };
}
