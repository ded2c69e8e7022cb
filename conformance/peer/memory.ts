/**
 * The raw peer of the memory adapter, inside the subject: the system calls of the memory network, without a line of the
 * adapter or of core.
 */
import { createHash } from "node:crypto";

import type { Drained, Peer, PeerAddress, PeerDatagram, PeerListener, PeerStream, Received } from "../harness/case.js";
import { pattern } from "../harness/pattern.js";
import { memoryNetwork } from "omnisock/memory";

type StreamSocket = Awaited<ReturnType<typeof memoryNetwork.connect>>;
type ListeningSocket = ReturnType<typeof memoryNetwork.listen>;
type PacketSocket = ReturnType<typeof memoryNetwork.bind>;
type Address = StreamSocket["local"];
type IpAddress = PacketSocket["local"];

const defaultBacklog = 128;
const blockSize = 262_144;
const headSize = 4_096;
const longestReceive = 1_048_576;
const floodSeed = 0;

export async function createMemoryPeer(): Promise<Peer & { clear(): Promise<void> }> {
  const open = new Set<Descriptor<StreamSocket | ListeningSocket | PacketSocket>>();
  let cleared = new AbortController();

  function keep<D extends Descriptor<StreamSocket | ListeningSocket | PacketSocket>>(descriptor: D): D {
    open.add(descriptor);
    return descriptor;
  }

  async function connect(to: PeerAddress, from?: { host: string; port: number }): Promise<StreamSocket> {
    return memoryNetwork.connect({ remote: encode(to), local: from, signal: cleared.signal });
  }

  function listen(at: PeerAddress, backlog: number): ListeningSocket {
    return memoryNetwork.listen({ local: encode(at), backlog });
  }

  return {
    connect: async (to, options = {}) => keep(new MemoryPeerStream(await connect(to, options.from))),
    async listen(at, { backlog = defaultBacklog } = {}) {
      return keep(new MemoryPeerListener(listen(at, backlog), (accepted) => keep(new MemoryPeerStream(accepted))));
    },
    async bind(at, { reuseAddress = false } = {}) {
      return keep(new MemoryPeerDatagram(memoryNetwork.bind({ local: encodeIp(at), reuseAddress })));
    },
    bindUnix: () => Promise.reject(missing("Unix datagram sockets")),
    async blackhole() {
      const listener = listen({ host: "127.0.0.1", port: 0 }, 0);
      const address = listener.local as IpAddress;
      keep(new Descriptor(listener));
      keep(new Descriptor(await connect(address)));
      return { host: address.host, port: address.port };
    },
    async closedPort(host = "127.0.0.1") {
      const listener = listen({ host, port: 0 }, 0);
      listener.close();
      return (listener.local as IpAddress).port;
    },
    async clear() {
      cleared.abort(new Error("cleared"));
      cleared = new AbortController();
      for (const descriptor of open) await descriptor.end();
      open.clear();
    },
  };
}

interface Closable {
  readonly wake: { set(listener: (() => void) | undefined): void };
  close(): void;
  reset?(): void;
}

/** A socket whose calls wait where those of the network would block. */
class Descriptor<Socket extends Closable> {
  protected readonly socket: Socket;
  #waiting: (() => void)[] = [];
  #closed = false;
  /** Operations of one kind run one after the other, in the order of their calls. */
  readonly #last = new Map<string, Promise<unknown>>();

  constructor(socket: Socket) {
    this.socket = socket;
    socket.wake.set(() => this.#notify());
  }

  async close(): Promise<void> {
    this.leave(() => this.socket.close());
  }

  /** The most abrupt end, if it is still open. */
  async end(): Promise<void> {
    if (this.#closed) return;
    this.leave(() => (this.socket.reset === undefined ? this.socket.close() : this.socket.reset()));
  }

  /** Closes by `action`; calls that wait fail with EBADF. */
  protected leave(action: () => void): void {
    action();
    this.#closed = true;
    this.#notify();
  }

  /** Repeats `call` until it does not block. */
  protected async blocking<T>(call: () => T | undefined): Promise<T> {
    for (;;) {
      const value = call();
      if (value !== undefined) return value;
      await this.changed(Infinity);
    }
  }

  /** Waits until calls may have other answers, at most `ms`. */
  protected changed(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = ms === Infinity ? undefined : setTimeout(resolve, ms);
      this.#waiting.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  protected inOrder<T>(kind: string, operation: () => Promise<T>): Promise<T> {
    const run = (this.#last.get(kind) ?? Promise.resolve()).then(operation, operation);
    this.#last.set(kind, run);
    return run;
  }

  #notify(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }
}

class MemoryPeerListener extends Descriptor<ListeningSocket> implements PeerListener {
  readonly address: PeerAddress;
  readonly #accepted: (socket: StreamSocket) => PeerStream;

  constructor(socket: ListeningSocket, accepted: (socket: StreamSocket) => PeerStream) {
    super(socket);
    this.address = decode(socket.local);
    this.#accepted = accepted;
  }

  accept(): Promise<PeerStream> {
    return this.inOrder("accept", async () => this.#accepted(await this.blocking(() => this.socket.accept())));
  }

  /** The path of a Unix listener stays, as close(2) leaves it. */
  override async close(): Promise<void> {
    this.leave(() => this.socket.close({ keepPath: true }));
  }
}

class MemoryPeerStream extends Descriptor<StreamSocket> implements PeerStream {
  readonly local: PeerAddress;
  readonly remote: PeerAddress;

  constructor(socket: StreamSocket) {
    super(socket);
    this.local = decode(socket.local);
    this.remote = decode(socket.remote);
  }

  async send(data: Uint8Array | string | { readonly length: number; readonly seed: number }): Promise<void> {
    const bytes = typeof data === "string" ? new TextEncoder().encode(data) : data;
    const at = bytes instanceof Uint8Array
      ? (offset: number) => bytes.subarray(offset)
      : sequence(bytes.seed, bytes.length);
    await this.#send(at, bytes.length, Infinity);
  }

  flood({ limit, quiet }: { readonly limit: number; readonly quiet: number }): Promise<number> {
    return this.#send(sequence(floodSeed, limit), limit, quiet);
  }

  async receive(length: number): Promise<Received> {
    if (!(length >= 0 && length <= longestReceive)) throw new RangeError("receive() takes at most 1 MiB");
    const data = new Uint8Array(length);
    let count = 0;
    const ending = await this.#read(() => length - count, (bytes) => {
      data.set(bytes, count);
      count += bytes.byteLength;
    });
    return { data: data.subarray(0, count), ...ending };
  }

  async drain(): Promise<Drained> {
    const hash = createHash("sha256");
    const head = new Uint8Array(headSize);
    let bytes = 0;
    const ending = await this.#read(() => blockSize, (block) => {
      hash.update(block);
      if (bytes < headSize) head.set(block.subarray(0, headSize - bytes), bytes);
      bytes += block.byteLength;
    });
    return { bytes, sha256: hash.digest("hex"), head: head.subarray(0, Math.min(bytes, headSize)), ...ending };
  }

