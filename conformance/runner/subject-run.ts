/** One subject on one runtime, from its first case to its report. */
import path from "node:path";

import { cases } from "../cases/index.js";
import type { Case } from "../harness/case.js";
import { inconclusive } from "../harness/verdict.js";
import { type Campaign, type Record, runCampaign } from "./campaign.js";
import { expectations, type Rule } from "./expectations.js";
import type { Progress } from "./progress.js";
import type { Report } from "./results.js";
import type { Runtime } from "./runtimes.js";
import { startServices } from "./services.js";
import { isForeign, type Subject } from "./subjects.js";

export interface Trial {
  readonly subject: Subject;
  readonly runtime: Runtime;
  readonly chosen: readonly Case[];
  readonly rules: readonly Rule[];
  /** False where nothing is promised, and every outcome is shown as it is. */
  readonly promised: boolean;
  /** Where the compiled suite is. */
  readonly suite: string;
  /** The runtimes that a case can start programs on besides the subject's own. */
  readonly beside: () => Promise<readonly Runtime[]>;
  /** Whether the subject shall have a network namespace of its own, if the run may make one. */
  readonly namespace: boolean;
  readonly progress?: Progress;
}

/** What a subject gave, before anything is thought of it. */
export interface Findings extends Pick<Campaign, "records" | "gaps"> {
  readonly milliseconds: number;
}

export async function runSubject(trial: Trial): Promise<Findings> {
  const { subject, runtime, chosen, rules, promised, suite, progress } = trial;
  const began = performance.now();
  progress?.begin(subject);
  const memory = subject.name === "memory";
  const judges = expectations(rules, promised);
  const program = withFlags(subject, runtime);
  const services = await startServices({
    suite,
    entry: subject.entry,
    memory,
    program,
    namespace: trial.namespace,
    runtimes: trial.beside,
  });
  try {
    const { records, gaps } = await runCampaign({
      command: services.enter(program(path.join(suite, "subject.js"))),
      cwd: suite,
      job: {
        subject: { name: subject.name, runtime: runtime.kind, version: runtime.version },
        entry: subject.entry,
        cases: "./cases/index.js",
        only: chosen.map((one) => one.id),
        environment: services.environment,
        peer: memory ? "memory" : "process",
      },
      known: cases.map((one) => one.id),
      answer: services.answer,
      tidy: services.tidy,
      settled(id, outcome) {
        const { standing } = judges.judge(id, outcome, runtime);
        progress?.settled(subject, standing === "news" || inconclusive.has(outcome.verdict));
      },
    });
    return { records, gaps, milliseconds: performance.now() - began };
  } finally {
    await services.stop();
  }
}

/** What the expectations make of it. */
export function judgeFindings({ subject, runtime, chosen, rules, promised }: Trial, findings: Findings): Report {
  const judges = expectations(rules, promised);
  const byId = new Map(chosen.map((one) => [one.id, one]));
  const judged = findings.records.map(({ id, ...rest }: Record) => ({
    one: byId.get(id) as Case,
    ...rest,
    ...judges.judge(id, rest.outcome, runtime),
  }));
  return {
    subject,
    runtime,
    gaps: findings.gaps,
    cases: judged,
    unused: judges.unused(),
    promised,
    milliseconds: findings.milliseconds,
  };
}

/**
 * How programs are started: `Deno.listenDatagram` and Unix sockets need a flag, and omnisock gets by without. Node says of its
 * `node:ffi` that it is experimental, which is nothing that a program did.
 */
export function withFlags(subject: Subject, runtime: Runtime): Runtime["program"] {
  if (runtime.kind === "node" && subject.name === "libc") {
    return (file, permissions) => {
      const [node = "", ...rest] = runtime.program(file, permissions);
      return [node, "--disable-warning=ExperimentalWarning", ...rest];
    };
  }
  // A case that gives a program some permissions only would else be about this one.
  if (runtime.kind === "deno" && subject.name === "libc") {
    return (file, permissions) => runtime.program(file, permissions && [...permissions, "--allow-ffi"]);
  }
  if (runtime.kind !== "deno" || !isForeign(subject)) return runtime.program;
  return (file, permissions = ["--allow-all"]) => runtime.program(file, [...permissions, "--unstable-net"]);
}
