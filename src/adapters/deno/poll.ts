/** The wait for a look at the kernel. */
import { setImmediate } from "node:timers";

/**
 * Turns of the event loop after which Deno has asked the kernel what arrived. A turn is a task of Tokio, which asks when it has
 * nothing to do, and after 61 tasks at the latest (`event_interval`); one turn more gives what was found to its stream.
 */
const turns = 64;

/** Resolves when what had arrived before the call has been read. An immediate takes a turn and no time. */
export async function polled(): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await new Promise<void>((resolve) => setImmediate(() => resolve()));
}
