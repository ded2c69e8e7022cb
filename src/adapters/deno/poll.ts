/** The wait for a look at the kernel. */
import { setImmediate } from "node:timers";

/**
 * Turns of the event loop after which Deno has asked the kernel what arrived. A turn is a task of Tokio, which asks when it has
 * nothing to do, and after 61 tasks at the latest (`event_interval`); one turn more gives what was found to its stream.
 */
const turns = 64;

/** Those who wait, in the order of their last turn: they share the turns, which cost more than anything else of a close. */
const waiting: { readonly last: number; readonly done: () => void }[] = [];
let turn = 0;

/** Calls `done` when what had arrived before is read. An immediate takes a turn and no time. */
export function polled(done: () => void): void {
  if (waiting.push({ last: turn + turns, done }) === 1) setImmediate(next);
}

function next(): void {
  turn++;
  while (waiting[0] !== undefined && waiting[0].last <= turn) waiting.shift()?.done();
  if (waiting.length > 0) setImmediate(next);
}
