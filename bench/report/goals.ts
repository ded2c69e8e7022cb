/** What was to be reached, as ratios of samples of the same round, and what was. */
import { bestRival, type Measure, ratioSpread, valuesOf } from "../runner/ratios.ts";
import type { Sample } from "../runner/sample.ts";
import type { Spread } from "../runner/statistics.ts";
import { type RuntimeName, runtimeNames, type SubjectName } from "../runner/subjects.ts";
import { type Workload, workloads } from "../runner/workloads.ts";

export interface Goal {
  readonly id: string;
  readonly text: string;
  readonly bound: "at least" | "at most";
  /** The bound on each runtime that the goal is of. */
  readonly targets: Readonly<Partial<Record<RuntimeName, number>>>;
  readonly workloads: readonly string[];
  readonly subject: SubjectName;
  /** Another subject, the best native one, or the same subject under another load. */
  readonly against: SubjectName | "best" | { readonly workload: string };
  readonly measure?: Measure;
}

/** One goal for one workload on one runtime. */
export interface Verdict {
  readonly goal: Goal;
  readonly workload: Workload;
  readonly runtime: RuntimeName;
  /** Of no samples there is none. */
  readonly ratio: Spread | undefined;
  readonly reached: boolean;
}

const transfers = workloads.filter(({ id }) => /^(bulk|echo|udp)-|^accept$/.test(id)).map(({ id }) => id);

function everywhere(target: number): Goal["targets"] {
  return { node26: target, deno: target, bun: target };
}

const withNodeNet = workloads.filter(({ subjects }) => subjects.includes("node-net"));

function idsOf(better: Workload["better"], except: readonly string[] = []): string[] {
  return withNodeNet.filter((workload) => workload.better === better && !except.includes(workload.id))
    .map(({ id }) => id);
}

const echo64 = ["echo-64-64", "echo-64-4096"];

export const goals: readonly Goal[] = [
  {
    id: "native",
    text: "echo, bulk, accept and UDP against the best native code",
    bound: "at least",
    targets: everywhere(0.95),
    workloads: transfers,
    subject: "omnisock",
    against: "best",
  },
  {
    id: "idle",
    text: "memory of an idle connection against the best native code",
    bound: "at most",
    targets: everywhere(1.15),
    workloads: ["idle"],
    subject: "omnisock",
    against: "best",
  },
  {
    id: "node-net-echo",
    text: "echo with 64 connections against `node:net`",
    bound: "at least",
    targets: { deno: 1.15, bun: 1.15 },
    workloads: echo64,
    subject: "omnisock",
    against: "node-net",
  },
  {
    id: "node-net-rate",
    text: "any other rate against `node:net` and `node:dgram`",
    bound: "at least",
    targets: { deno: 1, bun: 1 },
    workloads: idsOf("higher", echo64),
    subject: "omnisock",
    against: "node-net",
  },
  {
    id: "node-net-cost",
    text: "memory and start-up against `node:net`",
    bound: "at most",
    targets: { deno: 1, bun: 1 },
    workloads: idsOf("lower"),
    subject: "omnisock",
    against: "node-net",
  },
  {
    id: "pipeline",
    text: "16 small writes of a turn against one native write each",
    bound: "at least",
    targets: everywhere(5),
    workloads: ["pipeline"],
    subject: "omnisock",
    against: "native",
  },
  {
    id: "libc",
    text: "UDP echo through `omnisock/libc` against the best native code",
    bound: "at least",
    targets: { node26: 1.5, deno: 4, bun: 1 },
    workloads: ["udp-echo-64"],
    subject: "omnisock-libc",
    against: "best",
  },
  {
    id: "libc-deno-iterate",
    text: "the same against Deno's own datagrams with `for await`",
    bound: "at least",
    targets: { deno: 4 },
    workloads: ["udp-echo-64"],
    subject: "omnisock-libc",
    against: "native-iterate",
  },
  {
    id: "webstreams",
    text: "Web Streams in bulk against omnisock's own read and write",
    bound: "at least",
    targets: everywhere(0.8),
    workloads: ["bulk-receive", "bulk-send"],
    subject: "omnisock-webstreams",
    against: "omnisock",
  },
  {
    id: "growth",
    text: "processor time per round trip at 1,000 connections against 10",
    bound: "at most",
    targets: everywhere(1.3),
    workloads: ["growth-1000"],
    subject: "omnisock",
    against: { workload: "growth-10" },
    measure: "cpu",
  },
];

export function judge(samples: readonly Sample[]): Verdict[] {
  return goals.flatMap((goal) =>
    workloads.filter(({ id }) => goal.workloads.includes(id)).flatMap((workload) =>
      runtimeNames.flatMap((runtime) => {
        const target = goal.targets[runtime];
        if (target === undefined) return [];
        const ratio = ratioOf(samples, goal, { workload, runtime });
        return [{ goal, workload, runtime, ratio, reached: isReached(goal.bound, target, ratio) }];
      })
    )
  );
}

function isReached(bound: Goal["bound"], target: number, ratio: Spread | undefined): boolean {
  if (ratio === undefined) return false;
  return bound === "at least" ? ratio.median >= target : ratio.median <= target;
}

/** A failed sample gives no ratio; where every round failed, the goal is missed. */
function ratioOf(
  samples: readonly Sample[],
  { subject, against, measure = "value" }: Goal,
  { workload, runtime: platform }: { readonly workload: Workload; readonly runtime: RuntimeName },
): Spread | undefined {
  const upper = valuesOf(samples, workload.id, { platform, subject }, measure);
  const other = typeof against === "object"
    ? { workload: against.workload, subject }
    : { workload: workload.id, subject: against === "best" ? bestRival(samples, workload, platform) : against };
  if (other.subject === undefined) return undefined;
  const lower = valuesOf(samples, other.workload, { platform, subject: other.subject }, measure);
  return ratioSpread(upper, lower);
}
