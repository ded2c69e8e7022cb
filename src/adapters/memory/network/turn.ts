/** Turns of the event loop: whatever the network tells its users comes in a later one, as from a kernel. */

const tasks: (() => void)[] = [];

/** `setImmediate` where it exists, since a timer waits a millisecond. Either keeps the process alive until it has run, and no longer. */
const { setImmediate: schedule = setTimeout } = globalThis as { setImmediate?: (callback: () => void) => unknown };

/** Runs `task` in a later turn, after those that were given before. */
export function later(task: () => void): void {
  if (tasks.push(task) === 1) schedule(run);
}

/** Resolves in a later turn. */
export function turn(): Promise<void> {
  return new Promise(later);
}

/** Runs the tasks that are there, not those that they give. */
function run(): void {
  const count = tasks.length;
  let done = 0;
  try {
    while (done < count) tasks[done++]?.();
  } finally {
    tasks.splice(0, done);
    if (tasks.length > 0) schedule(run);
  }
}
