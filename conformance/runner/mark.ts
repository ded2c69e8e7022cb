/** What a report for other programs says of a case: four words for all verdicts and standings. */
import { failing, inconclusive, type Verdict } from "../harness/verdict.js";
import type { Judged } from "./results.js";

/** What a reader of a report has to know of a case: a green run stays green, known failures are no news. */
export type Mark = "passed" | "failed" | "skipped" | "known";

/** Verdicts that are no outcome of the case itself. */
const skipping: ReadonlySet<Verdict> = new Set<Verdict>(["unmet", "unsupported"]);

export function markOf({ outcome: { verdict }, standing }: Judged): Mark {
  if (inconclusive.has(verdict) || standing === "news" || standing === "stale") return "failed";
  if (skipping.has(verdict)) return "skipped";
  return standing === "known" || failing.has(verdict) || verdict === "nonstrict" ? "known" : "passed";
}

/** Why, in one sentence. */
export function reasonOf({ outcome, standing, rule }: Judged): string {
  if (standing === "known" && rule !== undefined) return rule.reason;
  if (standing === "stale" && rule !== undefined) {
    return `better than the expectation "${rule.cases}", which is ${[rule.expect].flat().join(" or ")}`;
  }
  return outcome.message ?? outcome.verdict;
}
