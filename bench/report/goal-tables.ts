/** The goals as tables: each figure for those who ask, one line per goal for the README. */
import { markdownTable } from "markdown-table";

import { ratioSpread, valuesOf } from "../runner/ratios.ts";
import type { Sample } from "../runner/sample.ts";
import { type RuntimeName, runtimeNames, type SubjectName } from "../runner/subjects.ts";
import { workloads } from "../runner/workloads.ts";
import { type Goal, goals, judge, type Verdict } from "./goals.ts";
import { platformTitles, spreadText } from "./tables.ts";

const titles = runtimeNames.map((name) => platformTitles[name]);

/** A row per goal and workload: the median of the rounds, their range, and whether that is enough. */
export function goalTable(samples: readonly Sample[]): string {
  const verdicts = judge(samples);
  const rows = goals.flatMap((goal) => {
    const own = verdicts.filter((verdict) => verdict.goal === goal);
    return [...new Set(own.map(({ workload }) => workload))].map((workload) => [
      goal.text,
      workload.title,
      bound(goal),
      ...runtimeNames.map((runtime) =>
        cell(own.find((verdict) => verdict.workload === workload && verdict.runtime === runtime))
      ),
    ]);
  });
  return markdownTable([["goal", "workload", "ratio", ...titles], ...rows]);
}

/** A row per goal: how many of its figures reach it, and the worst of them. */
export function goalSummary(samples: readonly Sample[]): string {
  const verdicts = judge(samples);
  const rows = goals.map((goal) => [
    goal.text,
    bound(goal),
    ...runtimeNames.map((runtime) =>
      summary(verdicts.filter((verdict) => verdict.goal === goal && verdict.runtime === runtime))
    ),
  ]);
  return markdownTable([["goal", "ratio", ...titles], ...rows]);
}

/** A row per workload that promises by hand do too: what of the distance to native is omnisock's own. */
export function promisesTable(samples: readonly Sample[]): string {
  const rows = workloads.filter(({ subjects }) => subjects.includes("native-promises")).map((workload) => {
    const values = (platform: RuntimeName, subject: SubjectName) =>
      valuesOf(samples, workload.id, { platform, subject });
    return [
      workload.title,
      workload.unit,
      ...runtimeNames.map((platform) => {
        const spread = ratioSpread(values(platform, "omnisock"), values(platform, "native-promises"));
        return spread === undefined ? "" : spreadText(spread);
      }),
    ];
  });
  return markdownTable([["workload", "ratio of", ...titles], ...rows]);
}

function bound({ bound, targets }: Goal): string {
  const values = Object.values(targets);
  return `${bound} ${new Set(values).size === 1 ? values[0] : values.join(", ")}`;
}

function cell(verdict: Verdict | undefined): string {
  if (verdict === undefined) return "";
  const { ratio, reached } = verdict;
  if (ratio === undefined) return "**missed**: no sample";
  return `${reached ? "reached" : "**missed**"}: ${spreadText(ratio)}`;
}

function summary(verdicts: readonly Verdict[]): string {
  if (verdicts.length === 0) return "";
  const reached = verdicts.filter((verdict) => verdict.reached).length;
  const worst = [...verdicts].sort((a, b) => merit(a) - merit(b))[0] as Verdict;
  const figure = worst.ratio?.median.toFixed(2) ?? "none";
  const word = reached === verdicts.length ? "reached" : "**missed**";
  if (verdicts.length === 1) return `${word}: ${figure}`;
  return `${word}: ${reached} of ${verdicts.length}, worst ${figure} (${worst.workload.id})`;
}

function merit({ goal, ratio }: Verdict): number {
  if (ratio === undefined) return -Infinity;
  return goal.bound === "at least" ? ratio.median : -ratio.median;
}

/** How many goals there are, figure by figure, and how many are reached. */
export function goalCount(samples: readonly Sample[]): { readonly reached: number; readonly all: number } {
  const verdicts = judge(samples);
  return { reached: verdicts.filter(({ reached }) => reached).length, all: verdicts.length };
}
