/** A listening stream socket: a bounded queue of connections between the kernel and `accept()`. */
import type { Adapter, ListenerSink, NativeListener, NativeStream, StreamSink } from "./adapter.ts";
import { type Address, formatAddress } from "./address.ts";
import { checkKeys, checkMilliseconds } from "./arguments.ts";
import { Connection } from "./connection.ts";
import { Deadline, ownWait, type WaitOptions } from "./deadline.ts";
import { type Operation, SocketError } from "./errors.ts";
import { hold, release } from "./lifetime.ts";
import { Mailbox } from "./mailbox.ts";
import { OptionAccess } from "./option-access.ts";
import type { Setting } from "./option-arguments.ts";
import type { ListenerSocketOptions, StreamSettings } from "./options.ts";
import { quiet } from "./quiet.ts";
import type { SocketOptionValues, StreamOption } from "./socket-options.ts";
import { Stream } from "./stream.ts";

/** Connections that wait for `accept()`, from which on further ones stay in the kernel's queue where the runtime can leave them there. */
const queueLimit = 64;

/** Opens a listener. */
export async function openListener(
  adapter: Adapter,
  stream: StreamSettings & { readonly settings: readonly Setting[] },
  listen: (sink: ListenerSink) => Promise<NativeListener>,
): Promise<Listener> {
  const open = new Set<Stream>();
  const early: Stream[] = [];
  let listener: Listener | undefined = undefined;
  const opened = (native: NativeStream): StreamSink => {
    const accepted = new Stream(native, adapter, stream, open);
    try {
      if (stream.settings.length > 0) accepted.options.apply(stream.settings);
    } catch (error) {
      accepted.fail(error);
    }
    if (listener === undefined) early.push(accepted);
    else enqueue(listener, accepted);
    return accepted;
  };
  const sink: ListenerSink = { opened, fail: () => {} };
  const native = await listen(sink);
  listener = new Listener(native, adapter, open);
  for (const accepted of early) enqueue(listener, accepted);
  return listener;
}

let enqueue: (listener: Listener, stream: Stream) => void;

/**
 * A listening socket.
 *
 * No connection that the kernel handed over is dropped, even if it was reset while it waited: `accept()` gives it, and
 * its first read tells. Connections are not read before they are accepted.
 */
export class Listener<A extends Address = Address> {
  readonly address: A;
  readonly #native: NativeListener;
  readonly #options: OptionAccess;
  readonly #mailbox = new Mailbox<Stream>({ weigh: () => 1, discard: (stream) => void stream.abort() });
  /** Those that were accepted by the kernel and are not over. */
  readonly #open: ReadonlySet<Stream>;
  readonly #closed: Promise<void>;
  #settleClosed!: () => void;
  #closing: Promise<void> | undefined;

  static {
    enqueue = (listener, stream) => listener.#add(stream);
  }

