/** Writes the result files and the pages made from them after a full run, or says whether they would change. */
import fs from "node:fs";
import path from "node:path";
import process from "node:process";

import type { Case } from "../harness/case.js";
import { stalePages, writePages } from "../page/pages.js";
import { evidencePath, mergeEvidence, readEvidence, serializeEvidence } from "./evidence.js";
import { concerns } from "./subjects.js";
import { compareVersions } from "./version.js";
import { type Options, UsageError } from "./options.js";
import {
  type Cell,
  column,
  fileName,
  newest,
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
  keepResults(reports, folder);
  say(`wrote ${files.length} files in conformance/results, ${writePages(root, cases).join(" and ")}`);
  return false;
}

/** Says before a run, and not after it, that its results could not be read or kept. */
export function checkResults(root: string, writing: boolean): void {
  const folder = path.join(root, "conformance", "results");
  try {
    readResults(folder);
    if (!writing) return;
    const probe = path.join(folder, "evidence", `.${process.pid}`);
    fs.mkdirSync(path.dirname(probe), { recursive: true });
    fs.writeFileSync(probe, "");
    fs.rmSync(probe);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`conformance/results cannot be used: ${(error as Error).message}`);
  }
}

/** Writes the result and evidence files of these reports. */
export function keepResults(reports: readonly Report[], folder: string): void {
  const before = readResults(folder);
  const files = reports.map((report) => ({ report, file: toFile(report) }));
  const known = [...before, ...files.map(({ file }) => file)];
  for (const { report, file } of files) {
    const former = before.find((other) => fileName(other) === fileName(file));
    const everything = file.subject === "omnisock" && !known.some((other) => isNewer(other, file));
    const evidence = mergeEvidence(report.cases, former, readEvidence(folder, file), everything);
    const place = evidencePath(folder, file);
    fs.mkdirSync(path.dirname(place), { recursive: true });
    replace(place, serializeEvidence(evidence));
    replace(path.join(folder, fileName(file)), serialize(file));
  }
}

function isNewer(other: ResultFile, file: ResultFile): boolean {
  return other.subject === file.subject && other.runtime === file.runtime && other.os === file.os &&
    other.arch === file.arch && compareVersions(other.version, file.version) > 0;
}

/** In one step, so that a reader, or a run that is cut, never sees half a file. */
function replace(file: string, text: string): void {
  const fresh = `${file}.${process.pid}`;
  fs.writeFileSync(fresh, text);
  fs.renameSync(fresh, file);
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
  const columns = new Map(newest(committed).map((file) => [column(file), file]));
  const ids = (file: ResultFile): string =>
    cases.map((one) => one.id).filter((id) => concerns(file.subject, id)).sort().join();
  const own = new Set(files.map(column));
  const incomplete = committed.filter((file) => Object.keys(file.results).sort().join() !== ids(file));
  const faulty = incomplete.filter((file) => own.has(column(file)) && columns.get(column(file)) === file).map(column);
  if (incomplete.length > faulty.length) {
    say(`${incomplete.length - faulty.length} older versions lack new cases; npm run conformance:matrix runs them`);
  }
  for (const file of files) {
    const before = columns.get(column(file));
    if (before === undefined) say(`${column(file)} is no column of the pages; it was run, not compared`);
    else for (const line of drift(file, before)) say(`${column(file)}: ${line}`);
  }
  const stale = stalePages(root, cases);
  if (stale.length === 0 && faulty.length === 0 && committed.length > 0) {
    say("COMPATIBILITY.md and docs/compatibility.html are up to date");
    return false;
  }
  for (const name of stale) say(`${name} is out of date; run npm run conformance`);
  for (const name of faulty) say(`  the committed results of ${name} have other cases than the suite`);
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
