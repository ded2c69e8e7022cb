/** A program that is busy while something happens to its sockets. */
import { setImmediate } from "node:timers";

/** Starts a call, lets it get as far as it gets in this turn of the event loop, and keeps that from turning for `ms`. */
export async function startThenBlock<T>(ms: number, call: () => Promise<T>): Promise<{ readonly pending: Promise<T> }> {
  const pending = call();
  pending.catch(() => {});
  // More than enough for a call to reach the system behind its own awaits.
  for (let i = 0; i < 100; i++) await undefined;
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
  // Not the promise itself, which would be awaited.
  return { pending };
}

/** Keeps the event loop turning without a rest until the function that it gives is called. */
export function keepTurning(): () => void {
  let going = true;
  const turn = (): void => {
    if (going) setImmediate(turn);
  };
  turn();
  return () => {
    going = false;
  };
}
