/** A connected socket of Bun as a native stream, accepted or connected. */
import type { NativeStream, SettableOption, StreamSink } from "../../core/adapter.ts";
import type { Address } from "../../core/address.ts";
import type { Descriptor } from "../../core/kernel.ts";
import type { SocketOptionValues } from "../../core/socket-options.ts";
import { descriptorOf } from "../node/descriptor.ts";
import { endpoint, type Ends } from "../node/endpoint.ts";
import { polled } from "../node/poll.ts";
import { checkStatus, refuseMapped } from "../node/tcp-options.ts";
import { Unsupported } from "../node/unsupported.ts";
import type { NativeSocket, SocketHandlers } from "./native.ts";

/** The write that the kernel has taken in part. */
interface PendingWrite {
  readonly bytes: Uint8Array;
  readonly length: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
  sent: number;
}

/** What Bun tells without an error of its own. */
export class Broken extends Error {
  readonly code: "EADDRINUSE" | "EBADF" | "ECONNREFUSED" | "ECONNRESET" | "EPIPE";

  constructor(code: Broken["code"], message: string) {
    super(message);
    this.code = code;
  }
}

const gone = new Broken("EBADF", "Bun closed the socket");

export class BunStream implements NativeStream {
  /** One object for all sockets; each finds its stream in `socket.data`. */
  static readonly handlers: SocketHandlers<BunStream> = {
    binaryType: "uint8array",
    data: ({ data: stream }, bytes) => stream.#onData(bytes),
    drain: ({ data: stream }) => stream.#onDrain(),
    end: ({ data: stream }) => stream.#onEnd(),
    close: ({ data: stream }, error) => stream.#onClose(error),
    error: ({ data: stream }, error) => stream.#fail(error),
  };

  readonly local: Address;
  readonly remote: Address;
  readonly #socket: NativeSocket<BunStream>;
  #release: (() => void) | undefined;
  #sink: StreamSink | undefined;
  #writing: PendingWrite | undefined;
  #paused = true;
  /** The peer's FIN was read. */
  #ended = false;
  #finSent = false;
  #keepAlive = false;
  /** The sink is told nothing more: core has given the connection up, or knows that it broke. */
  #over = false;
  /** Why the descriptor is released, once it is. */
  #closed: Error | undefined;

  /** Takes over a socket, and stops its reading until `resume()`. */
  constructor(socket: NativeSocket<BunStream>, { local, remote, zone }: Ends) {
    this.#socket = socket;
    this.local = local ?? endpoint(socket.localAddress, socket.localPort, zone);
    this.remote = remote ?? endpoint(socket.remoteAddress, socket.remotePort, zone);
    socket.data = this;
    socket.pause();
  }

  attach(sink: StreamSink): void {
    this.#sink = sink;
  }

  resume(): void {
    if (!this.#paused || this.#closed !== undefined) return;
    this.#paused = false;
    this.#socket.resume();
  }

  write(bytes: Uint8Array): void | Promise<void> {
    const sent = this.#send(bytes, 0);
    if (sent === bytes.byteLength) return;
    return new Promise((resolve, reject) => {
      this.#writing = { bytes, length: bytes.byteLength, sent, resolve, reject };
    });
  }

  async shutdown(): Promise<void> {
    if (this.#closed !== undefined) throw this.#closed;
    this.#finSent = true;
    this.#socket.shutdown();
    await new Promise<void>(polled);
  }

  close(): Promise<void> {
    this.#over = true;
    if (this.#closed === undefined) this.#socket.close();
    return this.#gone();
  }

  reset(): Promise<void> {
    this.#over = true;
    if (this.#closed === undefined) this.#socket.terminate();
    return this.#gone();
  }

  setOption<Name extends SettableOption>(name: Name, value: SocketOptionValues[Name]): void {
    if (this.#closed !== undefined) return;
    if (name === "noDelay") this.#socket.setNoDelay(value as boolean);
    else if (name === "keepAlive") this.#setKeepAlive(value as boolean);
    else if (name === "keepAliveIdle") this.#setIdle(value as number);
    else if (name === "typeOfService") this.#setTypeOfService(value as number);
    else throw new Unsupported(`Bun has no call that sets ${name}`);
  }

  descriptor(): Descriptor | undefined {
    return this.#closed === undefined ? descriptorOf(this.#socket) : undefined;
  }

  ref(): void {
    this.#socket.ref();
  }

  unref(): void {
    this.#socket.unref();
  }

  #gone(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#closed !== undefined) resolve();
      else this.#release = resolve;
    });
  }

  #setKeepAlive(enabled: boolean): void {
    this.#keepAlive = enabled;
    this.#socket.setKeepAlive(enabled, 0);
  }

  /** Bun takes the time only while it turns keep-alive on. */
  #setIdle(idle: number): void {
    this.#socket.setKeepAlive(true, idle);
    if (!this.#keepAlive) this.#socket.setKeepAlive(false, 0);
  }

  #setTypeOfService(value: number): void {
    refuseMapped(this.#socket.localAddress, this.remote);
    const status = this.#socket.setTypeOfService?.(value);
    if (status === undefined) throw new Unsupported("Bun before 1.4 has no call that sets typeOfService");
    checkStatus(status);
  }

  /** Offers `bytes` from `sent` on; gives how many the kernel has in all. A short count means that it is full. */
  #send(bytes: Uint8Array, sent: number): number {
    if (this.#closed !== undefined) throw this.#closed;
    const taken = this.#socket.write(bytes, sent, bytes.byteLength - sent);
    if (taken >= 0) return sent + taken;
    // Bun does not say why. A peer that had ended in order and then reset gives EPIPE, one that only reset ECONNRESET.
    throw this.#closed ?? new Broken(this.#ended ? "EPIPE" : "ECONNRESET", "Bun's write() said -1");
  }

  /** Comes also when nothing waits. */
  #onDrain(): void {
    const writing = this.#writing;
    if (writing === undefined) return;
    if (writing.bytes.byteLength < writing.length) {
      // The caller gave the buffer away. The peer must not take what it has for a whole.
      this.#socket.terminate();
      return;
    }
    try {
      writing.sent = this.#send(writing.bytes, writing.sent);
    } catch (error) {
      this.#writing = undefined;
      writing.reject(error);
      return;
    }
    if (writing.sent < writing.length) return;
    this.#writing = undefined;
    writing.resolve();
  }

  /** Comes also while paused, before an error. */
  #onData(bytes: Uint8Array): void {
    if (this.#over || this.#sink === undefined || this.#sink.data(bytes) || this.#paused) return;
    this.#paused = true;
    if (this.#closed === undefined) this.#socket.pause();
  }

  #onEnd(): void {
    if (this.#over || this.#ended) return;
    this.#ended = true;
    this.#sink?.end();
  }

  /**
   * After our FIN the peer's is told only here, by a close without an error. A close that comes while reading is stopped,
   * or before our FIN, is none that was read to its end, and so never taken for EOF.
   */
  #onClose(error: Error | undefined): void {
    const inOrder = error === undefined && this.#finSent && (this.#ended || !this.#paused);
    // Of one that core gave up nobody asks why.
    this.#closed = error ?? (inOrder || this.#over ? gone : new Broken("ECONNRESET", "Bun closed the socket"));
    const writing = this.#writing;
    this.#writing = undefined;
    if (inOrder) this.#onEnd();
    else this.#fail(this.#closed);
    writing?.reject(this.#closed);
    this.#release?.();
  }

  #fail(error: unknown): void {
    if (this.#over) return;
    this.#over = true;
    this.#sink?.fail(error);
  }
}
