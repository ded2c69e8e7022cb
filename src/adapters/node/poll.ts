/** The wait for a look at the kernel, with Node's event loop or one like it. */
let waiting: (() => void)[] = [];

/**
 * Calls `done` when what had arrived before is read. The loop asks the kernel before it serves immediates: between two of them
 * it has asked, in whatever part of a turn the first was set. Those who wait in one turn share them.
 */
export function polled(done: () => void): void {
  if (waiting.push(done) === 1) setImmediate(next);
}

function next(): void {
  const due = waiting;
  waiting = [];
  setImmediate(() => {
    for (const done of due) done();
  });
}
