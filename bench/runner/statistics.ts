/** Medians and their spread. */
import { max, median, min, quantileSorted } from "simple-statistics";

export interface Spread {
  readonly median: number;
  readonly quartiles: readonly [number, number];
  readonly range: readonly [number, number];
  readonly count: number;
}

export function medianOf(values: readonly number[]): number {
  return median([...values]);
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  return {
    median: medianOf(sorted),
    quartiles: [quantileSorted(sorted, 0.25), quantileSorted(sorted, 0.75)],
    range: [min(sorted), max(sorted)],
    count: sorted.length,
  };
}
