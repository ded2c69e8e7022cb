/** A connected `net.Socket` as a native stream. Also the stream of other runtimes through their `node:net`. */
import type { Socket } from "node:net";
import type { NativeStream, SettableOption, StreamSink } from "../../core/adapter.ts";
import type { Address } from "../../core/address.ts";
import type { Descriptor } from "../../core/kernel.ts";
import type { SocketOptionValues } from "../../core/socket-options.ts";
import { descriptorOf, type Handle } from "./descriptor.ts";
import { endpoint, type Ends } from "./endpoint.ts";
import { polled } from "./poll.ts";
import { checkStatus, type KeepAliveDefault, type OptionHandle, refuseMapped, TcpOptions } from "./tcp-options.ts";

/** The members that a `Readable` has for its implementors; replacing `push` gives the bytes before any queue of the runtime's own. */
interface Internals {
  push(chunk: Uint8Array | null): boolean;
  _read(size: number): void;
  /** Calls back at once if the kernel took all. */
  _write(chunk: Uint8Array, encoding: "buffer", callback: (error?: Error | null) => void): void;
  /** shutdown(2). */
  _final(callback: (error?: Error | null) => void): void;
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

/** The socket's way to its stream: one function serves all sockets. */
const owner = Symbol("omnisock");

interface Owned {
  readonly [owner]: NodeStream;
}

let handlers: {
  push(this: Owned, chunk: Uint8Array | null): boolean;
  close(this: Owned): void;
  error(this: Owned, error: Error): void;
};

export class NodeStream implements NativeStream {
  static {
    handlers = {
      push(chunk) {
        return chunk === null ? this[owner].#onEof() : this[owner].#onData(chunk);
      },
      close() {
        this[owner].#onClose();
      },
      error(error) {
        this[owner].#fail(error);
      },
    };
  }

  readonly local: Address;
  readonly remote: Address;
  readonly #socket: Socket;
  readonly #internals: Internals;
  readonly #confirmEof: boolean;
  readonly #keepAliveDefault: KeepAliveDefault | undefined;
  /** What was set, once something is. */
  #options: TcpOptions | undefined;
  #sink: StreamSink | undefined;
  #ended = false;
  #closing = false;
  #closed = false;
  #release: (() => void) | undefined;
  /** The shutdown(2) that is under way. */
  #shutting: Promise<void> | undefined;
  /** What came of the last write, if it was `written`. */
  #writeError: unknown;
  #written = false;
  #writing: { resolve(): void; reject(error: unknown): void } | undefined;
  #onWritten: ((error?: Error | null) => void) | undefined;

  constructor(socket: Socket, ends: Ends, options: NodeStreamOptions) {
    this.#socket = socket;
    this.#internals = socket as unknown as Internals;
    this.#confirmEof = options.confirmEof;
    this.#keepAliveDefault = options.keepAliveDefault;
    const { zone } = ends;
    this.local = ends.local ?? endpoint(socket.localAddress, socket.localPort, zone);
    this.remote = ends.remote ?? endpoint(socket.remoteAddress, socket.remotePort, zone);
    Object.assign(socket, {
      [owner]: this,
      // The queue of the runtime's own stream loses what it holds when a reset arrives; so nothing enters it.
      push: handlers.push,
    });
    socket.on("close", handlers.close as () => void).on("error", handlers.error as () => void);
  }

  attach(sink: StreamSink): void {
    this.#sink = sink;
  }

  resume(): void {
    if (!this.#ended && !this.#socket.destroyed) this.#internals._read(0);
  }

  /** Past the queue of the runtime's own stream: core has one. */
  write(bytes: Uint8Array): void | Promise<void> {
    this.#written = false;
    this.#onWritten ??= (error) => this.#afterWrite(error);
    this.#internals._write(bytes, "buffer", this.#onWritten);
    if (!this.#written) {
      return new Promise((resolve, reject) => {
        this.#writing = { resolve, reject };
      });
    }
    if (this.#writeError !== undefined) throw this.#writeError;
  }

  shutdown(): Promise<void> {
    this.#shutting = new Promise((resolve, reject) => {
      this.#internals._final((error) => {
        this.#shutting = undefined;
        if (error) reject(error);
        else if (this.#ended) resolve();
        else this.look(resolve);
      });
    });
    return this.#shutting;
  }

  close(): Promise<void> {
    this.#closing = true;
    this.#socket.destroy();
    return this.#gone();
  }

  /**
   * libuv resets no stream that is being shut down (UV_EINVAL), and Node then neither closes it nor says so (26; case
   * tcp.concurrency/close-vs-ops). Nothing is left to be sent by then, so that the shutdown is over in the next turn.
   */
  reset(): Promise<void> {
    this.#closing = true;
    const abort = (): Promise<void> => this.#abort();
    return this.#shutting === undefined ? abort() : this.#shutting.then(abort, abort);
  }

  setOption<Name extends SettableOption>(name: Name, value: SocketOptionValues[Name]): void {
    const { _handle: handle } = this.#internals;
    // The connection broke, of which the sink is told.
    if (handle === null) return;
    if (name === "typeOfService") refuseMapped(this.#socket.localAddress, this.remote);
    // Every connection has this one set, and no state of it.
    if (name === "noDelay") return checkStatus(handle.setNoDelay(value as boolean));
    this.#options ??= new TcpOptions(this.#keepAliveDefault);
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

  /** Calls back when what had arrived is read: libuv tells of a shutdown before it reads (case tcp.close/flushes). */
  protected look(done: () => void): void {
    polled(done);
  }

  /** Whether the peer's FIN is read. */
  protected get ended(): boolean {
    return this.#ended;
  }

  #abort(): Promise<void> {
    if (this.remote.family === "unix") this.#socket.destroy();
    else this.#socket.resetAndDestroy();
    return this.#gone();
  }

  #gone(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#closed) resolve();
      else this.#release = resolve;
    });
  }

  #onClose(): void {
    this.#closed = true;
    this.#release?.();
    if (!this.#closing) this.#fail(new Error("the runtime closed the socket"));
  }

  /** Why a write failed, if it did: the runtime says of one that waits while the socket breaks that it is done. */
  protected writeFailure(error: Error | null | undefined): unknown {
    const socket = this.#socket;
    if (!socket.destroyed || this.#closing) return error;
    return socket.errored ?? error ?? new Error("the runtime closed the socket");
  }

  #afterWrite(error: Error | null | undefined): void {
    const writing = this.#writing;
    this.#writing = undefined;
    this.#written = true;
    this.#writeError = this.writeFailure(error) ?? undefined;
    if (this.#writeError === undefined) writing?.resolve();
    else writing?.reject(this.#writeError);
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
