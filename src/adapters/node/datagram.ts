/** A UDP socket of `node:dgram` as a native datagram socket. */
import type { RemoteInfo, Socket, SocketOptions } from "node:dgram";
import type { BindRequest, DatagramSink, Membership, NativeDatagram, SettableOption } from "../../core/adapter.ts";
import { hostText, type IpAddress, ipAddress } from "../../core/address.ts";
import type { Descriptor } from "../../core/kernel.ts";
import type { SocketOptionValues } from "../../core/socket-options.ts";
import { datagramHandle, descriptorOf } from "./descriptor.ts";
import { senderAddress } from "./sender.ts";
import { Unsupported } from "./unsupported.ts";
import { knownZone, namedZone } from "./zone.ts";

/** How often a port that the kernel chose may be taken by another program, or be free too late, before it is bound again. */
const attempts = 8;

export async function bindDatagram(
  request: BindRequest,
  sink: DatagramSink,
  variant?: BindVariant,
): Promise<NativeDatagram> {
  if (request.local.port !== 0) return bindOnce(request, sink, variant);
  // Linux gives up a port of its own choice at disconnect(), one that was asked for it keeps: so it is asked for.
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const probe = await bindOnce(request, { message: () => {}, fail: () => {} });
    const { port } = probe.local;
    await probe.close();
    try {
      return await bindOnce({ ...request, local: { ...request.local, port } }, sink, variant);
    } catch (error) {
      if ((error as { code?: unknown }).code !== "EADDRINUSE") throw error;
    }
  }
  return bindOnce(request, sink, variant);
}

export interface BindVariant {
  /** Gets the socket before bind(2). */
  readonly prepare?: (socket: Socket) => void;
  /** Whether what comes in a turn of the event loop is given at once, at its end. */
  readonly gather: boolean;
  /** A message as a plain `Uint8Array`; a `Buffer` has another `slice()` and `toString()`. */
  readonly plain: (message: Buffer) => Uint8Array;
}

/** The same bytes, in the same memory. */
export function view(message: Buffer): Uint8Array {
  return new Uint8Array(message.buffer, message.byteOffset, message.byteLength);
}

/** One bind(2). */
export async function bindOnce(
  request: BindRequest,
  sink: DatagramSink,
  { prepare, gather, plain }: BindVariant = { gather: true, plain: view },
): Promise<NodeDatagram> {
  // Loaded when it is needed: on Bun that is a quarter of the time that importing omnisock takes.
  const { createSocket } = await import("node:dgram");
  return await new Promise((resolve, reject) => {
    const { local, ipv6Only, reuseAddress, reusePort } = request;
    const options: SocketOptions & { reusePort?: boolean } = {
      type: local.family === "ipv4" ? "udp4" : "udp6",
      reuseAddr: reuseAddress,
      ipv6Only,
      // Every address is a literal already; the default resolver costs a turn of the event loop for each datagram.
      lookup: (host, _, found) => found(null, host, local.family === "ipv4" ? 4 : 6),
    };
    if (reusePort) options.reusePort = true;
    const socket = createSocket(options);
    const onError = (error: Error): void => {
      reject(error);
      // Node keeps the descriptor of a socket that could not be bound; other runtimes have closed it.
      try {
        socket.close();
      } catch { /* It is closed. */ }
    };
    socket.once("error", onError);
    prepare?.(socket);
    socket.bind({ address: nativeHost(local), port: local.port, exclusive: true }, () => {
      socket.removeListener("error", onError);
      resolve(new NodeDatagram(socket, sink, { gather, plain }));
    });
  });
}

/** Datagrams of a turn that are not worth being gathered. */
const few = 3;

/** So many are then given as they come before it is tried again. */
const trial = 32;

interface Arrival {
  readonly message: Buffer;
  readonly sender: RemoteInfo;
}

export class NodeDatagram implements NativeDatagram {
  readonly #socket: Socket;
  readonly #sink: DatagramSink;
  readonly #plain: BindVariant["plain"];
  /** What came in this turn of the event loop. */
  #arrived: Arrival[] = [];
  /** How many more are given as they come. */
  #alone = 0;
  #connected = false;

