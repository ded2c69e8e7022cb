/** How a socket of the network tells its user, as poll(2) does, that a call which would have blocked may be made again. */
import { later } from "./turn.ts";

export class Wake {
  #listener: (() => void) | undefined;
  #pending = false;

  /** Sets who is told; nobody if `undefined`. */
  set(listener: (() => void) | undefined): void {
    this.#listener = listener;
  }

  /** Tells it in a later turn, once for all calls until then. */
  raise(): void {
    if (this.#listener === undefined || this.#pending) return;
    this.#pending = true;
    later(() => {
      this.#pending = false;
      this.#listener?.();
    });
  }
}
