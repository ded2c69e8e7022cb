/** The exit code of a run: what is worst of it, failures before stale rules before gaps in the run itself. */
import { inconclusive, type Verdict } from "../harness/verdict.js";
import type { Standing } from "./expectations.js";

export interface Findings {
  readonly cells: readonly { readonly verdict: Verdict; readonly standing: Standing }[];
  /** Rules that no case came under. */
  readonly unusedRules: number;
  /** A runtime was missing, or COMPATIBILITY.md is out of date. */
  readonly incomplete: boolean;
}

export function exitCode({ cells, unusedRules, incomplete }: Findings): 0 | 1 | 2 | 3 {
  if (cells.some((cell) => cell.standing === "news")) return 1;
  if (unusedRules > 0 || cells.some((cell) => cell.standing === "stale")) return 2;
  if (incomplete || cells.length === 0 || cells.some((cell) => inconclusive.has(cell.verdict))) return 3;
  return 0;
}
