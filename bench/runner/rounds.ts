/** Rounds: in each of them the subjects of one workload on one platform follow each other, every time in another order. */
import { measure, type Platform, type Sample, subjectsOn } from "./sample.ts";
import type { Bench } from "./bench.ts";
import type { SubjectName } from "./subjects.ts";
import type { Workload } from "./workloads.ts";

export interface Plan {
  readonly workloads: readonly Workload[];
  readonly subjects: readonly SubjectName[];
  readonly rounds: number;
}

export async function runRounds(bench: Bench, plan: Plan, onSample: (sample: Sample) => void): Promise<Sample[]> {
  const samples: Sample[] = [];
  for (let round = 1; round <= plan.rounds; round++) {
    for (const workload of plan.workloads) {
      for (const platform of platformsOf(bench)) {
        const subjects = inOrder(subjectsOn(platform, workload, plan.subjects), round);
        for (const [order, subject] of subjects.entries()) {
          const figures = await measure(bench, workload, { platform, subject });
          const sample = { workload: workload.id, platform, subject, round, order, ...figures };
          samples.push(sample);
          onSample(sample);
        }
      }
    }
  }
  return samples;
}

/** The limit is there only where it can be compiled. */
function platformsOf({ runtimes, peer }: Bench): Platform[] {
  return [...runtimes.map(({ name }) => name), ...(peer.kind === "c" ? ["c" as const] : [])];
}

/** Another one begins in each round, and every other round goes backwards. */
function inOrder(subjects: readonly SubjectName[], round: number): SubjectName[] {
  const first = subjects.length === 0 ? 0 : Math.floor((round - 1) / 2) % subjects.length;
  const turned = [...subjects.slice(first), ...subjects.slice(0, first)];
  return round % 2 === 0 ? turned.reverse() : turned;
}
