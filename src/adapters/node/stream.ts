/** A connected `net.Socket` as a native stream. Also the stream of other runtimes through their `node:net`. */
import type { Socket } from "node:net";
import type { NativeStream, SettableOption, StreamSink } from "../../core/adapter.ts";
import type { Address } from "../../core/address.ts";
import type { Descriptor } from "../../core/kernel.ts";
import type { SocketOptionValues } from "../../core/socket-options.ts";
import { descriptorOf, type Handle } from "./descriptor.ts";
import { endpoint, type Ends } from "./endpoint.ts";
import { type KeepAliveDefault, type OptionHandle, refuseMapped, TcpOptions } from "./tcp-options.ts";

/** The members that a `Readable` has for its implementors; replacing `push` gives the bytes before any queue of the runtime's own. */
interface Internals {
  push(chunk: Uint8Array | null): boolean;
  _read(size: number): void;
  readonly _handle: (Handle & OptionHandle & { reading: boolean }) | null;
}

export interface NodeStreamOptions {
  /** Whether EOF must be confirmed by a second read; see `#onEof`. */
  readonly confirmEof: boolean;
  /** Where the handle sets no time of keep-alive without the others. */
  readonly keepAliveDefault?: KeepAliveDefault;
  /** The class of the streams, where a runtime needs a subclass. */
  readonly Stream?: typeof NodeStream;
}

export class NodeStream implements NativeStream {
  readonly local: Address;
  readonly remote: Address;
  readonly #socket: Socket;
  readonly #internals: Internals;
  readonly #confirmEof: boolean;
  readonly #options: TcpOptions;
  readonly #gone: Promise<void>;
  #sink: StreamSink | undefined;
  #ended = false;
  #closing = false;

  constructor(socket: Socket, ends: Ends, options: NodeStreamOptions) {
    this.#socket = socket;
    this.#internals = socket as unknown as Internals;
    this.#confirmEof = options.confirmEof;
    this.#options = new TcpOptions(options.keepAliveDefault);
    const { zone } = ends;
    this.local = ends.local ?? endpoint(socket.localAddress, socket.localPort, zone);
    this.remote = ends.remote ?? endpoint(socket.remoteAddress, socket.remotePort, zone);
    // The queue of the runtime's own stream loses what it holds when a reset arrives; so nothing enters it.
    this.#internals.push = (chunk) => (chunk === null ? this.#onEof() : this.#onData(chunk));
    // A failed write destroys the socket, and with it what the kernel still has for the reader; reading ends it instead.
    const destroy = socket.destroy;
    socket.destroy = (error?: Error & { syscall?: string }) => {
      if (!this.#closing && (error?.syscall === "write" || error?.syscall === "shutdown")) return socket;
      return destroy.call(socket, error);
    };
    this.#gone = new Promise((resolve) => {
      socket.once("close", () => {
        resolve();
        if (!this.#closing) this.#fail(new Error("the runtime closed the socket"));
      });
    });
    socket.on("error", (error) => this.#fail(error));
  }

  attach(sink: StreamSink): void {
    this.#sink = sink;
  }

  resume(): void {
    if (!this.#ended && !this.#socket.destroyed) this.#internals._read(0);
  }

  write(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#socket.write(bytes, (error) => (error ? reject(error) : resolve()));
    });
  }

  shutdown(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#socket.end((error?: Error | null) => (error ? reject(error) : resolve()));
    });
  }

  close(): Promise<void> {
    this.#closing = true;
    this.#socket.destroy();
    return this.#gone;
  }

  reset(): Promise<void> {
    this.#closing = true;
    if (this.remote.family === "unix") this.#socket.destroy();
    else this.#socket.resetAndDestroy();
    return this.#gone;
  }

  setOption<Name extends SettableOption>(name: Name, value: SocketOptionValues[Name]): void {
    const { _handle: handle } = this.#internals;
    // The connection broke, of which the sink is told.
    if (handle === null) return;
    if (name === "typeOfService") refuseMapped(this.#socket.localAddress, this.remote);
    this.#options.set(handle, name, value);
  }

  descriptor(): Descriptor | undefined {
    return descriptorOf(this.#internals._handle);
  }

  ref(): void {
    this.#socket.ref();
  }

  unref(): void {
    this.#socket.unref();
  }

  #onData(chunk: Uint8Array): boolean {
    // A plain Uint8Array, as on every runtime; a Buffer has another slice() and toString().
    return this.#sink?.data(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength)) ?? true;
  }

  /**
   * libuv before 1.52 takes a hang-up after a short read for EOF without reading further, so that a reset looks like an
   * orderly end (libuv issue 4992, Node 20 and 22; case tcp.reset/recv-rst-read). A second read tells.
   */
  #onEof(): boolean {
    const handle = this.#internals._handle;
    if (this.#confirmEof && !this.#ended && handle !== null) {
      this.#ended = true;
      queueMicrotask(() => {
        if (this.#socket.destroyed) return;
        handle.reading = false;
        this.#internals._read(0);
      });
    } else {
      this.#ended = true;
      this.#sink?.end();
    }
    return false;
  }

  #fail(error: unknown): void {
    if (this.#closing) return;
    this.#closing = true;
    this.#sink?.fail(error);
  }
}
