/**
 * The one place that waits: a poll(2) over every descriptor that an operation waits for.
 *
 * Operations are async functions. Between two polls the event loop of the runtime gets one turn, so that every
 * operation that was woken has gone on and waits again, or is over.
 */
import { libc, memory } from "./libc.js";
import { E, must, SystemError } from "./linux.js";

interface Wait {
  readonly descriptor: number;
  readonly events: number;
  /** Milliseconds of `performance.now()`, or Infinity. */
  readonly deadline: number;
  readonly resolve: (ready: boolean) => void;
  readonly reject: (error: Error) => void;
}

export class Loop {
  #waits: Wait[] = [];
  #bytes: Uint8Array = memory(8 * 64);

  /** Resolves true once one of the poll `events`, an error or a hang-up is there, false after `ms` without. */
  ready(descriptor: number, events: number, ms: number = Infinity): Promise<boolean> {
    return new Promise((resolve, reject) => {
      this.#waits.push({ descriptor, events, deadline: performance.now() + ms, resolve, reject });
    });
  }

  /** Resolves after `ms`. */
  async pause(ms: number): Promise<void> {
    await this.ready(-1, 0, ms);
  }

  /** Rejects with EBADF whatever waits for this descriptor. */
  cancel(descriptor: number): void {
    const cancelled = this.#waits.filter((wait) => wait.descriptor === descriptor);
    this.#waits = this.#waits.filter((wait) => wait.descriptor !== descriptor);
    for (const wait of cancelled) wait.reject(new SystemError(E.EBADF, "closed while waiting"));
  }

  /** Runs until the process ends. */
  async run(): Promise<never> {
    for (;;) {
      await new Promise((resolve) => setImmediate(resolve));
      this.#poll();
    }
  }

  #poll(): void {
    const waits = this.#waits;
    if (this.#bytes.length < 8 * waits.length) this.#bytes = memory(16 * waits.length);
    const view = new DataView(this.#bytes.buffer);
    let deadline = Infinity;
    waits.forEach((wait, i) => {
      view.setInt32(8 * i, wait.descriptor, true);
      view.setInt32(8 * i + 4, wait.events, true);
      deadline = Math.min(deadline, wait.deadline);
    });
    const timeout = deadline === Infinity ? -1 : Math.max(0, Math.ceil(deadline - performance.now()));
    const count = libc.poll(this.#bytes, waits.length, timeout);
    if (count === -E.EINTR) return;
    must(count, "poll");
    const now = performance.now();
    this.#waits = waits.filter((wait, i) => {
      const ready = view.getInt16(8 * i + 6, true) !== 0;
      if (!ready && wait.deadline > now) return true;
      wait.resolve(ready);
      return false;
    });
  }
}
