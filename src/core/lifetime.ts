/**
 * Keeps the process alive while a socket that is not `unref()`-ed is open.
 *
 * The runtimes differ: an idle connection of Deno, or a paused one of Node, holds nothing. One timer for all sockets makes
 * them equal, since every runtime stays for a timer.
 */
const holders = new Set<object>();
let timer: ReturnType<typeof setInterval> | undefined;

/** The longest interval that timers take; what it does when it fires is nothing. */
const longest = 2 ** 31 - 1;

export function hold(holder: object): void {
  holders.add(holder);
  timer ??= setInterval(() => {}, longest);
}

export function release(holder: object): void {
  if (!holders.delete(holder) || holders.size > 0) return;
  clearInterval(timer);
  timer = undefined;
}
