/** Writes the result files and COMPATIBILITY.md after a full run, or says whether they would change. */
import fs from "node:fs";
import path from "node:path";
import process from "node:process";

import type { Case } from "../harness/case.js";
import type { Options } from "./options.js";
import { renderPage } from "./page.js";
import { column, fileName, readResults, serialize, toFile, type Cell, type Report, type ResultFile } from "./results.js";

export interface Publication {
  readonly root: string;
  readonly cases: readonly Case[];
  readonly options: Options;
  /** Every subject ran and every case has a verdict. */
  readonly complete: boolean;
}

/** True if `--check` finds the page on disk to be another one. */
export function publish(reports: readonly Report[], publication: Publication): boolean {
  const { root, cases, options } = publication;
  const folder = path.join(root, "conformance", "results");
  const page = path.join(root, "COMPATIBILITY.md");
  if (options.partial) {
    say("a partial run: conformance/results and COMPATIBILITY.md are left as they are");
    return false;
  }
  const files = reports.map(toFile);
  if (options.check) return isOutdated(files, readResults(folder), page, cases);
  if (!publication.complete && reports.some((report) => report.cases.some((cell) => cell.outcome.verdict === "harness-error" || cell.outcome.verdict === "notrun"))) {
    say("an incomplete run: conformance/results and COMPATIBILITY.md are left as they are");
    return false;
  }
  fs.mkdirSync(folder, { recursive: true });
  for (const file of files) fs.writeFileSync(path.join(folder, fileName(file)), serialize(file));
  fs.writeFileSync(page, renderPage(readResults(folder), cases));
  say(`wrote ${files.length} files in conformance/results, and COMPATIBILITY.md`);
  return false;
}

/**
 * The committed page is for the committed columns. A column of this machine only (another Node on PATH, another
 * platform) is not compared, and a case whose environment is missing here keeps its committed result.
 */
function isOutdated(files: readonly ResultFile[], committed: readonly ResultFile[], page: string, cases: readonly Case[]): boolean {
  const columns = new Map(committed.map((file) => [column(file), file]));
  const compared = files.filter((file) => columns.has(column(file)));
  for (const file of files) {
    if (!columns.has(column(file))) say(`${column(file)} is no column of COMPATIBILITY.md; it was run, not compared`);
  }
  const fresh = compared.map((file) => keepUnmet(file, columns.get(column(file))));
  const kept = committed.filter((file) => !compared.some((other) => column(other) === column(file)));
  const expected = renderPage([...kept, ...fresh], cases);
  const actual = fs.existsSync(page) ? fs.readFileSync(page, "utf8") : "";
  if (actual === expected) {
    say("COMPATIBILITY.md is up to date");
    return false;
  }
  const [was, is] = [actual.split("\n"), expected.split("\n")];
  const at = is.findIndex((line, i) => line !== was[i]);
  say(`COMPATIBILITY.md is out of date; run npm run conformance. First difference, line ${at + 1}:\n  is        ${was[at] ?? "(end)"}\n  should be ${is[at] ?? "(end)"}`);
  return true;
}

function keepUnmet(file: ResultFile, before: ResultFile | undefined): ResultFile {
  const results = Object.entries(file.results).map(([id, cell]): [string, Cell] =>
    [id, cell.verdict === "unmet" ? before?.results[id] ?? cell : cell]);
  return { ...file, results: Object.fromEntries(results) };
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}
