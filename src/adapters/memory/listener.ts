/** A listening socket of the memory network as a native listener. */
import type { ListenerSink, NativeListener } from "../../core/adapter.ts";
import type { Address } from "../../core/address.ts";
import type { ListeningSocket } from "./network/listening-socket.ts";
import { MemoryStream } from "./stream.ts";

export class MemoryListener implements NativeListener {
  readonly local: Address;
  readonly #socket: ListeningSocket;
  readonly #sink: ListenerSink;
  #paused = false;
  #closed = false;

  constructor(socket: ListeningSocket, sink: ListenerSink) {
    this.local = socket.local;
    this.#socket = socket;
    this.#sink = sink;
    socket.wake.set(() => this.#accept());
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#socket.wake.raise();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#socket.close();
  }

  ref(): void {}
  unref(): void {}

  /** What is accepted may pause or close the listener. */
  #accept(): void {
    while (!this.#paused && !this.#closed) {
      const accepted = this.#socket.accept();
      if (accepted === undefined) return;
      const stream = new MemoryStream(accepted);
      stream.attach(this.#sink.opened(stream));
    }
  }
}
