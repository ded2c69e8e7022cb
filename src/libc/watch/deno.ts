/**
 * Deno: poll(2) on another thread.
 *
 * Such a call cannot be taken back and keeps the process alive. So it polls a bell too, by which it is ended; and while nothing
 * is to keep the process alive, it is short and a timer that does not either comes between it and the next.
 */
import { setTimeout } from "node:timers";
import { hasImmediates } from "../../adapters/deno/version.ts";
import { type Calls, memory, type Watch } from "../calls.ts";
import { AF_UNIX, F_SETFD, FD_CLOEXEC, POLLIN, SOCK_STREAM } from "../constants.ts";
import { LibcError } from "../error.ts";
import { Vigil } from "./vigil.ts";

/** Milliseconds: about what a sleep and a wake cost. */
const patience = hasImmediates ? 0.1 : 0;

/** Milliseconds that a process whose sockets are all unref()-ed lives on at most. */
const shortSleep = 50;

/** `struct pollfd`. */
const pollSize = 8;

/** poll(2) that leaves the thread alone. */
export type Poll = (descriptors: Uint8Array, count: number, timeout: number) => Promise<number>;

export class DenoWatch implements Watch {
  readonly #calls: Calls;
  readonly #poll: Poll;
  readonly #vigil: Vigil;
  readonly #polled = new DataView(memory(2 * pollSize).buffer);
  readonly #polledBytes = new Uint8Array(this.#polled.buffer);
  /** What is written into the second can be read from the first. */
  readonly #bell: readonly [number, number];
  readonly #stroke = memory(1);
  #held = false;
  #ended = false;
  #rung = false;
  #sleeping: Promise<unknown> | undefined;

  constructor(calls: Calls, options: { readonly poll: Poll; readonly selector: number; readonly look: () => boolean }) {
    this.#calls = calls;
    this.#poll = options.poll;
    this.#bell = openBell(calls);
    this.#vigil = new Vigil(options.look, { patience, sleep: () => void this.#sleep() });
    for (const [i, fd] of [options.selector, this.#bell[0]].entries()) {
      this.#polled.setInt32(i * pollSize, fd, true);
      this.#polled.setInt16(i * pollSize + 4, POLLIN, true);
    }
    void this.#sleep();
  }

  hold(held: boolean): void {
    if (held === this.#held) return;
    this.#held = held;
    this.#vigil.hold(held);
    if (this.#sleeping !== undefined) this.#ring();
  }

  async end(): Promise<void> {
    this.#ended = true;
    this.#vigil.end();
    if (this.#sleeping !== undefined) {
      this.#ring();
      await this.#sleeping;
    }
    for (const fd of this.#bell) this.#calls.close(fd);
  }

  async #sleep(): Promise<void> {
    const sleeping = this.#poll(this.#polledBytes, 2, this.#held ? -1 : shortSleep);
    this.#sleeping = sleeping;
    // A signal makes it -1.
    const count = await sleeping;
    this.#sleeping = undefined;
    if (this.#ended) return;
    if (this.#rung) this.#calls.read(this.#bell[0], this.#stroke, 1);
    this.#rung = false;
    if (!this.#held) setTimeout(() => this.#ended || this.#vigil.start(), 0).unref();
    else if (count > 0 && this.#polled.getInt16(6, true) !== 0) this.#vigil.start();
    else void this.#sleep();
  }

  /** Once per sleep. */
  #ring(): void {
    if (this.#rung) return;
    this.#rung = true;
    this.#calls.write(this.#bell[1], this.#stroke, 1);
  }
}

function openBell(calls: Calls): readonly [number, number] {
  const pair = memory(8);
  const result = calls.socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
  if (result < 0) throw new LibcError(-result, "socketpair");
  const view = new DataView(pair.buffer);
  const bell = [view.getInt32(0, true), view.getInt32(4, true)] as const;
  for (const fd of bell) calls.fcntl(fd, F_SETFD, FD_CLOEXEC);
  return bell;
}
