/** The reviewed list of what is known to fail, and why: an outcome that no rule foresees is news, and so is a rule without an outcome. */
import fs from "node:fs";
import path from "node:path";

import { failing, type Outcome, type Verdict, verdictNames } from "../harness/verdict.js";
import { globMatches } from "./glob.js";
import { UsageError } from "./options.js";
import { inRange, isRange } from "./version.js";

export interface Rule {
  /** Glob over case ids. */
  readonly cases: string;
  readonly when?: { readonly runtime?: string; /** For instance `>=1.4 <1.5`. */ readonly version?: string };
  /** The verdict, or several: then the first is usual and the others are tolerated. */
  readonly expect: Verdict | readonly Verdict[];
  /** Must occur in the message. */
  readonly signature: string;
  /** Why, in one sentence, for the matrix. */
  readonly reason: string;
  /** The upstream issue. */
  readonly link?: string;
}

/** `known`: as the rule says. `stale`: better than the rule says. `news`: a failure that no rule foresees. */
export type Standing = "plain" | "known" | "news" | "stale";

export interface Expectations {
  judge(
    id: string,
    outcome: Outcome,
    runtime: { readonly kind: string; readonly version: string },
  ): { readonly standing: Standing; readonly rule?: Rule };
  /** Rules that no case came under. */
  unused(): readonly Rule[];
}

export function readExpectations(folder: string, subject: string): Rule[] {
  const file = path.join(folder, `${subject}.json`);
  if (!fs.existsSync(file)) return [];
  try {
    const { rules } = JSON.parse(fs.readFileSync(file, "utf8")) as { rules: Rule[] };
    for (const rule of rules) check(rule);
    return rules;
  } catch (error) {
    throw new UsageError(`${path.relative(process.cwd(), file)}: ${(error as Error).message}`);
  }
}

/** Where nothing is promised, rules give reasons only: what they do not foresee is neither news nor stale. */
export function expectations(rules: readonly Rule[], promised = true): Expectations {
  const used = new Set<Rule>();
  return {
    judge(id, outcome, runtime) {
      const candidates = rules.filter((rule) => globMatches(rule.cases, id) && applies(rule, runtime));
      const bad = failing.has(outcome.verdict);
      const rule = candidates.find((candidate) => foresees(candidate, outcome)) ?? candidates[0];
      if (rule === undefined) return { standing: bad && promised ? "news" : "plain" };
      for (const candidate of candidates) used.add(candidate);
      if (foresees(rule, outcome)) {
        return { standing: bad || outcome.verdict === "nonstrict" ? "known" : "plain", rule };
      }
      // What did not run, or could not, says nothing of the rule.
      if (["unmet", "harness-error", "notrun"].includes(outcome.verdict)) return { standing: "plain", rule };
      return promised ? { standing: bad ? "news" : "stale", rule } : { standing: "plain" };
    },
    unused: () => rules.filter((rule) => !used.has(rule)),
  };
}

function foresees(rule: Rule, { verdict, message = "" }: Outcome): boolean {
  return [rule.expect].flat().includes(verdict) && (verdict === "pass" || message.includes(rule.signature));
}

/** Whether the rule's condition holds for a runtime. */
export function applies(rule: Rule, runtime: { readonly kind: string; readonly version: string }): boolean {
  const { when } = rule;
  if (when?.runtime !== undefined && when.runtime !== runtime.kind) return false;
  return when?.version === undefined || inRange(runtime.version, when.version);
}

const conditions = new Set(["runtime", "version"]);
const kinds: readonly string[] = ["node", "deno", "bun"];
const members = new Set(["cases", "when", "expect", "signature", "reason", "link"]);

function check(rule: Rule): void {
  const name = JSON.stringify(rule.cases);
  for (const member of ["cases", "signature", "reason"] as const) {
    if (typeof rule[member] !== "string" || rule[member] === "") {
      throw new Error(`rule ${name}: ${member} must be a text`);
    }
  }
  for (const verdict of [rule.expect].flat()) {
    if (!verdictNames.includes(verdict)) {
      throw new Error(`rule ${name}: expect ${JSON.stringify(verdict)} is no verdict`);
    }
  }
  for (const member of Object.keys(rule)) {
    if (!members.has(member)) throw new Error(`rule ${name}: unknown member ${member}`);
  }
  for (const member of Object.keys(rule.when ?? {})) {
    if (!conditions.has(member)) throw new Error(`rule ${name}: unknown condition ${member}`);
  }
  const { runtime } = rule.when ?? {};
  if (runtime !== undefined && !kinds.includes(runtime)) {
    throw new Error(`rule ${name}: ${JSON.stringify(runtime)} is no runtime; it is one of ${kinds.join(", ")}`);
  }
  const range = rule.when?.version ?? "0";
  if (!isRange(range)) {
    throw new Error(`rule ${name}: version ${JSON.stringify(range)} is no range`);
  }
}
