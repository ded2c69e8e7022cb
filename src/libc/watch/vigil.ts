/** Looking in every turn of the event loop, where a sleep and a wake cost more than some turns do. */
import { setImmediate } from "node:timers";

export interface VigilOptions {
  /** Milliseconds that it goes on for after something was found: what comes next comes soon. */
  readonly patience: number;
  /** Called when nothing came, and after every look while the process is not held: an immediate would hold it. */
  readonly sleep: () => void;
}

export class Vigil {
  readonly #look: () => boolean;
  readonly #options: VigilOptions;
  #found = 0;
  #held = false;
  #ended = false;

  constructor(look: () => boolean, options: VigilOptions) {
    this.#look = look;
    this.#options = options;
  }

  /** Looks at once. */
  start(): void {
    this.#found = performance.now();
    this.#turn();
  }

  hold(held: boolean): void {
    this.#held = held;
  }

  end(): void {
    this.#ended = true;
  }

  #turn(): void {
    if (this.#ended) return;
    const found = this.#look();
    if (this.#ended) return;
    const { patience, sleep } = this.#options;
    const now = performance.now();
    if (found) this.#found = now;
    if (!this.#held || now - this.#found >= patience) sleep();
    else setImmediate(() => this.#turn());
  }
}
