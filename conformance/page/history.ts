/** What became of a case from version to version of a runtime. */
import type { Verdict } from "../harness/verdict.js";
import { compareVersions } from "../runner/version.js";
import { type Identity, ofDepth, track } from "./column.js";

interface Tested extends Identity {
  readonly cells: readonly { readonly verdict: Verdict }[];
}

export interface History<C> {
  /** The columns that differ only in version, oldest first. */
  readonly columns: readonly C[];
  /** First and last version with which the case is met; absent if there is none. */
  readonly passes?: { readonly first: string; readonly last: string };
  /** For every column: the case is not met here, though it was with an earlier version. */
  readonly regressed: readonly boolean[];
}

const met: ReadonlySet<Verdict> = new Set<Verdict>(["pass"]);
const broken: ReadonlySet<Verdict> = new Set<Verdict>(["nonstrict", "fail", "timeout", "crash"]);

/** The history of row `row` over all versions of `column`'s runtime, with the same subject on the same platform. */
export function history<C extends Tested>(columns: readonly C[], column: Identity, row: number): History<C> {
  const line = columns.filter((other) => track(other) === track(column))
    .sort((a, b) => compareVersions(a.version, b.version));
  const verdicts = line.map((other) => other.cells[row]?.verdict ?? "notrun");
  const good = line.filter((_, i) => met.has(verdicts[i] ?? "notrun")).map((other) => other.version);
  const [first, last] = [good[0], good.at(-1)];
  const start = verdicts.findIndex((verdict) => met.has(verdict));
  return {
    columns: line,
    ...(first === undefined || last === undefined ? {} : { passes: { first, last } }),
    regressed: verdicts.map((verdict, i) => broken.has(verdict) && start >= 0 && start < i),
  };
}

/** A case that some version of a runtime meets, and a later one does not. */
export interface Regression<C> {
  /** The newest version. */
  readonly column: C;
  readonly row: number;
  readonly passes: { readonly first: string; readonly last: string };
  /** The versions that do not meet it, with what they gave. */
  readonly lost: readonly { readonly version: string; readonly verdict: Verdict }[];
  /** Whether the newest version meets it again. */
  readonly mended: boolean;
}

export function regressions<C extends Tested>(columns: readonly C[]): Regression<C>[] {
  return ofDepth(columns, "newest").flatMap((column) =>
    column.cells.flatMap((_, row): Regression<C>[] => {
      const { columns: line, passes, regressed } = history(columns, column, row);
      if (passes === undefined || !regressed.includes(true)) return [];
      const lost = line.filter((_, i) => regressed[i]).map(({ version, cells }) => ({
        version,
        verdict: cells[row]?.verdict ?? "notrun",
      }));
      return [{ column, row, passes, lost, mended: regressed.at(-1) !== true }];
    })
  );
}

/** The versions with which the case passes, in words; nothing to say of fewer than two versions. */
export function describe({ columns, passes, regressed }: History<Tested>, row: number): string {
  if (columns.length < 2 || !columns.some((column) => broken.has(column.cells[row]?.verdict ?? "notrun"))) return "";
  if (passes === undefined) return "passes with none of these versions";
  const [oldest, newest] = [columns[0]?.version, columns.at(-1)?.version];
  const since = passes.first === oldest ? "" : `since ${passes.first}`;
  const until = passes.last === newest ? "" : `until ${passes.last}`;
  const range = [since, until].filter((part) => part !== "").join(" and ");
  const gap = regressed.some((flag, i) => flag && compareVersions(columns[i]?.version ?? "", passes.last) < 0);
  return `passes ${range === "" ? "" : `${range}`}${gap ? `${range === "" ? "" : ", "}not in between` : ""}`.trim();
}
