/** The samples of several runs as those of one: rounds keep apart, since a ratio is of one round. */
import type { Run } from "../runner/results.ts";
import type { Sample } from "../runner/sample.ts";

const roundsPerRun = 10_000;

export function pool(runs: readonly Run[]): Sample[] {
  return runs.flatMap(({ samples }, index) =>
    samples.map((sample) => ({ ...sample, round: sample.round + index * roundsPerRun }))
  );
}
