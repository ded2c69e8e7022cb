/** `Deno.connect`, `Deno.listen` and `Deno.listenDatagram`, as their documentation says. */
import type { Address, DatagramTarget } from "omnisock";

import { type Acceptor, type Addr, type Conn, type DatagramConn, Deno } from "./deno-api.js";
import { named, withCode } from "./deno-errors.js";
import type { Driver, DriverDatagram, DriverListener, DriverMessage, DriverOptions, DriverStream } from "./driver.js";
import { unsupported } from "./refusals.js";

const driver: Driver = {
  accepts: {
    connect: ["host", "port", "path", "signal", "noDelay", "keepAlive"],
    listen: ["host", "port", "path", "backlog", "reusePort"],
    bind: ["host", "port", "path", "reuseAddress", "multicastLoopback"],
    stream: { setOption: ["noDelay", "keepAlive"] },
    datagram: { receive: ["maxLength"] },
  },
  gaps: {
    "tcp.boundedAccept": "Deno has no accept queue of its own",
    "tcp.localAddress": "Deno.connect takes no local address",
    "tcp.ipv6Only": "Deno.listen has no ipv6Only",
    "tcp.keepAliveIdle": "Deno's setKeepAlive takes no times",
    "tcp.reset": "Deno.Conn has no way to send RST",
    "udp.connect": "Deno has no connected UDP",
    "udp.ipv6Only": "Deno.listenDatagram has no ipv6Only",
    "udp.multicast": "Deno joins asynchronously and by a required interface, which join() cannot wait for",
    "udp.refused": "Deno has no connected UDP",
    "udp.reusePort": "Deno.listenDatagram has no reusePort",
    "udp.sourceMulticast": "Deno has no source-specific membership",
  },

  async connect({ host, path, noDelay, keepAlive, ...options }) {
    const conn = await named(Deno.connect({ ...options, ...place(host, path) }));
    if (noDelay !== undefined) conn.setNoDelay(noDelay);
    if (keepAlive !== undefined) conn.setKeepAlive(keepAlive);
    return new Stream(conn);
  },

  async listen({ host, path, backlog, ...options }) {
    return await named(() =>
      new Listener(
        Deno.listen({
          ...(path === undefined ? { port: 0 } : {}),
          ...options,
          ...place(host, path),
          ...(backlog === undefined ? {} : { tcpBacklog: backlog }),
        }),
      )
    );
  },

  async bind({ host, port, path, reuseAddress, multicastLoopback }) {
    if (path !== undefined) {
      return await named(() => new Datagram(Deno.listenDatagram({ transport: "unixpacket", path })));
    }
    return await named(() =>
      new Datagram(
        Deno.listenDatagram({
          transport: "udp",
          port: port ?? 0,
          ...place(host),
          ...(reuseAddress === undefined ? {} : { reuseAddress }),
          ...(multicastLoopback === undefined ? {} : { loopback: multicastLoopback }),
        }),
      )
    );
  },
};

export default driver;

class Stream implements DriverStream {
  readonly #conn: Conn;
  /** `write()` takes what fits, so the next one has to wait for the rest of this one. */
  #written: Promise<unknown> = Promise.resolve();

  constructor(conn: Conn) {
    this.#conn = conn;
  }

  get localAddress(): Address {
    return address(this.#conn.localAddr);
  }

  get remoteAddress(): Address {
    return address(this.#conn.remoteAddr);
  }

  get readable(): ReadableStream<Uint8Array> {
    return this.#conn.readable;
  }

  get writable(): WritableStream<Uint8Array> {
    return this.#conn.writable;
  }

  async read(): Promise<Uint8Array | null> {
    const buffer = new Uint8Array(65_536);
    const count = await this.readInto(buffer);
    return count === null ? null : buffer.subarray(0, count);
  }

  readInto(buffer: Uint8Array): Promise<number | null> {
    return named(this.#conn.read(buffer));
  }

  write(data: Uint8Array): Promise<void> {
    const writing = this.#written.then(() => this.#writeAll(data));
    this.#written = writing.catch(() => {});
    return writing;
  }

  async #writeAll(data: Uint8Array): Promise<void> {
    let sent = 0;
    do sent += await named(this.#conn.write(data.subarray(sent))); while (sent < data.length);
  }

  async shutdown(how: string): Promise<void> {
    if (how !== "write") throw unsupported("Deno.Conn has no shutdown of the reading side");
    await this.#written;
    await named(this.#conn.closeWrite());
  }

  async close(): Promise<void> {
    await this.#written;
    await named(() => this.#conn.close());
  }

  setOption(name: string, value: unknown): void {
    try {
      if (name === "noDelay") this.#conn.setNoDelay(value as boolean);
      else this.#conn.setKeepAlive(value as boolean);
    } catch (error) {
      throw withCode(error);
    }
  }

  ref(): void {
    this.#conn.ref();
  }

  unref(): void {
    this.#conn.unref();
  }
}

class Listener implements DriverListener {
  readonly #listener: Acceptor;

  constructor(listener: Acceptor) {
    this.#listener = listener;
  }

  get address(): Address {
    return address(this.#listener.addr);
  }

  async accept(): Promise<DriverStream> {
    return new Stream(await named(this.#listener.accept()));
  }

  async close(): Promise<void> {
    await named(() => this.#listener.close());
  }

  ref(): void {
    this.#listener.ref();
  }

  unref(): void {
    this.#listener.unref();
  }
}

class Datagram implements DriverDatagram {
  readonly #conn: DatagramConn;

  constructor(conn: DatagramConn) {
    this.#conn = conn;
  }

  get address(): Address {
    return address(this.#conn.addr);
  }

  async send(data: Uint8Array, to?: DatagramTarget | { readonly path: string }): Promise<void> {
    if (to === undefined) throw unsupported("Deno has no connected UDP");
    const place = "path" in to
      ? { transport: "unixpacket", path: to.path }
      : { transport: "udp", hostname: to.host, port: to.port };
    await named(this.#conn.send(data, place));
  }

  async receive({ maxLength }: DriverOptions = {}): Promise<DriverMessage> {
    const buffer = maxLength === undefined ? undefined : new Uint8Array(maxLength);
    const [data, from] = await named(this.#conn.receive(buffer));
    return { data, from: address(from) };
  }

  async close(): Promise<void> {
    await named(() => this.#conn.close());
  }
}

function place(host: string | undefined, path?: string): object {
  if (path !== undefined) return { transport: "unix", path };
  return host === undefined ? {} : { hostname: host };
}

function address({ transport, hostname, port, path }: Addr): Address {
  if (transport.startsWith("unix")) return { family: "unix", path: path ?? "" };
  return { family: hostname?.includes(":") ? "ipv6" : "ipv4", host: hostname ?? "", port: port ?? 0 };
}
