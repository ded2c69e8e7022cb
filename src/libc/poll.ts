/** poll(2). */
import { library } from "#libc";
import { checkInteger, describe } from "../core/arguments.ts";
import { checkInt } from "./arguments.ts";
import { memory } from "./calls.ts";
import { succeeded } from "./sockets.ts";

/** `struct pollfd`. */
export interface PollDescriptor {
  /** A negative one is left out. */
  fd: number;
  /** What is waited for: `POLLIN`, `POLLOUT` and so on. */
  events: number;
  /** What came; written by `poll()`. */
  revents?: number;
}

/**
 * Waits until one of the descriptors is ready, writes `revents` of each and returns how many are. `timeout` is milliseconds:
 * 0 only looks, -1 waits for ever. The thread stands still meanwhile, and with it everything else of the program.
 */
export function poll(fds: readonly PollDescriptor[], timeout: number): number {
  if (!Array.isArray(fds)) throw new TypeError(`fds must be an array, not ${describe(fds)}`);
  checkInteger("timeout", timeout, -1, 0x7fff_ffff);
  const entries = Array.from(fds);
  const bytes = memory(Math.max(entries.length, 1) * 8);
  const view = new DataView(bytes.buffer);
  for (const [index, one] of entries.entries()) {
    view.setInt32(index * 8, checkInt("fd", one.fd), true);
    view.setInt16(index * 8 + 4, checkInteger("events", one.events, 0, 0x7fff), true);
  }
  const ready = succeeded("poll", library.calls.poll(bytes, entries.length, timeout));
  for (const [index, one] of entries.entries()) one.revents = view.getInt16(index * 8 + 6, true);
  return ready;
}
