/** The evidence files: beside each result file, the traces of the cases about which somebody may ask. */
import fs from "node:fs";
import path from "node:path";
import process from "node:process";

import { UsageError } from "./options.js";
import { fileName, type Judged, type ResultFile } from "./results.js";

/** Lines per case id. */
export type Evidence = Readonly<Record<string, readonly string[]>>;

interface EvidenceFile {
  readonly schema: 1;
  readonly cases: Evidence;
}

export function evidencePath(folder: string, file: ResultFile): string {
  return path.join(folder, "evidence", fileName(file));
}

export function readEvidence(folder: string, file: ResultFile): Evidence {
  const name = evidencePath(folder, file);
  if (!fs.existsSync(name)) return {};
  try {
    const { schema, cases } = JSON.parse(fs.readFileSync(name, "utf8")) as Partial<EvidenceFile>;
    if (schema === 1 && cases !== undefined) return cases;
    throw new Error(`it is of schema ${schema ?? "none"}; this suite knows schema 1`);
  } catch (error) {
    throw new UsageError(`${path.relative(process.cwd(), name)} cannot be read: ${(error as Error).message}`);
  }
}

/** What was printed and observed, after the trace. */
export function evidenceOf({ outcome, trace, noise }: Judged): readonly string[] {
  const printed = noise === "" ? [] : noise.split("\n").slice(-8).map((line) => `printed: ${steady(line)}`);
  const end = outcome.message === undefined ? outcome.verdict : `${outcome.verdict}: ${steady(outcome.message)}`;
  return [...trace, ...printed, end].map((line) => line.length > 300 ? `${line.slice(0, 299)}…` : line);
}

/**
 * What the file has to hold now: the former lines of a case while its verdict is the same, so that a run which finds
 * nothing new changes nothing.
 */
export function mergeEvidence(
  cases: readonly Judged[],
  before: ResultFile | undefined,
  evidence: Evidence,
  everything: boolean,
): Evidence {
  const entries = cases.flatMap((judged): (readonly [string, readonly string[]])[] => {
    const { id } = judged.one;
    const { verdict } = judged.outcome;
    if (verdict === "unmet" || verdict === "pass" && !everything) return [];
    const former = before?.results[id]?.verdict === verdict ? evidence[id] : undefined;
    return [[id, former ?? evidenceOf(judged)]];
  });
  return Object.fromEntries(entries.sort(([a], [b]) => a < b ? -1 : 1));
}

/** One line per case, so that a difference is a line. */
export function serializeEvidence(evidence: Evidence): string {
  const rows = Object.entries(evidence).map(([id, lines]) => `    ${JSON.stringify(id)}: ${JSON.stringify(lines)}`);
  return `{\n  "schema": 1,\n  "cases": {${rows.length === 0 ? "" : `\n${rows.join(",\n")}\n  `}}\n}\n`;
}

/** Without what differs in every run, and without where this checkout is. */
function steady(text: string): string {
  return text.replaceAll(/(?:file:\/\/)?\/[^\s:'"()]*\/(?=\.conformance\/)/g, "")
    .replace(/omnisock-\w{6}/g, "omnisock-…").replace(/\d{5,}/g, "…");
}
