/** Tasks a few at a time. */

/** Cases mostly wait: three subjects at once leave half of two cores idle, and stay under 1 GiB together. */
const parallel = 3;

/** The results in the order of the tasks. */
export async function inParallel<Task, Result>(
  tasks: readonly Task[],
  run: (task: Task) => Promise<Result>,
  atOnce: number = parallel,
): Promise<Result[]> {
  const results: Result[] = [];
  let next = 0;
  async function work(): Promise<void> {
    for (let i = next++; i < tasks.length; i = next++) results[i] = await run(tasks[i] as Task);
  }
  await Promise.all(Array.from({ length: atOnce }, work));
  return results;
}
