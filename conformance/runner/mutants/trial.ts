/** Some cases on one copy of the suite: what came of each, judged as in the main job. */
import { cases } from "../../cases/index.js";
import type { Judged } from "../results.js";
import type { Rule } from "../expectations.js";
import type { Runtime } from "../runtimes.js";
import { judgeFindings, runSubject } from "../subject-run.js";
import type { Subject } from "../subjects.js";

export interface Trial {
  readonly findings: ReadonlyMap<string, Judged>;
  readonly milliseconds: number;
}

export interface TrialOptions {
  readonly folder: string;
  readonly subject: Subject;
  readonly runtime: Runtime;
  readonly rules: readonly Rule[];
  readonly only: readonly string[];
  /** The runtimes that a case can start programs on besides the subject's own. */
  readonly beside: () => Promise<readonly Runtime[]>;
}

export async function runTrial({ folder, only, ...rest }: TrialOptions): Promise<Trial> {
  const chosen = cases.filter((one) => only.includes(one.id));
  const trial = { ...rest, chosen, suite: folder, promised: true, namespace: true };
  const report = judgeFindings(trial, await runSubject(trial));
  return {
    findings: new Map(report.cases.map((judged) => [judged.one.id, judged])),
    milliseconds: report.milliseconds,
  };
}
