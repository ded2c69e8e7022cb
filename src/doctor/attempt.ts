/** One thing that is tried, and what came of it. */

export type Outcome =
  | { readonly works: true; readonly value?: string }
  | { readonly works: false; readonly reason: string };

/** Milliseconds that one attempt may take. */
const patience = 2_000;

/** What is to be undone when an attempt is over, last first. */
export class Cleanup {
  readonly #steps: (() => unknown)[] = [];

  add(step: () => unknown): void {
    this.#steps.push(step);
  }

  async run(): Promise<void> {
    for (const step of this.#steps.reverse()) {
      try {
        await step();
      } catch { /* What is being undone may have failed itself. */ }
    }
  }
}

/** Tries something; a result is the value to tell, `false` that it has no effect. Never rejects, and leaves nothing open. */
export async function attempt(action: (cleanup: Cleanup) => Promise<string | boolean>): Promise<Outcome> {
  const cleanup = new Cleanup();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<Outcome>((resolve) => {
    timer = setTimeout(() => resolve({ works: false, reason: `no answer in ${patience} ms` }), patience);
  });
  try {
    return await Promise.race([late, outcome(action(cleanup))]);
  } finally {
    clearTimeout(timer);
    await cleanup.run();
  }
}

async function outcome(result: Promise<string | boolean>): Promise<Outcome> {
  try {
    const value = await result;
    if (value === false) return { works: false, reason: "it has no effect" };
    return value === true ? { works: true } : { works: true, value };
  } catch (error) {
    return { works: false, reason: error instanceof Error ? error.message : String(error) };
  }
}
