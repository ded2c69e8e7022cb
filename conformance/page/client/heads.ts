/** The heads of the columns: runtime over subject over version. */
import { type ComponentChildren, h } from "preact";

import { columnKey, runtimeTitles, subjectTitle, subjectTitles } from "../column.js";
import type { Column } from "../model.js";

/** Columns next to each other that share a name. */
interface Span {
  readonly key: string;
  readonly title: string;
  readonly meaning: string;
  readonly width: number;
}

interface HeadsProps {
  readonly columns: readonly Column[];
  readonly corner: string;
  /** The cells of a fourth row. */
  readonly children?: ComponentChildren;
}

/** Three rows of heads, beside a corner that says what the rows are. */
export function Heads({ columns, corner, children }: HeadsProps): ComponentChildren {
  const manyPlatforms = new Set(columns.map((column) => column.platform)).size > 1;
  return h("thead", null, [
    h("tr", { class: "runtimes" }, [
      h("th", { class: "corner", rowSpan: 3, scope: "col" }, corner),
      ...spans(columns, runtimeOf, runtimeName, () => "").map(headOf),
    ]),
    h(
      "tr",
      { class: "subjects" },
      spans(
        columns,
        (column) => `${runtimeOf(column)} ${column.subject} ${column.platform}`,
        (column) => `${subjectTitle(column.subject)}${manyPlatforms ? ` (${column.platform})` : ""}`,
        (column) => subjectTitles[column.subject]?.meaning ?? "",
      ).map(headOf),
    ),
    h(
      "tr",
      { class: "versions" },
      columns.map((column, i) =>
        h("th", { key: columnKey(column), scope: "col", class: edge(columns, i) }, column.version)
      ),
    ),
    children === undefined ? null : h("tr", { class: "totals" }, children),
  ]);
}

/** A class for the first column of each runtime, which is set off by a line. */
export function edge(columns: readonly Column[], i: number): string {
  const [column, before] = [columns[i], columns[i - 1]];
  if (column === undefined || before === undefined || runtimeOf(column) !== runtimeOf(before)) return "edge";
  return column.subject !== before.subject ? "seam" : "";
}

/** The whole name of a column, for who cannot see the heads. */
export function columnName(column: Column): string {
  return `${subjectTitle(column.subject)} on ${runtimeTitles[column.runtime]} ${column.version}`;
}

function headOf({ key, title, meaning, width }: Span, i: number, all: readonly Span[]): ComponentChildren {
  const begins = i === 0 || all[i - 1]?.key.split(" ")[0] !== key.split(" ")[0];
  return h(
    "th",
    { key, colSpan: width, scope: "colgroup", title: meaning, class: begins ? "edge" : "seam" },
    h("span", null, title),
  );
}

/** The test double runs on Node but has nothing of it. */
function runtimeOf({ subject, runtime }: Column): string {
  return subject === "memory" ? "memory" : runtime;
}

function runtimeName(column: Column): string {
  return column.subject === "memory" ? "In memory" : runtimeTitles[column.runtime];
}

function spans(
  columns: readonly Column[],
  key: (column: Column) => string,
  title: (column: Column) => string,
  meaning: (column: Column) => string,
): Span[] {
  const found: Span[] = [];
  for (const column of columns) {
    const last = found.at(-1);
    if (last?.key === key(column)) found[found.length - 1] = { ...last, width: last.width + 1 };
    else found.push({ key: key(column), title: title(column), meaning: meaning(column), width: 1 });
  }
  return found;
}