  constructor(socket: Socket, sink: DatagramSink, { gather, plain }: Omit<BindVariant, "prepare">) {
    this.#socket = socket;
    this.#sink = sink;
    this.#plain = plain;
    socket.on("error", (error) => {
      this.#deliver();
      sink.fail(error);
    });
    socket.on("message", (message, sender) => {
      if (!gather) this.#give(message, sender);
      else if (this.#alone > 0) {
        this.#alone--;
        this.#give(message, sender);
      } else if (this.#arrived.push({ message, sender }) === 1) setImmediate(() => this.#deliver());
    });
  }

  get local(): IpAddress {
    const { address, port } = this.#socket.address();
    return ipAddress(address, port);
  }

  send(data: Uint8Array, to: IpAddress | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const done = (error: Error | null): void => (error ? reject(error) : resolve());
      if (to === undefined) this.#socket.send(data, done);
      else this.#socket.send(data, to.port, nativeHost(to), done);
    });
  }

  connect(remote: IpAddress): Promise<void> {
    if (this.#connected) this.disconnect();
    return new Promise((resolve, reject) => {
      this.#socket.connect(remote.port, nativeHost(remote), (error?: Error) => {
        if (error) return reject(error);
        this.#connected = true;
        resolve();
      });
    });
  }

  disconnect(): void {
    this.#socket.disconnect();
    this.#connected = false;
  }

  setMembership(change: "join" | "leave", { group, interface: through, source }: Membership): void {
    const socket = this.#socket;
    const interfaceAddress = through !== undefined && group.includes(":") ? knownZone(`::%${through}`) : through;
    if (source === undefined) {
      if (change === "join") socket.addMembership(group, interfaceAddress);
      else socket.dropMembership(group, interfaceAddress);
    } else if (change === "join") socket.addSourceSpecificMembership(source, group, interfaceAddress);
    else socket.dropSourceSpecificMembership(source, group, interfaceAddress);
  }

  setOption<Name extends SettableOption>(name: Name, value: SocketOptionValues[Name]): void {
    const set = setters[name];
    if (set === undefined) throw new Unsupported(`node:dgram has no call that sets ${name}`);
    set(this.#socket, value);
  }

  descriptor(): Descriptor | undefined {
    return descriptorOf(datagramHandle(this.#socket));
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.#socket.close(() => resolve()));
  }

  ref(): void {
    this.#socket.ref();
  }

  unref(): void {
    this.#socket.unref();
  }

  /**
   * All that came in a turn at once: after each event Node does what has been put off by it, and does that for one datagram
   * alone a fifth slower. A turn's end costs something too, so that few are not worth it.
   */
  #deliver(): void {
    const arrived = this.#arrived;
    if (arrived.length < few) this.#alone = trial;
    this.#arrived = [];
    for (const { message, sender } of arrived) this.#give(message, sender);
  }

  /** Received into 64 KiB, which no datagram exceeds: nothing is ever truncated. */
  #give(message: Buffer, sender: RemoteInfo): void {
    this.#sink.message(this.#plain(message), senderAddress(sender.address, sender.port), false);
  }
}

function nativeHost(address: IpAddress): string {
  return address.scopeId === undefined ? address.host : namedZone(hostText(address));
}

const setters: {
  readonly [Name in SettableOption]?: (socket: Socket, value: SocketOptionValues[Name]) => void;
} = {
  broadcast: (socket, value) => socket.setBroadcast(value),
  multicastInterface: (socket, value) => socket.setMulticastInterface(knownZone(value)),
  multicastLoopback: (socket, value) => void socket.setMulticastLoopback(value),
  multicastTtl: (socket, value) => void socket.setMulticastTTL(value),
  recvBufferSize: (socket, value) => socket.setRecvBufferSize(value),
  sendBufferSize: (socket, value) => socket.setSendBufferSize(value),
  ttl: (socket, value) => void socket.setTTL(value),
};
