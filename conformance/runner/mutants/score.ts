/** What a mutant's trial says of it, beside the trial of the library as it is. */
import { cases as suiteCases } from "../../cases/index.js";
import { inconclusive } from "../../harness/verdict.js";
import type { Mutant } from "../../mutants/mutant.js";
import type { Judged } from "../results.js";
import type { Trial } from "./trial.js";

/** `unjudged`: its cases could not run, or fail without it. */
export type Fate = "killed" | "survived" | "unjudged";

export interface Score {
  readonly mutant: Mutant;
  /** A MUST case is among those that are to see it, so that only a MUST case kills it. */
  readonly demanded: boolean;
  readonly fate: Fate;
  /** Every case that sees it, those that kill it first. */
  readonly seenBy: readonly string[];
  readonly milliseconds: number;
  /** Why it is unjudged. */
  readonly reason?: string;
}

export function score(mutant: Mutant, trial: Trial, baseline: Trial): Score {
  const demanded = isDemanded(mutant);
  const seen = [...trial.findings].filter(([id, finding]) => sees(finding, baseline.findings.get(id)));
  const killers = seen.filter(([, { one }]) => !demanded || one.level === "MUST").map(([id]) => id);
  const others = seen.map(([id]) => id).filter((id) => !killers.includes(id));
  const common = { mutant, demanded, seenBy: [...killers, ...others], milliseconds: trial.milliseconds };
  if (killers.length > 0) return { ...common, fate: "killed" };
  const reason = mutant.cases.map((id) => whyUnjudged(id, trial, baseline)).find((why) => why !== undefined);
  return reason === undefined ? { ...common, fate: "survived" } : { ...common, fate: "unjudged", reason };
}

export function isDemanded({ cases }: Mutant): boolean {
  return suiteCases.some(({ id, level }) => level === "MUST" && cases.includes(id));
}

/** Whether a case that says nothing against the library as it is says something against the mutant. */
export function sees(finding: Judged, before: Judged | undefined): boolean {
  if (before === undefined || !isSound(before)) return false;
  const { outcome, standing } = finding;
  if (standing === "news" || outcome.verdict === "nonstrict") return true;
  return outcome.verdict === "info" && before.outcome.verdict === "info" && outcome.value !== before.outcome.value;
}

/** The case ran, and holds without a mutant. */
function isSound({ outcome: { verdict } }: Judged): boolean {
  return verdict === "pass" || verdict === "info" || verdict === "unsupported";
}

function whyUnjudged(id: string, trial: Trial, baseline: Trial): string | undefined {
  const before = baseline.findings.get(id);
  if (before === undefined || !isSound(before)) {
    return `${id} is ${before?.outcome.verdict ?? "not run"} without it (${before?.outcome.message ?? ""})`;
  }
  const after = trial.findings.get(id);
  if (after !== undefined && !inconclusive.has(after.outcome.verdict)) return undefined;
  return `${id} is ${after?.outcome.verdict ?? "not run"} (${after?.outcome.message ?? ""})`;
}
