/** Tables of samples. */
import { markdownTable } from "markdown-table";

import { absolute, bestRival, ratioSpread, valuesOf } from "../runner/ratios.ts";
import type { Platform, Sample } from "../runner/sample.ts";
import type { Spread } from "../runner/statistics.ts";
import type { SubjectName } from "../runner/subjects.ts";
import type { Workload } from "../runner/workloads.ts";

export const platformTitles: Readonly<Record<Platform, string>> = { node26: "Node", deno: "Deno", bun: "Bun", c: "C" };

/** Absolute figures and ratios, a table per workload. */
export function printTables(samples: readonly Sample[], workloads: readonly Workload[]): string {
  return workloads.map((workload) => `### ${workload.title}\n\n${workloadTable(samples, workload)}`).join("\n\n");
}

/** Everything that ran of a workload, one row each. */
export function workloadTable(samples: readonly Sample[], workload: Workload): string {
  const own = samples.filter((sample) => sample.workload === workload.id);
  const latency = own.some(({ p99 }) => p99 !== undefined);
  const load = workload.kind === "load";
  const head = [
    "",
    workload.unit,
    ...(load ? ["CPU µs each"] : []),
    ...(latency ? ["p50 µs", "p99 µs"] : []),
    ...(workload.kind === "import" ? [] : ["of the best native (spread)"]),
    "",
  ];
  const rows = cellsOf(own).map(({ platform, subject }) => {
    const cell = { platform, subject };
    const of = (measure: "cpu" | "p50" | "p99") => figure(absolute(own, workload.id, cell, measure)?.median);
    return [
      platform === "c" ? "C, epoll" : `${platformTitles[platform]} ${subject}`,
      figure(absolute(own, workload.id, cell)?.median),
      ...(load ? [of("cpu")] : []),
      ...(latency ? [of("p50"), of("p99")] : []),
      ...(workload.kind === "import" ? [] : [spreadText(againstBest(own, workload, cell))]),
      remarks(own.filter((sample) => sample.platform === platform && sample.subject === subject)),
    ];
  });
  return markdownTable([head, ...rows], { align: ["l", ...head.slice(1, -1).map(() => "r"), "l"] });
}

/** Of a subject to the best native one of its platform; nothing for the limit. */
export function againstBest(
  samples: readonly Sample[],
  workload: Workload,
  { platform, subject }: { readonly platform: Platform; readonly subject: SubjectName },
): Spread | undefined {
  const best = bestRival(samples, workload, platform);
  if (best === undefined || best === subject) return undefined;
  return ratioSpread(
    valuesOf(samples, workload.id, { platform, subject }),
    valuesOf(samples, workload.id, { platform, subject: best }),
  );
}

function cellsOf(samples: readonly Sample[]): { platform: Platform; subject: SubjectName }[] {
  const cells = new Map<string, { platform: Platform; subject: SubjectName }>();
  for (const { platform, subject } of samples) cells.set(`${platform} ${subject}`, { platform, subject });
  const platforms = Object.keys(platformTitles);
  const subjects = ["native", "node-net", "native-joined", "native-iterate", "native-promises", "omnisock"];
  const rank = (subject: string) => (subjects.indexOf(subject) + 1) || 10 + subject.length;
  return [...cells.values()].sort((a, b) =>
    platforms.indexOf(a.platform) - platforms.indexOf(b.platform) || rank(a.subject) - rank(b.subject)
  );
}

/** What a reader must know of these samples. */
function remarks(samples: readonly Sample[]): string {
  const failed = samples.filter(({ failure }) => failure !== undefined).length;
  const lost = samples.reduce((sum, sample) => sum + (sample.lost ?? 0), 0);
  const limited =
    samples.filter(({ busy }) => busy !== undefined && busy.peer > 0.9 && busy.peer > busy.subject).length;
  const notes = new Set(samples.flatMap(({ note }) => note ?? []));
  return [
    ...notes,
    failed > 0 ? `${failed} of ${samples.length} failed` : "",
    lost > 0 ? `${lost} datagrams lost` : "",
    limited * 2 > samples.length ? "the far end was the limit" : "",
  ].filter(Boolean).join("; ");
}

export function figure(value: number | undefined): string {
  if (value === undefined) return "–";
  if (Math.abs(value) >= 1_000) return Math.round(value).toLocaleString("en");
  return value.toFixed(Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2);
}

export function spreadText(spread: Spread | undefined): string {
  if (spread === undefined) return "";
  const [low, high] = spread.range;
  return `${spread.median.toFixed(2)} (${low.toFixed(2)} to ${high.toFixed(2)})`;
}
