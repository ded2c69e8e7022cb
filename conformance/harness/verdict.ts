/** What a case can end with, and what is kept of it. */

export type Verdict =
  | "pass"
  | "nonstrict"
  | "fail"
  | "info"
  | "unsupported"
  | "unmet"
  | "timeout"
  | "crash"
  | "harness-error"
  | "notrun";

/** One symbol and one sentence for each verdict, in the order in which totals are listed. */
export const verdicts: Readonly<Record<Verdict, { readonly symbol: string; readonly meaning: string }>> = {
  "pass": { symbol: "✓", meaning: "The assertion held." },
  "info": { symbol: "i", meaning: "A value was recorded; nothing is required." },
  "unsupported": {
    symbol: "–",
    meaning:
      "The subject declares the gap, and the call was refused with the documented `ENOTSUP`; or a foreign library has no such thing.",
  },
  "nonstrict": { symbol: "~", meaning: "A SHOULD was not met." },
  "fail": { symbol: "✗", meaning: "A MUST was not met, or a declared gap was not proven." },
  "timeout": { symbol: "✗", meaning: "The case had not ended by its deadline." },
  "crash": { symbol: "✗", meaning: "The process ended, or an exception escaped, while the case ran." },
  "unmet": { symbol: "○", meaning: "The environment lacks what the case needs (IPv6, root, a kernel socket, ...)." },
  "harness-error": { symbol: "!", meaning: "The suite itself failed; nothing is known of the subject." },
  "notrun": { symbol: "?", meaning: "The case did not run." },
};

export const verdictNames: readonly Verdict[] = Object.keys(verdicts) as Verdict[];

/** The verdicts that are a failure of the subject unless an expectation names them. */
export const failing: ReadonlySet<Verdict> = new Set<Verdict>(["fail", "timeout", "crash"]);

/** The verdicts that say nothing of the subject: the run is incomplete. */
export const inconclusive: ReadonlySet<Verdict> = new Set<Verdict>(["harness-error", "notrun"]);

export interface Outcome {
  readonly verdict: Verdict;
  /** What was wrong, or the reason of `unsupported` and `unmet`. */
  readonly message?: string;
  /** Expected and actual, as uvu shows them. */
  readonly details?: string;
  /** The first stack line inside the suite. */
  readonly where?: string;
  /** What the case gave to `t.info`. */
  readonly value?: string | number | boolean;
}
