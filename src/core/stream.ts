/** The state of a connected stream: what arrives, what is sent, and how each direction and the whole comes to its end. */
import type { Adapter, NativeStream, StreamSink } from "./adapter.ts";
import { type Address, formatAddress } from "./address.ts";
import { requireFeature } from "./capabilities.ts";
import { Deadline, type WaitOptions } from "./deadline.ts";
import { type Operation, SocketError, wrap } from "./errors.ts";
import { Inbound, type InboundOwner, type Received } from "./inbound.ts";
import type { SocketIdentity } from "./kernel.ts";
import { hold, release } from "./lifetime.ts";
import { OptionAccess, type OptionTarget } from "./option-access.ts";
import type { StreamSettings } from "./options.ts";
import { Outbound, type OutboundOwner } from "./outbound.ts";
import { quiet } from "./quiet.ts";

/** How `shutdown()` closes a direction: as shutdown(2). */
export type ShutdownHow = "read" | "write" | "both";

export class Stream implements StreamSink, InboundOwner, OutboundOwner, OptionTarget {
  readonly native: NativeStream;
  readonly transport: "tcp" | "unix";
  readonly adapter: Adapter;
  readonly #linger: number;
  readonly #inbound: Inbound;
  readonly #outbound: Outbound;
  /** Whom this leaves when it is over. */
  readonly #group: Set<Stream> | undefined;

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
  /** That it is over, and why if it broke. */
  #outcome: { readonly failure: SocketError | undefined } | undefined;
  #closed: Promise<void> | undefined;
  #settleClosed: (() => void) | undefined;
  /** Ends the wait of `close()` for the peer's FIN. */
  #peerEnded: (() => void) | undefined;

  constructor(native: NativeStream, adapter: Adapter, settings: StreamSettings, group?: Set<Stream>) {
    this.native = native;
    this.transport = native.remote.family === "unix" ? "unix" : "tcp";
    this.adapter = adapter;
    this.#linger = settings.linger;
    this.#inbound = new Inbound(settings.highWaterMark, this);
    this.#outbound = new Outbound(settings.cork, this);
    this.#group = group;
    group?.add(this);
    hold(this);
  }

  /** Bytes that reads have got. */
  get received(): number {
    return this.#inbound.taken;
  }

  /** Bytes that the kernel has taken. */
  get sent(): number {
    return this.#outbound.written;
  }

