/** A connected stream as programs have it: arguments are checked here, and everything else is the `Stream`'s. */
import type { Address } from "./address.ts";
import { checkBuffer, checkBytes } from "./arguments.ts";
import { ownWait, type WaitOptions } from "./deadline.ts";
import type { StreamSocketOptions } from "./options.ts";
import { quiet } from "./quiet.ts";
import type { SocketOptionValues, StreamOption } from "./socket-options.ts";
import type { ShutdownHow, Stream } from "./stream.ts";
import { readableView, writableView } from "./streams.ts";

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
  readonly #stream: Stream;
  #readable: ReadableStream<Uint8Array> | undefined;
  #writable: WritableStream<Uint8Array | string> | undefined;

  /** @internal */
  constructor(stream: Stream) {
    this.#stream = stream;
    this.transport = stream.transport;
    this.localAddress = Object.freeze(stream.native.local) as A;
    this.remoteAddress = Object.freeze(stream.native.remote) as A;
  }

  /** Bytes that reads have returned. */
  get bytesRead(): number {
    return this.#stream.received;
  }

  /** Bytes that the kernel has taken. */
  get bytesWritten(): number {
    return this.#stream.sent;
  }

  /**
   * Settles when the connection is over: resolves if it ended in order (`close()`, `reset()`, or both directions shut
   * down), rejects with the `SocketError` that broke it. Need not be observed.
   */
  get closed(): Promise<void> {
    return this.#stream.closed;
  }

  /**
   * The next bytes, or `null` at EOF, for ever after. The chunk is the caller's for good.
   *
   * Concurrency: a second read while one waits rejects with `EBUSY`; the first is unharmed.
   * Cancellation: an aborted or timed-out read consumes nothing.
   * Source: POSIX recv().
   */
  read(options?: WaitOptions): Promise<Uint8Array | null> {
    try {
      return this.#stream.receive(undefined, ownWait("read", options)) as Promise<Uint8Array | null>;
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Fills the beginning of `buffer` with what has arrived, at least one byte; resolves with the number of bytes, or
   * `null` at EOF. A `buffer` of no bytes resolves with 0 at once. Otherwise as `read()`.
   */
  readInto(buffer: Uint8Array, options?: WaitOptions): Promise<number | null> {
    try {
      checkBuffer("buffer", buffer);
      return this.#stream.receive(buffer, ownWait("read", options)) as Promise<number | null>;
    } catch (error) {
      return Promise.reject(error);
    }
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
    try {
      return this.#stream.send(checkBytes("data", data), ownWait("write", options));
    } catch (error) {
      return Promise.reject(error);
    }
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
    return quiet(this.#stream.shutdown(how, options));
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
    return this.#stream.close(options);
  }

  /**
   * Aborts: what is queued in either direction is dropped, the peer gets RST, the descriptor is released. Idempotent.
   *
   * Errors: `ENOTSUP` where the runtime cannot send RST (`supports("tcp.reset")`).
   * Source: RFC 9293 §3.9.1.6.
   */
  reset(): Promise<void> {
    return this.#stream.reset();
  }

  /**
   * Sets a socket option, documented in `SocketOptionValues`.
   *
   * Errors: `ENOTSUP` with the reason where it cannot take effect; `EINVAL` for one that must be given to `connect` or
   * `listen`; what setsockopt(2) says, `EPERM` for instance. The socket is unharmed then.
   * Source: POSIX setsockopt().
   */
  setOption<Name extends keyof StreamSocketOptions>(name: Name, value: NonNullable<StreamSocketOptions[Name]>): void {
    this.#stream.options.set(name, value);
  }

  /**
   * The value that the kernel has. Errors: `ENOTSUP` without `omnisock/libc`, which reads it; what getsockopt(2) says.
   * Source: POSIX getsockopt().
   */
  getOption<Name extends StreamOption>(name: Name): SocketOptionValues[Name] {
    return this.#stream.options.get(name);
  }

  /**
   * Sets an option that has no name here to `value`, or reads one, by its numbers in this system's headers. Needs
   * `omnisock/libc`. What it is told to do, it does: an option that core or the runtime relies on is the caller's care.
   */
  rawOption(level: number, name: number, value: Uint8Array): void;
  /** Reads at most `length` bytes of an option that has no name here. */
  rawOption(level: number, name: number, length: number): Uint8Array;
  rawOption(level: number, name: number, value: Uint8Array | number): Uint8Array | void {
    return this.#stream.options.raw({ level, name }, value);
  }

  /** Lets the open connection keep the process alive, as it does by default. */
  ref(): this {
    this.#stream.ref();
    return this;
  }

  /** Lets the process end although the connection is open. */
  unref(): this {
    this.#stream.unref();
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
    this.#writable ??= writableView(this, this.#stream);
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
}
