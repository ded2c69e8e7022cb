/** A program that is busy while something happens to its sockets. */
import { performance } from "node:perf_hooks";
import { setImmediate } from "node:timers";

/** Milliseconds within which the effect of a call must be there, however busy the machine is. */
const patience = 5_000;

/**
 * Starts a call, lets it get as far as it gets in this turn of the event loop, and keeps that from turning for `ms`, and then
 * until its effect `isThere`, which has to be found out without a turn.
 */
export async function startThenBlock<T>(
  ms: number,
  call: () => Promise<T>,
  isThere: () => boolean = () => true,
): Promise<{ readonly pending: Promise<T> }> {
  const pending = call();
  pending.catch(() => {});
  // More than enough for a call to reach the system behind its own awaits.
  for (let i = 0; i < 100; i++) await undefined;
  const end = performance.now() + patience;
  do {
    if (performance.now() > end) throw new Error(`the call had no effect for ${patience} ms`);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
  } while (!isThere());
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
