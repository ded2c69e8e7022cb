/** A stream socket of the memory network as a native stream. */
import type { NativeStream, StreamSink } from "../../core/adapter.ts";
import type { Address } from "../../core/address.ts";
import type { StreamSocket } from "./network/stream-socket.ts";
import { later, turn } from "./network/turn.ts";

/** Bytes given to the sink in one turn. */
const chunkSize = 65_536;

/** A write of which the network has not taken everything. */
interface PendingWrite {
  rest: Uint8Array;
  /** What `rest` is long, unless its buffer was detached or resized meanwhile. */
  length: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export class MemoryStream implements NativeStream {
  readonly local: Address;
  readonly remote: Address;
  readonly #socket: StreamSocket;
  #sink: StreamSink | undefined;
  #wanted = false;
  #scheduled = false;
  #ended = false;
  #pending: PendingWrite | undefined;

  constructor(socket: StreamSocket) {
    this.#socket = socket;
    // Both ends of a connection have the same addresses.
    this.local = { ...socket.local };
    this.remote = { ...socket.remote };
    socket.wake.set(() => this.#onWake());
  }

  attach(sink: StreamSink): void {
    this.#sink = sink;
  }

  resume(): void {
    this.#wanted = true;
    this.#schedule();
  }

  write(bytes: Uint8Array): void | Promise<void> {
    const sent = this.#socket.send(bytes);
    if (sent === bytes.byteLength) return;
    return new Promise((resolve, reject) => {
      this.#pending = { rest: bytes.subarray(sent), length: bytes.byteLength - sent, resolve, reject };
    });
  }

  async shutdown(): Promise<void> {
    this.#socket.shutdownWrite();
    await turn();
    let arrived = this.#sink === undefined ? 0 : this.#socket.readable;
    while (arrived > 0 && this.#wanted) {
      const count = this.#read(Math.min(arrived, chunkSize));
      if (count === 0) return;
      arrived -= count;
    }
  }

  async close(): Promise<void> {
    this.#sink = undefined;
    this.#socket.close();
  }

  async reset(): Promise<void> {
    this.#sink = undefined;
    this.#socket.reset();
  }

  /** The network has neither delays nor dead peers: TCP_NODELAY and SO_KEEPALIVE make no difference to it. */
  setOption(): void {}

  /** No handle of the network keeps a process alive. */
  ref(): void {}
  unref(): void {}

  #onWake(): void {
    this.#flush();
    if (this.#wanted) this.#read(chunkSize);
    // A reset after the end is nothing to read.
    const { failure } = this.#socket;
    if (this.#ended && failure !== undefined) this.#fail(failure);
  }

  #flush(): void {
    const pending = this.#pending;
    if (pending === undefined) return;
    try {
      // Bytes that are gone leave a hole in the stream, with which nobody can go on.
      if (pending.rest.byteLength !== pending.length) this.#socket.abort();
      const sent = this.#socket.send(pending.rest);
      pending.rest = pending.rest.subarray(sent);
      pending.length -= sent;
      if (pending.length > 0) return;
      pending.resolve();
    } catch (error) {
      pending.reject(error);
    }
    this.#pending = undefined;
  }

  #schedule(): void {
    if (this.#scheduled || this.#ended) return;
    this.#scheduled = true;
    later(() => {
      this.#scheduled = false;
      if (this.#wanted) this.#read(chunkSize);
    });
  }

  /** Gives the sink what comes next; returns the number of bytes. */
  #read(most: number): number {
    const sink = this.#sink;
    if (sink === undefined || this.#ended) return 0;
    let bytes: Uint8Array | null | undefined;
    try {
      bytes = this.#socket.receive(most);
    } catch (error) {
      this.#fail(error);
      return 0;
    }
    if (bytes === undefined) return 0;
    if (bytes === null) {
      this.#ended = true;
      sink.end();
      return 0;
    }
    this.#wanted = sink.data(bytes);
    if (this.#wanted) this.#schedule();
    return bytes.byteLength;
  }

  #fail(error: unknown): void {
    const sink = this.#sink;
    this.#ended = true;
    this.#sink = undefined;
    sink?.fail(error);
  }
}