  /** @internal */
  constructor(native: NativeListener, adapter: Adapter, open: ReadonlySet<Stream>) {
    this.#native = native;
    this.#open = open;
    this.address = Object.freeze({ ...native.local }) as A;
    this.#closed = new Promise((resolve) => {
      this.#settleClosed = resolve;
    });
    const { local } = native;
    this.#options = new OptionAccess({
      adapter,
      native: undefined,
      transport: local.family === "unix" ? "unix" : "tcp",
      family: local.family,
      address: () => formatAddress(local),
      connection: false,
      identity: () => ({ type: "stream", local, remote: undefined, descriptor: native.descriptor?.() }),
      assertOpen: (operation) => {
        if (this.#closing !== undefined) throw this.#failure("EBADF", operation);
      },
    });
    hold(this);
  }

  /** Resolves when the listener is closed. */
  get closed(): Promise<void> {
    return this.#closed;
  }

  /**
   * The next connection. Several calls may wait; each gets a connection of its own, in order of the calls.
   *
   * Errors: `ECANCELED` if the listener is closed while the call waits, `EBADF` afterwards.
   * Cancellation: no connection is lost. Source: POSIX accept().
   */
  accept(options?: WaitOptions): Promise<Connection<A>> {
    try {
      options = ownWait("accept", options);
    } catch (error) {
      return Promise.reject(error);
    }
    return options === undefined ? this.#next() : quiet(this.#acceptInTime(options));
  }

  /**
   * Stops listening and releases the port or removes the path. Connections that wait for `accept()` are reset, accepted
   * ones are left alone. Idempotent.
   */
  close(): Promise<void> {
    this.#closing ??= quiet(this.#close());
    return this.#closing;
  }

  /**
   * Stops listening, waits at most `graceful` milliseconds until the accepted connections are over, and resets those that
   * are not. The program has to end them; this only waits.
   */
  async shutdown(options: { readonly graceful: number }): Promise<void> {
    checkKeys("options of shutdown", options, ["graceful"]);
    const graceful = checkMilliseconds("graceful", options.graceful);
    await this.close();
    const over = Promise.all([...this.#open].map((stream) => stream.closed.catch(() => {})));
    let deadline: Deadline | undefined;
    try {
      deadline = Deadline.start("close", { timeout: graceful });
      await (deadline === undefined ? over : deadline.race(over));
    } catch {
      await Promise.all([...this.#open].map((stream) => stream.abort()));
    } finally {
      deadline?.end();
    }
  }

  /**
   * Sets a socket option of the listening socket, which connections that are accepted later inherit; needs
   * `omnisock/libc`. Otherwise as `setOption()` of a connection.
   */
  setOption<Name extends keyof ListenerSocketOptions>(
    name: Name,
    value: NonNullable<ListenerSocketOptions[Name]>,
  ): void {
    this.#options.set(name, value);
  }

  /** The value that the kernel has for the listening socket; needs `omnisock/libc`. */
  getOption<Name extends StreamOption>(name: Name): SocketOptionValues[Name] {
    return this.#options.get(name);
  }

  /** As `rawOption()` of a connection, for the listening socket. */
  rawOption(level: number, name: number, value: Uint8Array): void;
  rawOption(level: number, name: number, length: number): Uint8Array;
  rawOption(level: number, name: number, value: Uint8Array | number): Uint8Array | void {
    return this.#options.raw({ level, name }, value);
  }

  /** Lets the open listener keep the process alive, as it does by default. */
  ref(): this {
    if (this.#closing === undefined) {
      hold(this);
      this.#native.ref();
    }
    return this;
  }

  /** Lets the process end although the listener is open. */
  unref(): this {
    release(this);
    if (this.#closing === undefined) this.#native.unref();
    return this;
  }

  /** Connections until the listener is closed. Leaving the loop early leaves the listener open. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Connection<A>, void, void> {
    while (this.#closing === undefined) {
      let connection: Connection<A>;
      try {
        connection = await this.#next();
      } catch {
        return;
      }
      yield connection;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #acceptInTime(options: WaitOptions): Promise<Connection<A>> {
    const deadline = Deadline.start("accept", options, formatAddress(this.address));
    try {
      return await this.#next(deadline);
    } finally {
      deadline?.end();
    }
  }

  /** The next connection, from now on read. */
  #next(deadline?: Deadline): Promise<Connection<A>> {
    if (this.#closing !== undefined) return quiet(Promise.reject(this.#failure("EBADF")));
    const queued = this.#mailbox.take();
    if (queued === undefined) {
      const next = this.#mailbox.next(deadline).then(connectionOf<A>, (error: unknown) => {
        quiet(next);
        throw error;
      });
      return next;
    }
    if (this.#mailbox.weight < queueLimit) this.#native.resume?.();
    return Promise.resolve(connectionOf<A>(queued));
  }

  #add(stream: Stream): void {
    if (this.#closing !== undefined) {
      void stream.abort();
      return;
    }
    this.#mailbox.put(stream);
    if (this.#mailbox.weight >= queueLimit) this.#native.pause?.();
  }

  async #close(): Promise<void> {
    const released = this.#native.close();
    const queued = this.#mailbox.close(this.#failure("ECANCELED"));
    await Promise.all([released.catch(() => {}), ...queued.map((stream) => stream.abort())]);
    release(this);
    this.#settleClosed();
  }

  #failure(code: "EBADF" | "ECANCELED", operation: Operation = "accept"): SocketError {
    return new SocketError(code, operation, { address: formatAddress(this.address) });
  }
}

function connectionOf<A extends Address>(stream: Stream): Connection<A> {
  stream.resume();
  return new Connection<A>(stream);
}
