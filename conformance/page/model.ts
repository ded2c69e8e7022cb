/** What both renderings of the results are made from: the cases, and one column for every result file, best first. */
import type { Case } from "../harness/case.js";
import { type Evidence, readEvidence } from "../runner/evidence.js";
import { type Cell, readResults, type ResultFile } from "../runner/results.js";
import { concerns } from "../runner/subjects.js";
import { compareColumns, type Identity } from "./column.js";

export interface Row {
  readonly id: string;
  readonly level: Case["level"];
  readonly assertion: string;
  readonly source: string;
}

/** A cell as the pages show it: what is kept of the result, with the trace of the case where one is kept. */
export interface Mark extends Cell {
  /** The case is not run on this subject, for which it would be another subject's once more. */
  readonly outside?: true;
  readonly evidence?: readonly string[];
}

export interface Column extends Identity {
  readonly gaps: Readonly<Record<string, string>>;
  /** One for each row, in the order of the rows. */
  readonly cells: readonly Mark[];
}

export interface Model {
  readonly rows: readonly Row[];
  readonly columns: readonly Column[];
}

/** The model of the result files in `folder`, whose traces are in its subfolder `evidence` or nowhere. */
export function readModel(folder: string, cases: readonly Case[]): Model {
  const files = readResults(folder);
  const evidence = new Map(files.map((file) => [file, readEvidence(folder, file)]));
  return makeModel(files, cases, (file) => evidence.get(file) ?? {});
}

const notRun: Mark = { verdict: "notrun" };
const outside: Mark = { ...notRun, outside: true, message: "Nothing of it changes here; see omnisock." };

export function makeModel(
  files: readonly ResultFile[],
  cases: readonly Case[],
  evidence: (file: ResultFile) => Evidence = () => ({}),
): Model {
  const rows = cases.map(({ id, level, assertion, source }) => ({ id, level, assertion, source }));
  const columns = files.map((file): Column => {
    const lines = evidence(file);
    return {
      subject: file.subject,
      runtime: file.runtime,
      version: file.version,
      platform: `${file.os} ${file.arch}`,
      gaps: file.gaps,
      cells: rows.map(({ id }) => {
        const cell: Mark = file.results[id] ?? (concerns(file.subject, id) ? notRun : outside);
        return lines[id] === undefined ? cell : { ...cell, evidence: lines[id] };
      }),
    };
  });
  return { rows, columns: columns.sort(compareColumns) };
}
