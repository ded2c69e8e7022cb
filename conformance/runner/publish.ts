/** Writes the result files and the pages made from them after a full run, or says whether they would change. */
import fs from "node:fs";
import path from "node:path";
import process from "node:process";

import type { Case } from "../harness/case.js";
import { stalePages, writePages } from "../page/pages.js";
import type { Options } from "./options.js";
import {
  type Cell,
  column,
  fileName,
  readResults,
  type Report,
  type ResultFile,
  serialize,
  toFile,
} from "./results.js";

export interface Publication {
  readonly root: string;
  readonly cases: readonly Case[];
  readonly options: Options;
  /** Every subject ran and every case has a verdict. */
  readonly complete: boolean;
}

/** True if `--check` finds a page on disk to be another one. */
export function publish(reports: readonly Report[], publication: Publication): boolean {
  const { root, cases, options } = publication;
  const folder = path.join(root, "conformance", "results");
  if (options.partial) {
    say("a partial run: conformance/results and the pages are left as they are");
    return false;
  }
  const files = reports.map(toFile);
  if (options.check) return isOutdated(files, readResults(folder), root, cases);
  if (
    !publication.complete &&
    reports.some((report) =>
      report.cases.some((cell) => cell.outcome.verdict === "harness-error" || cell.outcome.verdict === "notrun")
    )
  ) {
    say("an incomplete run: conformance/results and the pages are left as they are");
    return false;
  }
  fs.mkdirSync(folder, { recursive: true });
  for (const file of files) fs.writeFileSync(path.join(folder, fileName(file)), serialize(file));
  say(`wrote ${files.length} files in conformance/results, ${writePages(root, cases).join(" and ")}`);
  return false;
}

/**
 * The pages are a pure function of the committed results, and these must have every case of every committed column. Results
 * that differ from the committed ones are told; whether they are as expected is the exit code's business, and what differs
 * from run to run must not make a page out of date.
 */
function isOutdated(
  files: readonly ResultFile[],
  committed: readonly ResultFile[],
  root: string,
  cases: readonly Case[],
): boolean {
  const columns = new Map(committed.map((file) => [column(file), file]));
  const ids = cases.map((one) => one.id).join();
  const incomplete = committed.filter((file) => Object.keys(file.results).sort().join() !== ids).map(column);
  for (const file of files) {
    const before = columns.get(column(file));
    if (before === undefined) say(`${column(file)} is no column of the pages; it was run, not compared`);
    else for (const line of drift(file, before)) say(`${column(file)}: ${line}`);
  }
  const stale = stalePages(root, cases);
  if (stale.length === 0 && incomplete.length === 0 && committed.length > 0) {
    say("COMPATIBILITY.md and docs/compatibility.html are up to date");
    return false;
  }
  for (const name of stale) say(`${name} is out of date; run npm run conformance`);
  for (const name of incomplete) say(`  the committed results of ${name} have other cases than the suite`);
  return true;
}

/** Verdicts and values that this run has and the committed results have not. */
function drift(now: ResultFile, before: ResultFile): string[] {
  const text = (cell: Cell): string => cell.value === undefined ? cell.verdict : `${cell.verdict} (${cell.value})`;
  return Object.entries(now.results).flatMap(([id, cell]) => {
    const was = before.results[id];
    return was === undefined || cell.verdict === "unmet" || text(cell) === text(was)
      ? []
      : [`${id} is ${text(cell)}, was ${text(was)}`];
  });
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}
