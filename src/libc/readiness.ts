/** Who waits until a descriptor can be read or written, without blocking the event loop. */
import { library } from "#libc";
import type { Watch } from "./calls.ts";
import { type Interest, openSelector, type Ready, type Selector } from "./selector/selector.ts";

/** What to do when a descriptor is ready. Told again in the next turn of the event loop if it still is. */
export interface Handlers {
  /** There may be something to read; `failed` says that there is an error. */
  read?(failed: boolean): void;
  write?(): void;
}

export type Direction = keyof Interest;

const nothing: Interest = { read: false, write: false };

let round: Round | undefined;

/** Watches `fd` for what is armed, `first` in the beginning. It must be open until the watch has ended. */
export function watch(fd: number, first: Direction, handlers: Handlers): Watcher {
  if (round === undefined || round.over) round = new Round();
  const watcher = round.add(fd, handlers);
  try {
    watcher.arm(first);
  } catch (error) {
    void watcher.end();
    throw error;
  }
  return watcher;
}

/** From the first descriptor that is watched until there is none; it has descriptors of its own. */
class Round {
  over = false;
  readonly #selector: Selector;
  readonly #watch: Watch;
  readonly #watchers = new Map<number, Watcher>();
  #lastId = 0;
  #held = 0;

  constructor() {
    this.#selector = openSelector(library.calls);
    try {
      this.#watch = library.watch(this.#selector.fd, () => this.#look());
    } catch (error) {
      this.#selector.close();
      throw error;
    }
  }

  add(fd: number, handlers: Handlers): Watcher {
    const id = ++this.#lastId;
    const watcher = new Watcher(handlers, {
      change: (from, to) => this.#selector.change(fd, { id, from, to }),
      hold: (held) => this.#hold(held ? 1 : -1),
      end: () => this.#remove(id),
    });
    this.#watchers.set(id, watcher);
    return watcher;
  }

  #hold(change: 1 | -1): void {
    const before = this.#held;
    this.#held += change;
    if (before === 0 || this.#held === 0) this.#watch.hold(this.#held > 0);
  }

  #remove(id: number): void | Promise<void> {
    if (!this.#watchers.delete(id) || this.#watchers.size > 0) return;
    this.over = true;
    const ended = this.#watch.end();
    if (ended === undefined) this.#selector.close();
    else return ended.then(() => this.#selector.close());
  }

  #look(): boolean {
    if (this.over) return false;
    const ready = this.#selector.ready();
    // One that another's handler ends is found no more.
    for (const one of ready) this.#watchers.get(one.id)?.tell(one);
    return ready.length > 0;
  }
}

interface Means {
  change(from: Interest, to: Interest): void;
  hold(held: boolean): void;
  end(): void | Promise<void>;
}

/** One watched descriptor. */
export class Watcher {
  readonly #handlers: Handlers;
  readonly #means: Means;
  #armed: Interest = nothing;
  #held = false;
  #over = false;

  /** @internal */
  constructor(handlers: Handlers, means: Means) {
    this.#handlers = handlers;
    this.#means = means;
  }

  arm(direction: Direction): void {
    this.#change({ ...this.#armed, [direction]: true });
  }

  disarm(direction: Direction): void {
    this.#change({ ...this.#armed, [direction]: false });
  }

  /** Keeps the process alive until `unref()` or `end()`. */
  ref(): void {
    this.#hold(true);
  }

  unref(): void {
    this.#hold(false);
  }

  /** Nothing is called from here on, and the descriptor may be closed at once. The promise is for what this watching took itself. */
  end(): void | Promise<void> {
    if (this.#over) return;
    this.disarm("read");
    this.disarm("write");
    this.#hold(false);
    this.#over = true;
    return this.#means.end();
  }

  /** @internal */
  tell({ read, write, failed }: Ready): void {
    if (read && this.#armed.read) this.#handlers.read?.(failed);
    if (write && this.#armed.write) this.#handlers.write?.();
  }

  #change(to: Interest): void {
    if (this.#over || (to.read === this.#armed.read && to.write === this.#armed.write)) return;
    this.#means.change(this.#armed, to);
    this.#armed = to;
  }

  #hold(held: boolean): void {
    if (this.#over || held === this.#held) return;
    this.#held = held;
    this.#means.hold(held);
  }
}
