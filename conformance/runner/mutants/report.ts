/** The table of the mutants, their score, and the cases without a proof. */
import { chalk } from "zx";

import type { Case, Level } from "../../harness/case.js";
import { table } from "../matrix.js";
import type { Proofs } from "./proofs.js";
import type { Fate, Score } from "./score.js";

const marks: Readonly<Record<Fate, string>> = {
  killed: chalk.green("✓"),
  survived: chalk.red("✗"),
  unjudged: chalk.yellow("?"),
};

/** How many of the cases that saw a mutant are named in its row. */
const namedKillers = 3;

export function renderScores(scores: readonly Score[]): string {
  const rows = scores.map(({ mutant, fate, seenBy, milliseconds, reason }) => [
    `${marks[fate]} ${mutant.name}`,
    mutant.on,
    fate === "killed" ? abridged(seenBy) : fate === "survived" ? survival(mutant.cases, seenBy) : `unjudged: ${reason}`,
    String(Math.round(milliseconds)),
  ]);
  const line = (what: string, some: readonly Score[]): string => {
    const killed = some.filter(({ fate }) => fate === "killed").length;
    const left = some.filter(({ fate }) => fate === "unjudged").length;
    return `${killed} of ${some.length} ${what}${left === 0 ? "" : `, ${left} unjudged`}`;
  };
  return [
    table(["mutant", "on", "killed by", "ms"], rows),
    "",
    line("mutants killed by a MUST case", scores.filter(({ demanded }) => demanded)),
    line("mutants of what is no MUST seen by its case", scores.filter(({ demanded }) => !demanded)),
  ].join("\n");
}

function survival(named: readonly string[], seenBy: readonly string[]): string {
  const others = seenBy.length === 0 ? "" : `; seen by ${abridged(seenBy)} only`;
  return `survived ${named.join(", ")}${others}`;
}

function abridged(ids: readonly string[]): string {
  const more = ids.length - namedKillers;
  return `${ids.slice(0, namedKillers).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

/** The cases that nothing was seen to fail on, by level. */
export function renderProofs(cases: readonly Case[], proofs: Proofs): string {
  const unproven = cases.filter(({ id }) => proofs[id] === undefined);
  const levels: readonly Level[] = ["MUST", "SHOULD", "MAY", "INFO"];
  return [
    `${cases.length - unproven.length} of ${cases.length} cases proven`,
    ...levels.flatMap((level) => {
      const ids = unproven.filter((one) => one.level === level).map(({ id }) => id);
      return ids.length === 0 ? [] : [`unproven ${level}: ${ids.join(", ")}`];
    }),
  ].join("\n");
}