  sendUrgent(): Promise<void> {
    return Promise.reject(missing("urgent data"));
  }

  async shutdown(how: "read" | "write" | "both"): Promise<void> {
    if (how !== "write") this.socket.shutdownRead();
    if (how !== "read") this.socket.shutdownWrite();
  }

  async reset(): Promise<void> {
    this.leave(() => this.socket.reset());
  }

  /** Sends until nothing was taken for `quiet` ms; the count of bytes taken. */
  #send(at: (offset: number) => Uint8Array, length: number, quiet: number): Promise<number> {
    return this.inOrder("send", async () => {
      let sent = 0;
      let taken = performance.now();
      while (sent < length) {
        const count = this.socket.send(at(sent));
        sent += count;
        if (count > 0) taken = performance.now();
        else if (performance.now() - taken >= quiet) break;
        if (count === 0) await this.changed(quiet);
      }
      return sent;
    });
  }

  /** Gives what is read to `use` until no more bytes are wanted, or it ends. */
  #read(want: () => number, use: (bytes: Uint8Array) => void): Promise<Pick<Received, "eof" | "error">> {
    return this.inOrder("receive", async () => {
      for (let most = want(); most > 0; most = want()) {
        let bytes: Uint8Array | null;
        try {
          bytes = await this.blocking(() => this.socket.receive(most));
        } catch (error) {
          const { code } = error as { code: string };
          if (code === "EBADF") throw error;
          return { eof: false, error: code };
        }
        if (bytes === null) return { eof: true };
        use(bytes);
      }
      return { eof: false };
    });
  }
}

class MemoryPeerDatagram extends Descriptor<PacketSocket> implements PeerDatagram {
  readonly address: { readonly host: string; readonly port: number };

  constructor(socket: PacketSocket) {
    super(socket);
    this.address = decodeIp(socket.local);
  }

  async send(data: Uint8Array | string, to: { readonly host: string; readonly port: number }): Promise<void> {
    this.socket.send(typeof data === "string" ? new TextEncoder().encode(data) : data, encodeIp(to));
  }

  /** As bind(2)ing gave it no interfaces to choose from, no case asks for it here. */
  async join(): Promise<void> {
    throw Object.assign(new Error("the memory network has one interface"), { code: "ENODEV" });
  }

  receive(): Promise<{ readonly data: Uint8Array; readonly from: { readonly host: string; readonly port: number } }> {
    return this.inOrder("receive", async () => {
      const { data, from } = await this.blocking(() => this.socket.receive());
      return { data, from: decodeIp(from) };
    });
  }
}

function missing(what: string): Error {
  return Object.assign(new Error(`the memory network has no ${what}`), { code: "EOPNOTSUPP" });
}

/** The seeded sequence, a block at a time. */
function sequence(seed: number, length: number): (offset: number) => Uint8Array {
  let start = 0;
  let block: Uint8Array = new Uint8Array(0);
  return (offset) => {
    if (offset >= start + block.length) {
      start = offset;
      block = pattern(seed, Math.min(blockSize, length - offset), offset);
    }
    return block.subarray(offset - start);
  };
}

function encode(address: PeerAddress): Address {
  return "path" in address ? { family: "unix", path: address.path } : encodeIp(address);
}

function encodeIp({ host, port }: { readonly host: string; readonly port: number }): IpAddress {
  return { family: host.includes(":") ? "ipv6" : "ipv4", host, port };
}

function decode(address: Address): PeerAddress {
  return address.family === "unix" ? { path: address.path } : decodeIp(address);
}

function decodeIp({ host, port }: IpAddress): { readonly host: string; readonly port: number } {
  return { host, port };
}