  /** Settles when it is over, with the error that broke it. */
  get closed(): Promise<void> {
    this.#closed ??= quiet(
      new Promise((resolve, reject) => {
        this.#settleClosed = () => {
          const failure = this.#outcome?.failure;
          if (failure === undefined) resolve();
          else reject(failure);
        };
        if (this.#outcome !== undefined) this.#settleClosed();
      }),
    );
    return this.#closed;
  }

  get family(): Address["family"] {
    return this.native.local.family;
  }

  get connection(): true {
    return true;
  }

  /** Socket options; made anew each time, since most streams are never asked. */
  get options(): OptionAccess {
    return new OptionAccess(this);
  }

  /** A whole chunk, or the number of bytes filled into `into`, or `null` at EOF. */
  receive(into: Uint8Array | undefined, options: WaitOptions | undefined): Promise<Received> {
    let deadline: Deadline | undefined;
    try {
      if (options !== undefined) deadline = Deadline.start("read", options, this.address());
      this.assertReadable(false);
      if (this.#inbound.awaited) throw this.#error("EBUSY", "read");
      return this.#inbound.receive(into, deadline);
    } catch (error) {
      deadline?.end();
      return quiet(Promise.reject(error));
    }
  }

  send(bytes: Uint8Array, options: WaitOptions | undefined): Promise<void> {
    if (options !== undefined) return quiet(this.#sendInTime(bytes, options));
    try {
      this.#assertWritable();
      return bytes.byteLength === 0 ? Promise.resolve() : this.#outbound.add(bytes);
    } catch (error) {
      return quiet(Promise.reject(error));
    }
  }

  async shutdown(how: ShutdownHow, options: WaitOptions | undefined): Promise<void> {
    const deadline = Deadline.start("shutdown", options, this.address());
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

  close(options: WaitOptions | undefined): Promise<void> {
    this.#closing ??= quiet(this.#close(options));
    return this.#closing;
  }

  /** `reset()`, refused where the runtime can send no RST. */
  reset(): Promise<void> {
    if (this.transport === "tcp") {
      try {
        requireFeature(this.adapter, "tcp.reset", "close");
      } catch (error) {
        return quiet(Promise.reject(error));
      }
    }
    return this.abort();
  }

  /** Gives it up: RST where the runtime can send it, else close. */
  abort(): Promise<void> {
    return quiet(this.#reset());
  }

  ref(): void {
    if (this.#released !== undefined) return;
    hold(this);
    this.native.ref();
  }

  unref(): void {
    release(this);
    if (this.#released === undefined) this.native.unref();
  }

  data(bytes: Uint8Array): boolean {
    return this.#inbound.push(bytes);
  }

  end(): void {
    if (this.#writeFailure !== undefined) return this.fail(this.#writeFailure.error);
    this.#inbound.finish("eof");
    this.#releaseIfOver();
  }

  fail(error: unknown): void {
    if (this.#failure !== undefined || this.#released !== undefined) return;
    this.#failure = { error };
    const inOrder = this.#given === "close" && this.#finSent;
    this.#settle(this.native.close(), inOrder ? undefined : this.#wrap(error, "read"));
    this.#inbound.finish("failure");
    this.#outbound.fail(this.#wrap(error, "write"));
  }

  /** Starts reading, or goes on; until the first call what arrives stays in the kernel. */
  resume(): void {
    if (this.#released === undefined) this.native.resume();
  }

  identity(): SocketIdentity {
    const { local, remote } = this.native;
    return { type: "stream", local, remote, descriptor: this.native.descriptor?.() };
  }

  /** Of the peer, for messages. */
  address(): string {
    return formatAddress(this.native.remote);
  }

  /** Throws if options can neither be set nor read any more. */
  assertOpen(operation: "getOption" | "setOption"): void {
    if (this.#given !== undefined || this.#released !== undefined) throw this.#stateError(operation);
  }

  assertReadable(waiting: boolean): void {
    if (this.#given === undefined) return;
    throw waiting && this.#given === "close" ? this.#error("ECANCELED", "read") : this.#stateError("read");
  }

  readFailure(): SocketError {
    return this.#wrap(this.#failure?.error, "read");
  }

  changed(): void {
    if (this.#inbound.ending !== undefined) this.#peerEnded?.();
  }

  write(bytes: Uint8Array): void | Promise<void> {
    return this.native.write(bytes);
  }

  /** What had arrived is still to be read; the connection counts as broken when reading comes to its end. */
  writeFailed(error: unknown): void {
    if (this.#inbound.ending !== undefined || this.#given !== undefined) return this.fail(error);
    this.#writeFailure = { error };
    this.#outbound.fail(this.#wrap(error, "write"));
  }

  /** Throws what a write fails with that is not even queued. */
  #assertWritable(): void {
    if (this.#given !== undefined) throw this.#stateError("write");
    const failure = this.#failure ?? this.#writeFailure;
    if (failure !== undefined) throw this.#wrap(failure.error, "write");
    if (this.#fin !== undefined) throw this.#error("EPIPE", "write");
  }

  async #sendInTime(bytes: Uint8Array, options: WaitOptions): Promise<void> {
    const deadline = Deadline.start("write", options, this.address());
    try {
      this.#assertWritable();
      if (bytes.byteLength === 0) return;
      if (deadline === undefined) return await this.#outbound.add(bytes);
      const entry = this.#outbound.addAlone(bytes);
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

  #sendFin(): Promise<void> {
    return this.#outbound.idle ? this.#shutDown() : this.#outbound.drained().then(() => this.#shutDown());
  }

  async #shutDown(): Promise<void> {
    const failure = this.#failure ?? this.#writeFailure;
    if (failure !== undefined) throw this.#wrap(failure.error, "shutdown");
    if (this.#released !== undefined) {
      throw this.#given === "close" ? this.#error("ECANCELED", "shutdown") : this.#stateError("shutdown");
    }
    try {
      await this.native.shutdown();
    } catch (error) {
      if (this.#failure === undefined) throw this.#wrap(error, "shutdown");
    }
    this.#finSent = true;
    this.#releaseIfOver();
  }

  /** Flush, FIN, and the wait for the peer's FIN if anything was discarded unread. */
  async #close(options: WaitOptions | undefined): Promise<void> {
    const broken = this.#failure !== undefined || this.#writeFailure !== undefined;
    let deadline: Deadline | undefined;
    try {
      this.#given ??= "close";
      this.#inbound.discard();
      if (this.#released !== undefined) return await this.#released;
      this.#outbound.flush();
      // Most have nothing left to wait for, and need no clock.
      const prompt = options === undefined && this.#linger > 0 && this.#outbound.idle;
      if (!prompt) deadline = this.#startClosing(options);
      this.#fin ??= quiet(this.#sendFin());
      await inTime(deadline, this.#fin);
      if (this.#inbound.discarded && this.#inbound.ending === undefined) {
        deadline ??= this.#startClosing(options);
        await inTime(deadline, this.#peerEnd());
      }
      await this.#release();
    } catch (error) {
      if (this.#released === undefined) await this.#reset();
      else await this.#released;
      if (!broken) throw error;
    } finally {
      deadline?.end();
    }
  }

  #startClosing(options: WaitOptions | undefined): Deadline | undefined {
    return Deadline.start("close", { timeout: this.#linger, ...options }, this.address());
  }

  #peerEnd(): Promise<void> {
    return new Promise((resolve) => {
      this.#peerEnded = resolve;
    });
  }

  async #reset(): Promise<void> {
    if (this.#given === undefined) this.#given = "reset";
    if (this.#released !== undefined) return this.#released;
    const released = this.native.reset();
    this.#settle(released);
    this.#inbound.finish("failure");
    this.#inbound.discard();
    this.#outbound.fail(this.#error(this.#given === "close" ? "ECANCELED" : "ECONNRESET", "write"));
    return this.#released;
  }

  #releaseIfOver(): void {
    if (this.#finSent && this.#inbound.ending === "eof" && this.#released === undefined) void this.#release();
  }

  #release(): Promise<void> {
    this.#released ?? this.#settle(this.native.close());
    return this.#released ?? Promise.resolve();
  }

  /** Marks the descriptor as being released, and the stream as over when it is. */
  #settle(releasing: Promise<void>, failure?: SocketError): void {
    const over = (): void => {
      release(this);
      this.#group?.delete(this);
      this.#outcome = { failure };
      this.#settleClosed?.();
    };
    this.#released = releasing.then(over, over);
  }

  #error(code: SocketError["code"], operation: Operation): SocketError {
    return new SocketError(code, operation, { address: this.address() });
  }

  #stateError(operation: Operation): SocketError {
    if (this.#given === undefined && this.#failure !== undefined) return this.#wrap(this.#failure.error, operation);
    return this.#error(this.#given === "reset" ? "ECONNRESET" : "EBADF", operation);
  }

  #wrap(error: unknown, operation: Operation): SocketError {
    return wrap(error, operation, { address: this.address(), translate: (native) => this.adapter.translate(native) });
  }
}

function inTime(deadline: Deadline | undefined, end: Promise<void>): Promise<void> {
  return deadline === undefined ? end : deadline.race(end);
}
