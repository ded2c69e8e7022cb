/** A connected stream: tcp or unix. Every guarantee of a stream is kept here, over any adapter. */
import type { Adapter, NativeStream, StreamSink } from "./adapter.ts";
import { type Address, formatAddress } from "./address.ts";
import { checkBuffer, checkBytes } from "./arguments.ts";
import { requireFeature } from "./capabilities.ts";
import { Deadline, ownWait, type WaitOptions } from "./deadline.ts";
import { type Operation, SocketError, wrap } from "./errors.ts";
import { Inbound } from "./inbound.ts";
import { hold, release } from "./lifetime.ts";
import { OptionAccess } from "./option-access.ts";
import type { Setting } from "./option-arguments.ts";
import type { StreamSettings, StreamSocketOptions } from "./options.ts";
import { Outbound } from "./outbound.ts";
import { quiet } from "./quiet.ts";
import type { SocketOptionValues, StreamOption } from "./socket-options.ts";
import { readableView, writableView } from "./streams.ts";

/** How `shutdown()` closes a direction: as shutdown(2). */
export type ShutdownHow = "read" | "write" | "both";

/**
 * Starts reading a connection that a listener made; until then its bytes stay in the kernel.
 * @internal
 */
export let startReading: (connection: Connection) => void;

/**
 * Gives up a connection that no caller has: RST where the runtime can send it, else close.
 * @internal
 */
export let abort: (connection: Connection) => Promise<void>;

/**
 * Sets what was given at opening; throws the first failure.
 * @internal
 */
export let configure: (connection: Connection, settings: readonly Setting[]) => void;

/**
 * Breaks a connection.
 * @internal
 */
export let fail: (connection: Connection, error: unknown) => void;

/**
 * A TCP or Unix-domain stream.
 *
 * Errors: a failure rejects with `SocketError`. After the peer's reset every call but `shutdown("read")` says
 * `ECONNRESET`, once the bytes that had arrived before it are read. After `close()` every call says `EBADF`; a read that
 * is pending at that moment says `ECANCELED`, and so does a write that `close()` could not send in time. A failure that no
 * caller waits for is not an unhandled rejection; `closed` tells of it.
 */
export class Connection<A extends Address = Address> {
  readonly transport: "tcp" | "unix";
  readonly localAddress: A;
  readonly remoteAddress: A;

  readonly #adapter: Adapter;
  readonly #native: NativeStream;
  readonly #inbound: Inbound;
  readonly #outbound: Outbound;
  readonly #options: OptionAccess;
  readonly #linger: number;
  readonly #closed: Promise<void>;
  #settleClosed!: (failure?: SocketError) => void;

  #bytesRead = 0;
  #reading = false;
  #readShut = false;
  /** The pending or done FIN. */
  #fin: Promise<void> | undefined;
  #finSent = false;
  /** The pending or done `close()`. */
  #closing: Promise<void> | undefined;
  /** Whether the caller gave the connection up, by `close()` or by its own `reset()`. */
  #given: "close" | "reset" | undefined;
  /** The native error that broke the connection. */
  #failure: { readonly error: unknown } | undefined;
  /** A native error of a write, while what had arrived before is still being read. */
  #writeFailure: { readonly error: unknown } | undefined;
  #released: Promise<void> | undefined;
  #readable: ReadableStream<Uint8Array> | undefined;
  #writable: WritableStream<Uint8Array | string> | undefined;

