/** The result files: what a subject scored, without anything that differs from run to run. */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import process from "node:process";

import type { Case } from "../harness/case.js";
import { type Outcome, type Verdict, verdictNames } from "../harness/verdict.js";
import type { Rule, Standing } from "./expectations.js";
import { UsageError } from "./options.js";
import type { Runtime } from "./runtimes.js";
import type { Subject } from "./subjects.js";
import { compareVersions } from "./version.js";

/** A case's result with what the expectations say of it. */
export interface Judged {
  readonly one: Case;
  readonly outcome: Outcome;
  readonly standing: Standing;
  readonly rule?: Rule;
  readonly noise: string;
  readonly trace: readonly string[];
  readonly milliseconds: number;
}

/** Everything that one subject gave in this run. */
export interface Report {
  readonly subject: Subject;
  readonly runtime: Runtime;
  readonly gaps: Readonly<Record<string, string>>;
  readonly cases: readonly Judged[];
  readonly unused: readonly Rule[];
  /** False where nothing is promised, and every outcome is shown as it is. */
  readonly promised: boolean;
  readonly milliseconds: number;
}

/** One cell of the matrix as it is kept. */
export interface Cell {
  readonly verdict: Verdict;
  readonly value?: string | number | boolean;
  readonly message?: string;
  /** Expected and actual, one under the other, of a failure that no expectation foresaw. */
  readonly details?: string;
  /** An expectation foresaw it; the message is the expectation's reason. */
  readonly known?: true;
  readonly link?: string;
}

export interface ResultFile {
  readonly schema: 1;
  readonly subject: string;
  readonly runtime: "node" | "deno" | "bun";
  readonly version: string;
  readonly os: string;
  readonly arch: string;
  readonly gaps: Readonly<Record<string, string>>;
  readonly results: Readonly<Record<string, Cell>>;
}

export function toFile(report: Report): ResultFile {
  const cells = report.cases.map((judged) => [judged.one.id, toCell(judged)] as const);
  return {
    schema: 1,
    subject: report.subject.name,
    runtime: report.runtime.kind,
    version: report.runtime.version,
    os: os.platform(),
    arch: os.arch(),
    gaps: Object.fromEntries(Object.entries(report.gaps).sort()),
    results: Object.fromEntries(cells.sort(([a], [b]) => a < b ? -1 : 1)),
  };
}

function toCell({ outcome, standing, rule }: Judged): Cell {
  const known = standing === "known" && rule !== undefined;
  const message = known ? rule.reason : outcome.message === undefined ? undefined : stable(outcome.message);
  return {
    verdict: outcome.verdict,
    ...(outcome.value === undefined ? {} : { value: outcome.value }),
    ...(message === undefined ? {} : { message }),
    ...(known || outcome.details === undefined ? {} : { details: stable(outcome.details) }),
    ...(known ? { known, ...(rule.link === undefined ? {} : { link: rule.link }) } : {}),
  };
}

/** Without colours, and without ports, times and temporary names, which differ in every run. */
function stable(message: string): string {
  return message.replace(/\u001b\[[\d;]*m/g, "").replace(/omnisock-\w{6}/g, "omnisock-…").replace(/\d{4,}/g, "…").slice(
    0,
    300,
  );
}

export function fileName(file: ResultFile): string {
  return `${file.subject}-${file.runtime}-${file.version}-${file.os}-${file.arch}.json`;
}

/** One line per case, so that a difference is a line. */
export function serialize(file: ResultFile): string {
  const { gaps, results, ...head } = file;
  const heads = Object.entries(head).map(([key, value]) => `  ${JSON.stringify(key)}: ${JSON.stringify(value)}`);
  return `{\n${[...heads, `  "gaps": ${object(gaps)}`, `  "results": ${object(results)}`].join(",\n")}\n}\n`;
}

function object(entries: Readonly<Record<string, unknown>>): string {
  const rows = Object.entries(entries).map(([key, value]) => `    ${JSON.stringify(key)}: ${JSON.stringify(value)}`);
  return rows.length === 0 ? "{}" : `{\n${rows.join(",\n")}\n  }`;
}

/**
 * A column of the matrix: Node by its major version, since PATH's differs between machines; the others are pinned, and
 * the memory adapter is the same on every Node.
 */
export function column(file: ResultFile): string {
  const version = file.runtime === "node" && file.subject !== "memory" ? ` ${Number.parseInt(file.version, 10)}` : "";
  return `${file.subject} ${file.runtime}${version} ${file.os} ${file.arch}`;
}

export function readResults(folder: string): ResultFile[] {
  if (!fs.existsSync(folder)) return [];
  const names = fs.readdirSync(folder).filter((name) => name.endsWith(".json") && name !== "proofs.json").sort();
  return names.map((name) => readResult(path.join(folder, name)));
}

function readResult(file: string): ResultFile {
  const name = path.relative(process.cwd(), file);
  let result: Partial<ResultFile> | null;
  try {
    result = JSON.parse(fs.readFileSync(file, "utf8")) as Partial<ResultFile> | null;
  } catch (error) {
    throw new UsageError(`${name} cannot be read: ${(error as Error).message}`);
  }
  if (result?.schema !== 1) {
    throw new UsageError(`${name} has results of schema ${result?.schema ?? "none"}; this suite knows schema 1`);
  }
  const missing = members.filter((member) => result[member] === undefined);
  if (missing.length > 0) throw new UsageError(`${name} is no result file: it has no ${missing.join(", ")}`);
  return result as ResultFile;
}

const members = ["subject", "runtime", "version", "os", "arch", "gaps", "results"] as const;

/** The newest version of every column. */
export function newest(files: readonly ResultFile[]): ResultFile[] {
  const columns = new Map<string, ResultFile>();
  for (const file of files) {
    const other = columns.get(column(file));
    if (other === undefined || compareVersions(file.version, other.version) >= 0) columns.set(column(file), file);
  }
  return [...columns.values()];
}

export function totals(verdicts: readonly Verdict[]): Partial<Record<Verdict, number>> {
  const counts = verdictNames.map((name) => [name, verdicts.filter((verdict) => verdict === name).length] as const);
  return Object.fromEntries(counts.filter(([, count]) => count > 0));
}
