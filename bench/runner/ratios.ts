/** Figures of many samples. A ratio is always of two samples of the same round. */
import type { Platform, Sample } from "./sample.ts";
import { medianOf, type Spread, spreadOf } from "./statistics.ts";
import { rivals, type SubjectName } from "./subjects.ts";
import type { Workload } from "./workloads.ts";

export interface Cell {
  readonly platform: Platform;
  readonly subject: SubjectName;
}

/** What of a sample is compared. */
export type Measure = "value" | "cpu" | "p50" | "p99";

export function valuesOf(
  samples: readonly Sample[],
  workload: string,
  { platform, subject }: Cell,
  measure: Measure = "value",
): Map<number, number> {
  const found = new Map<number, number>();
  for (const sample of samples) {
    if (sample.workload !== workload || sample.platform !== platform || sample.subject !== subject) continue;
    const value = sample[measure];
    if (value !== undefined) found.set(sample.round, value);
  }
  return found;
}

export function absolute(
  samples: readonly Sample[],
  workload: string,
  cell: Cell,
  measure: Measure = "value",
): Spread | undefined {
  const values = [...valuesOf(samples, workload, cell, measure).values()];
  return values.length === 0 ? undefined : spreadOf(values);
}

/** The best program without omnisock on a platform: by the median of all rounds. */
export function bestRival(samples: readonly Sample[], workload: Workload, platform: Platform): SubjectName | undefined {
  const sign = workload.better === "higher" ? 1 : -1;
  let best: { readonly subject: SubjectName; readonly score: number } | undefined;
  for (const subject of rivals) {
    const values = [...valuesOf(samples, workload.id, { platform, subject }).values()];
    if (values.length === 0) continue;
    const score = sign * medianOf(values);
    if (best === undefined || score > best.score) best = { subject, score };
  }
  return best?.subject;
}

/** The ratios of the rounds that have both. */
export function ratios(upper: ReadonlyMap<number, number>, lower: ReadonlyMap<number, number>): number[] {
  return [...upper].flatMap(([round, value]) => {
    const other = lower.get(round);
    return other === undefined || other <= 0 ? [] : [value / other];
  });
}

/** Their spread, if there is one such round. */
export function ratioSpread(
  upper: ReadonlyMap<number, number>,
  lower: ReadonlyMap<number, number>,
): Spread | undefined {
  const found = ratios(upper, lower);
  return found.length === 0 ? undefined : spreadOf(found);
}
