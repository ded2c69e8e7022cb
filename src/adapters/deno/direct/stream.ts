/** A connection of `Deno.connect` or `Deno.listen` as a native stream: one read under way, and only while core wants bytes. */
import type { NativeStream, SettableOption, StreamSink } from "../../../core/adapter.ts";
import type { Address } from "../../../core/address.ts";
import type { SocketOptionValues } from "../../../core/socket-options.ts";
import { codeOf, Fault, type NativeConn } from "../native.ts";
import { polled } from "../poll.ts";
import { hasImmediates } from "../version.ts";

/** Bytes for which the first read has room, so that an idle connection holds little; a read that fills it makes it grow. */
const smallestRead = 4_096;
const largestRead = 65_536;

/** Bytes of a write that are given to Deno at once. */
const largestWrite = 65_536;

export class DirectStream implements NativeStream {
  readonly local: Address;
  readonly remote: Address;
  readonly #conn: NativeConn;
  #sink: StreamSink | undefined;
  #size = smallestRead;
  #wanted = false;
  #ended = false;
  #closing = false;
  /** The loop that reads, while it runs. */
  #reading: Promise<void> | undefined;
  /** What broke the connection: the kernel says it once, to a read or to a write; after that reading ends as if in order. */
  #broken: { readonly error: unknown } | undefined;

  constructor(conn: NativeConn, { local, remote }: { readonly local: Address; readonly remote: Address }) {
    this.#conn = conn;
    this.local = local;
    this.remote = remote;
  }

  attach(sink: StreamSink): void {
    this.#sink = sink;
  }

  resume(): void {
    if (this.#ended || this.#closing) return;
    this.#wanted = true;
    this.#reading ??= this.#read();
  }

  async write(bytes: Uint8Array): Promise<void> {
    const { byteLength } = bytes;
    for (let sent = 0; sent < byteLength;) {
      if (this.#closing) throw new Fault("ECANCELED");
      if (bytes.byteLength !== byteLength) {
        throw new Fault("EINVAL", { detail: "the buffer was detached or resized while its write() was pending" });
      }
      // A copy: Deno before 2.9 goes on with a write that waits after close(), when the bytes may be others.
      const piece = bytes.slice(sent, sent + largestWrite);
      try {
        sent += await this.#conn.write(piece);
      } catch (error) {
        // Where the write found no connection any more, the read under way may have been told more: ECONNRESET.
        if (codeOf(error) !== "ECONNRESET" && this.#reading !== undefined) await turn();
        this.#broken ??= { error };
        throw this.#broken.error;
      }
    }
  }

  async shutdown(): Promise<void> {
    await this.#conn.closeWrite();
    if (this.#reading !== undefined) await turn();
  }

  async close(): Promise<void> {
    if (!this.#closing) {
      this.#closing = true;
      this.#conn.close();
    }
    await this.#reading;
  }

  /** Core offers callers no reset here; of what it aborts itself the peer gets FIN, or RST if bytes are unread. */
  reset(): Promise<void> {
    return this.close();
  }

  setOption<Name extends SettableOption>(name: Name, value: SocketOptionValues[Name]): void {
    if (name === "noDelay") this.#conn.setNoDelay?.(value as boolean);
    else if (name === "keepAlive") this.#conn.setKeepAlive?.(value as boolean);
    else throw new Fault("ENOTSUP", { detail: `Deno.connect() has no call that sets ${name}` });
  }

  ref(): void {
    this.#conn.ref();
  }

  unref(): void {
    this.#conn.unref();
  }

  async #read(): Promise<void> {
    let buffer = new Uint8Array(0);
    while (this.#wanted && !this.#ended && !this.#closing) {
      if (buffer.byteLength !== this.#size) buffer = new Uint8Array(this.#size);
      let count: number | null;
      try {
        count = await this.#conn.read(buffer);
      } catch (error) {
        this.#end({ error });
        break;
      }
      if (count === null) {
        this.#end(this.#broken);
        break;
      }
      let chunk: Uint8Array;
      if (count * 2 < buffer.byteLength) {
        chunk = buffer.slice(0, count);
      } else {
        chunk = buffer.subarray(0, count);
        if (count === buffer.byteLength) this.#size = Math.min(this.#size * 4, largestRead);
        buffer = new Uint8Array(0);
      }
      this.#wanted = false;
      if (this.#sink?.data(chunk)) this.#wanted = true;
    }
    this.#reading = undefined;
  }

  #end(broken: { readonly error: unknown } | undefined): void {
    this.#ended = true;
    if (this.#closing) return;
    if (broken === undefined) return this.#sink?.end();
    this.#broken ??= broken;
    this.#sink?.fail(broken.error);
  }
}

/**
 * Resolves when the event loop has looked for what has arrived. For older versions by timers: one may be served in the very turn
 * in which it is set (2.6; case tcp.close/flushes), one that is set by another most often not.
 */
async function turn(): Promise<void> {
  await new Promise<void>((resolve) => setTimeout(() => setTimeout(resolve, 0), 0));
  if (hasImmediates) await new Promise<void>(polled);
}