  static {
    startReading = (connection) => {
      if (connection.#released === undefined) connection.#native.resume();
    };
    abort = (connection) => quiet(connection.#reset());
    configure = (connection, settings) => connection.#options.apply(settings);
    fail = (connection, error) => connection.#onFailure(error);
  }

  /** @internal */
  constructor(
    native: NativeStream,
    adapter: Adapter,
    settings: StreamSettings,
    attach: (sink: StreamSink) => void,
  ) {
    this.#native = native;
    this.#adapter = adapter;
    this.#linger = settings.linger;
    this.localAddress = Object.freeze({ ...native.local }) as A;
    this.remoteAddress = Object.freeze({ ...native.remote }) as A;
    this.transport = native.remote.family === "unix" ? "unix" : "tcp";
    this.#closed = quiet(
      new Promise((resolve, reject) => {
        this.#settleClosed = (failure) => (failure === undefined ? resolve() : reject(failure));
      }),
    );
    this.#inbound = new Inbound(settings.highWaterMark, () => {
      if (this.#released === undefined) native.resume();
    });
    this.#outbound = new Outbound({
      write: (bytes) => native.write(bytes),
      onFailure: (error) => this.#onWriteFailure(error),
      cork: settings.cork,
    });
    attach({
      data: (bytes) => this.#inbound.push(bytes),
      end: () => this.#onEnd(),
      fail: (error) => this.#onFailure(error),
    });
    const { local, remote } = native;
    this.#options = new OptionAccess({
      adapter,
      native,
      transport: this.transport,
      family: local.family,
      address: () => this.#address,
      connection: true,
      identity: () => ({ type: "stream", local, remote, descriptor: native.descriptor?.() }),
      assertOpen: (operation) => {
        if (this.#given !== undefined || this.#released !== undefined) throw this.#stateError(operation);
      },
    });
    hold(this);
  }

  /** Bytes that reads have returned. */
  get bytesRead(): number {
    return this.#bytesRead;
  }

  /** Bytes that the kernel has taken. */
  get bytesWritten(): number {
    return this.#outbound.written;
  }

  /**
   * Settles when the connection is over: resolves if it ended in order (`close()`, `reset()`, or both directions shut
   * down), rejects with the `SocketError` that broke it. Need not be observed.
   */
  get closed(): Promise<void> {
    return this.#closed;
  }

  /**
   * The next bytes, or `null` at EOF, for ever after. The chunk is the caller's for good.
   *
   * Concurrency: a second read while one waits rejects with `EBUSY`; the first is unharmed.
   * Cancellation: an aborted or timed-out read consumes nothing.
   * Source: POSIX recv().
   */
  read(options?: WaitOptions): Promise<Uint8Array | null> {
    return this.#receive(options, () => {
      const chunk = this.#inbound.take();
      if (chunk !== undefined) this.#bytesRead += chunk.byteLength;
      return chunk;
    });
  }

  /**
   * Fills the beginning of `buffer` with what has arrived, at least one byte; resolves with the number of bytes, or
   * `null` at EOF. A `buffer` of no bytes resolves with 0 at once. Otherwise as `read()`.
   */
  readInto(buffer: Uint8Array, options?: WaitOptions): Promise<number | null> {
    try {
      checkBuffer("buffer", buffer);
    } catch (error) {
      return Promise.reject(error);
    }
    return this.#receive(options, () => {
      if (buffer.byteLength === 0) return 0;
      const count = this.#inbound.takeInto(buffer);
      if (count !== undefined) this.#bytesRead += count;
      return count;
    });
  }

  /**
   * Sends all of `data` (a string as UTF-8); resolves when the kernel has it, from when on a buffer is the caller's again.
   *
   * Errors: `EPIPE` after `shutdown("write")`, and when the peer no longer reads.
   * Concurrency: writes are sent in call order and never mixed.
   * Cancellation: a write that had not begun is not sent; one that had begun resets the connection, since some, all or
   * none of its bytes are gone and the stream is undefined.
   * Source: POSIX send().
   */
  write(data: Uint8Array | string, options?: WaitOptions): Promise<void> {
    let bytes: Uint8Array;
    try {
      bytes = checkBytes("data", data);
      options = ownWait("write", options);
    } catch (error) {
      return Promise.reject(error);
    }
    return quiet(this.#send(bytes, options));
  }

  /**
   * Half-close. `"write"` sends FIN after everything written before; reading goes on. `"read"` discards what waits and
   * what arrives; reads give `null`. `"both"` does both. Repeating it changes nothing.
   *
   * Errors: as `write()`. Cancellation: the FIN stays queued.
   * Source: POSIX shutdown(); RFC 9293 §3.6.
   */
  shutdown(how: ShutdownHow, options?: WaitOptions): Promise<void> {
    if (how !== "read" && how !== "write" && how !== "both") {
      return Promise.reject(new TypeError(`shutdown() takes "read", "write" or "both"`));
    }
    try {
      options = ownWait("shutdown", options);
    } catch (error) {
      return Promise.reject(error);
    }
    return quiet(this.#shutdown(how, options));
  }

  /**
   * Sends what was written, then FIN, and releases the descriptor. If bytes are unread, they are discarded and the
   * connection lingers until the peer's FIN, because closing at once would reset it and could destroy what the peer has
   * not yet got. `timeout` (default: the `linger` option) bounds it all: past it, and when `signal` aborts, the connection
   * is reset.
   *
   * Errors: `ETIMEDOUT` past the bound; the error of a write that could not be sent. It always settles, and the
   * descriptor is released in any case. Concurrency: further calls give the same promise.
   * Source: POSIX close(); RFC 9293 §3.9.1.4, §3.9.1.5.
   */
  close(options?: WaitOptions): Promise<void> {
    try {
      options = ownWait("close", options);
    } catch (error) {
      return Promise.reject(error);
    }
    this.#closing ??= quiet(this.#close({ timeout: this.#linger, ...options }));
    return this.#closing;
  }

  /**
   * Aborts: what is queued in either direction is dropped, the peer gets RST, the descriptor is released. Idempotent.
   *
   * Errors: `ENOTSUP` where the runtime cannot send RST (`supports("tcp.reset")`).
   * Source: RFC 9293 §3.9.1.6.
   */
  reset(): Promise<void> {
    if (this.transport === "tcp") {
      try {
        requireFeature(this.#adapter, "tcp.reset", "close");
      } catch (error) {
        return quiet(Promise.reject(error));
      }
    }
    return quiet(this.#reset());
  }

  /**
   * Sets a socket option, documented in `SocketOptionValues`.
   *
   * Errors: `ENOTSUP` with the reason where it cannot take effect; `EINVAL` for one that must be given to `connect` or
   * `listen`; what setsockopt(2) says, `EPERM` for instance. The socket is unharmed then.
   * Source: POSIX setsockopt().
   */
  setOption<Name extends keyof StreamSocketOptions>(name: Name, value: NonNullable<StreamSocketOptions[Name]>): void {
    this.#options.set(name, value);
  }

  /**
   * The value that the kernel has. Errors: `ENOTSUP` without `omnisock/libc`, which reads it; what getsockopt(2) says.
   * Source: POSIX getsockopt().
   */
  getOption<Name extends StreamOption>(name: Name): SocketOptionValues[Name] {
    return this.#options.get(name);
  }

  /**
   * Sets an option that has no name here to `value`, or reads one, by its numbers in this system's headers. Needs
   * `omnisock/libc`. What it is told to do, it does: an option that core or the runtime relies on is the caller's care.
   */
  rawOption(level: number, name: number, value: Uint8Array): void;
  /** Reads at most `length` bytes of an option that has no name here. */
  rawOption(level: number, name: number, length: number): Uint8Array;
  rawOption(level: number, name: number, value: Uint8Array | number): Uint8Array | void {
    return this.#options.raw({ level, name }, value);
  }

  /** Lets the open connection keep the process alive, as it does by default. */
  ref(): this {
    if (this.#released === undefined) {
      hold(this);
      this.#native.ref();
    }
    return this;
  }

  /** Lets the process end although the connection is open. */
  unref(): this {
    release(this);
    if (this.#released === undefined) this.#native.unref();
    return this;
  }

  /**
   * The receive direction as a WHATWG byte stream (BYOB too), made on first use. It reads on demand only. Cancelling it is
   * `shutdown("read")`; its end leaves the send direction open.
   */
  get readable(): ReadableStream<Uint8Array> {
    this.#readable ??= readableView(this);
    return this.#readable;
  }

  /**
   * The send direction as a WHATWG stream, made on first use. Closing it is `shutdown("write")`, aborting it `reset()`;
   * the receive direction stays open when it is closed.
   */
  get writable(): WritableStream<Uint8Array | string> {
    this.#writable ??= writableView(this);
    return this.#writable;
  }

  /** Chunks until EOF. Leaving the loop early leaves the connection open and loses nothing. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, void> {
    for (let chunk = await this.read(); chunk !== null; chunk = await this.read()) yield chunk;
  }

  /** `close()` that does not throw when the time for it runs out or the connection is broken. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close().catch(() => {});
  }

  #receive<T>(options: WaitOptions | undefined, take: () => T | undefined): Promise<T | null> {
    try {
      options = ownWait("read", options);
    } catch (error) {
      return Promise.reject(error);
    }
    return quiet(this.#wait(options, take));
  }

  async #wait<T>(options: WaitOptions | undefined, take: () => T | undefined): Promise<T | null> {
    const deadline = Deadline.start("read", options, this.#address);
    try {
      if (this.#given !== undefined) throw this.#stateError("read");
      if (this.#reading) throw this.#error("EBUSY", "read");
      this.#reading = true;
      try {
        for (;;) {
          if (this.#readShut) return null;
          const value = take();
          if (value !== undefined) return value;
          if (this.#inbound.ending === "eof") return null;
          if (this.#failure !== undefined) throw this.#wrap(this.#failure.error, "read");
          const changed = this.#inbound.changed();
          await (deadline === undefined ? changed : deadline.race(changed));
          if (this.#given === "close") throw this.#error("ECANCELED", "read");
          if (this.#given === "reset") throw this.#stateError("read");
        }
      } finally {
        this.#reading = false;
      }
    } finally {
      deadline?.end();
    }
  }

  async #send(bytes: Uint8Array, options: WaitOptions | undefined): Promise<void> {
    const deadline = Deadline.start("write", options, this.#address);
    try {
      if (this.#given !== undefined) throw this.#stateError("write");
      const failure = this.#failure ?? this.#writeFailure;
      if (failure !== undefined) throw this.#wrap(failure.error, "write");
      if (this.#fin !== undefined) throw this.#error("EPIPE", "write");
      if (bytes.byteLength === 0) return;
      const entry = this.#outbound.add(bytes);
      quiet(entry.done);
      if (deadline === undefined) return await entry.done;
      try {
        await deadline.race(entry.done);
      } catch (error) {
        // Rejected by the entry itself, it is not among those that wait and the connection is broken already.
        if (!this.#outbound.cancel(entry) && this.#failure === undefined && this.#writeFailure === undefined) {
          await this.#reset();
        }
        throw error;
      }
    } finally {
      deadline?.end();
    }
  }

  async #shutdown(how: ShutdownHow, options: WaitOptions | undefined): Promise<void> {
    const deadline = Deadline.start("shutdown", options, this.#address);
    try {
      if (this.#given !== undefined) throw this.#stateError("shutdown");
      if (how !== "write" && !this.#readShut) {
        this.#readShut = true;
        this.#inbound.discard();
      }
      if (how === "read") return;
      if (this.#fin === undefined) {
        const failure = this.#failure ?? this.#writeFailure;
        if (failure !== undefined) throw this.#wrap(failure.error, "shutdown");
        this.#fin = quiet(this.#sendFin());
      }
      await (deadline === undefined ? this.#fin : deadline.race(this.#fin));
    } finally {
      deadline?.end();
    }
  }

  async #sendFin(): Promise<void> {
    await this.#outbound.drained();
    const failure = this.#failure ?? this.#writeFailure;
    if (failure !== undefined) throw this.#wrap(failure.error, "shutdown");
    if (this.#released !== undefined) {
      throw this.#given === "close" ? this.#error("ECANCELED", "shutdown") : this.#stateError("shutdown");
    }
    try {
      await this.#native.shutdown();
    } catch (error) {
      if (this.#failure === undefined) throw this.#wrap(error, "shutdown");
    }
    this.#finSent = true;
    this.#releaseIfOver();
  }

  async #close(options: WaitOptions): Promise<void> {
    const broken = this.#failure !== undefined || this.#writeFailure !== undefined;
    let deadline: Deadline | undefined;
    try {
      this.#given ??= "close";
      this.#inbound.discard();
      if (this.#released !== undefined) return await this.#released;
      deadline = Deadline.start("close", options, this.#address);
      const finished = this.#finish();
      await (deadline === undefined ? finished : deadline.race(finished));
    } catch (error) {
      if (this.#released === undefined) await this.#reset();
      else await this.#released;
      if (!broken) throw error;
    } finally {
      deadline?.end();
    }
  }

  /** Flush, FIN, and the wait for the peer's FIN if anything was discarded unread. */
  async #finish(): Promise<void> {
    this.#fin ??= quiet(this.#sendFin());
    await this.#fin;
    while (this.#inbound.discarded && this.#inbound.ending === undefined) await this.#inbound.changed();
    await this.#release();
  }

  async #reset(): Promise<void> {
    if (this.#given === undefined) this.#given = "reset";
    if (this.#released !== undefined) return this.#released;
    const released = this.#native.reset();
    this.#settle(released);
    this.#inbound.finish("failure");
    this.#inbound.discard();
    this.#outbound.fail(this.#error(this.#given === "close" ? "ECANCELED" : "ECONNRESET", "write"));
    return this.#released;
  }

  #onEnd(): void {
    if (this.#writeFailure !== undefined) return this.#onFailure(this.#writeFailure.error);
    this.#inbound.finish("eof");
    this.#releaseIfOver();
  }

  /** What had arrived is still to be read; the connection counts as broken when reading comes to its end. */
  #onWriteFailure(error: unknown): void {
    if (this.#inbound.ending !== undefined || this.#given !== undefined) return this.#onFailure(error);
    this.#writeFailure = { error };
    this.#outbound.fail(this.#wrap(error, "write"));
  }

  #onFailure(error: unknown): void {
    if (this.#failure !== undefined || this.#released !== undefined) return;
    this.#failure = { error };
    const inOrder = this.#given === "close" && this.#finSent;
    this.#settle(this.#native.close(), inOrder ? undefined : this.#wrap(error, "read"));
    this.#inbound.finish("failure");
    this.#outbound.fail(this.#wrap(error, "write"));
  }

  #releaseIfOver(): void {
    if (this.#finSent && this.#inbound.ending === "eof" && this.#released === undefined) void this.#release();
  }

  #release(): Promise<void> {
    this.#released ?? this.#settle(this.#native.close());
    return this.#released ?? Promise.resolve();
  }

  /** Marks the descriptor as being released, and the connection as over when it is. */
  #settle(releasing: Promise<void>, failure?: SocketError): void {
    this.#released = quiet(releasing.catch(() => {}));
    void this.#released.then(() => {
      release(this);
      this.#settleClosed(failure);
    });
  }

  get #address(): string {
    return formatAddress(this.remoteAddress);
  }

  #error(code: SocketError["code"], operation: Operation): SocketError {
    return new SocketError(code, operation, { address: this.#address });
  }

  #stateError(operation: Operation): SocketError {
    if (this.#given === undefined && this.#failure !== undefined) return this.#wrap(this.#failure.error, operation);
    return this.#error(this.#given === "reset" ? "ECONNRESET" : "EBADF", operation);
  }

  #wrap(error: unknown, operation: Operation): SocketError {
    return wrap(error, operation, { address: this.#address, translate: (native) => this.#adapter.translate(native) });
  }
}
