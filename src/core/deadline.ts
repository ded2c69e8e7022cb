/** The `signal` and `timeout` of a waiting call. */
import { checkKeys, checkMilliseconds, describe, ownMembers } from "./arguments.ts";
import { type Operation, SocketError } from "./errors.ts";

export interface WaitOptions {
  /** Rejects the call with `signal.reason`; one that is aborted already wins even when the call could succeed at once. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds until the call rejects with `ETIMEDOUT`; zero fails at once, `Infinity` (default) never. */
  readonly timeout?: number | undefined;
}

/** Names of `WaitOptions`, for checks of option objects that extend it. */
export const waitKeys: readonly string[] = ["signal", "timeout"];

/** Checks the types of `signal` and `timeout`. */
export function checkWait(options: WaitOptions): void {
  const { signal, timeout } = options;
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw new TypeError(`signal must be an AbortSignal, not ${describe(signal)}`);
  }
  if (timeout !== undefined) checkMilliseconds("timeout", timeout);
}

/** Checks an option object that has no other members, and gives its own members. */
export function ownWait(operation: Operation, options: WaitOptions | undefined): WaitOptions | undefined {
  if (options === undefined) return undefined;
  const own = ownMembers(options);
  checkKeys(`options of ${operation}`, own, waitKeys);
  checkWait(own);
  return own;
}

/** Timers take at most this many milliseconds (24.8 days) and fire at once beyond. */
export const longestTimeout: number = 2 ** 31 - 1;

export class Deadline {
  readonly #signal: AbortSignal | undefined;
  readonly #expired: Promise<never>;
  #expire!: (reason: unknown) => void;
  #over = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Starts the clock of one call; `undefined` if nothing can end it early. Throws if it is over already. */
  static start(operation: Operation, options: WaitOptions | undefined, address?: string): Deadline | undefined {
    if (options === undefined) return undefined;
    const { signal, timeout = Infinity } = options;
    signal?.throwIfAborted();
    if (timeout === 0) throw new SocketError("ETIMEDOUT", operation, { address });
    return signal === undefined && timeout === Infinity ? undefined : new Deadline(operation, signal, timeout, address);
  }

  private constructor(
    operation: Operation,
    signal: AbortSignal | undefined,
    timeout: number,
    address: string | undefined,
  ) {
    this.#expired = new Promise<never>((_, reject) => {
      this.#expire = (reason) => {
        this.#over = true;
        reject(reason);
      };
    });
    this.#expired.catch(() => {});
    this.#signal = signal;
    signal?.addEventListener("abort", this.#onAbort);
    if (timeout !== Infinity) {
      const expire = (): void => this.#expire(new SocketError("ETIMEDOUT", operation, { address }));
      this.#timer = setTimeout(expire, Math.min(timeout, longestTimeout));
    }
  }

  readonly #onAbort = (): void => this.#expire(this.#signal?.reason);

  /** Whether the call's time is over, from that very moment: nothing may be consumed for it any more. */
  get over(): boolean {
    return this.#over;
  }

  /** Settles as `promise` does, or rejects when the call's time is over. */
  race<T>(promise: Promise<T>): Promise<T> {
    return Promise.race([promise, this.#expired]);
  }

  /** Stops the clock; to be called however the call ends. */
  end(): void {
    clearTimeout(this.#timer);
    this.#signal?.removeEventListener("abort", this.#onAbort);
  }
}
