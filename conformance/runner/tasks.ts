/** Tasks a few at a time. */

/** Two cores are what a small CI machine has; more processes would make every deadline a guess. */
const parallel = 2;

/** The results in the order of the tasks. */
export async function inParallel<Task, Result>(
  tasks: readonly Task[],
  run: (task: Task) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  let next = 0;
  async function work(): Promise<void> {
    for (let i = next++; i < tasks.length; i = next++) results[i] = await run(tasks[i] as Task);
  }
  await Promise.all(Array.from({ length: parallel }, work));
  return results;
}
