/**
 * Bun: the selector as a socket, once per sleep.
 *
 * Bun tells of no descriptor that it can be read, and has no call of a foreign function that leaves the thread alone. But
 * `Bun.connect()` takes a descriptor, which the event loop then polls: when the selector can be read, receiving from it fails
 * with ENOTSOCK, which changes nothing in it, and the socket is closed (Bun 1.3 and 1.4; case unix.dgram/roundtrip). So it gets
 * a copy, and another one for the next sleep.
 */
import { setTimeout } from "node:timers";
import type { Calls, Watch } from "../calls.ts";
import { F_DUPFD_CLOEXEC } from "../constants.ts";
import { Vigil } from "./vigil.ts";

/** Milliseconds: a sleep and a wake cost 5 microseconds, less than what looking in vain takes from whoever is to send. */
const patience = 0;

/** Milliseconds between looks while there is no descriptor to sleep with. */
const retry = 10;

/** The few members of `Bun` that are used here. */
interface BunNative {
  connect(options: {
    readonly fd: number;
    readonly socket: { data(): void; close(): void };
  }): Promise<BunSocket>;
}

interface BunSocket {
  ref(): void;
  unref(): void;
  terminate(): void;
}

const { Bun: bun } = globalThis as unknown as { readonly Bun: BunNative };

export class BunWatch implements Watch {
  readonly #calls: Calls;
  readonly #selector: number;
  readonly #vigil: Vigil;
  #socket: BunSocket | undefined;
  #held = false;
  #ended = false;

  constructor(calls: Calls, { selector, look }: { readonly selector: number; readonly look: () => boolean }) {
    this.#calls = calls;
    this.#selector = selector;
    this.#vigil = new Vigil(look, { patience, sleep: () => this.#sleep() });
    this.#sleep();
  }

  hold(held: boolean): void {
    this.#held = held;
    this.#vigil.hold(held);
    if (held) this.#socket?.ref();
    else this.#socket?.unref();
  }

  end(): void {
    this.#ended = true;
    this.#vigil.end();
    this.#socket?.terminate();
  }

  #sleep(): void {
    const fd = this.#calls.fcntl(this.#selector, F_DUPFD_CLOEXEC, 0);
    if (fd < 0) return this.#sleepByTimer();
    let closed = false;
    const connected = bun.connect({
      fd,
      socket: {
        data: () => {},
        close: () => {
          closed = true;
          this.#socket = undefined;
          if (!this.#ended) this.#vigil.start();
        },
      },
    });
    // Not in `open`: one that was unref()-ed there keeps the process alive once it is closed (Bun 1.3).
    const onOpen = (socket: BunSocket): void => {
      if (closed) return;
      if (this.#ended) return socket.terminate();
      this.#socket = socket;
      if (!this.#held) socket.unref();
    };
    connected.then(onOpen, () => this.#ended || this.#sleepByTimer());
  }

  /** There is no descriptor left for it. */
  #sleepByTimer(): void {
    const timer = setTimeout(() => this.#ended || this.#vigil.start(), retry);
    if (!this.#held) timer.unref();
  }
}
