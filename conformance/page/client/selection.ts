/** The rows and columns of the model that a state shows. */
import { ofDepth } from "../column.js";
import { groupOf } from "../group.js";
import { history } from "../history.js";
import type { Column, Model, Row } from "../model.js";
import { differs, tones } from "../tone.js";
import type { State } from "./state.js";

export interface Group {
  readonly name: string;
  /** Rows that the filters let through, with their place in the model. */
  readonly rows: readonly Placed[];
  readonly open: boolean;
}

export interface Placed extends Row {
  readonly index: number;
}

/** Whom the table of options compares, whatever else is hidden. */
const optionSubjects: readonly string[] = ["omnisock", "libc"];

export function visibleColumns({ columns }: Model, state: State): Column[] {
  return ofDepth(columns, state.depth).filter((column) =>
    (state.view === "options" ? optionSubjects.includes(column.subject) : !state.hidden.includes(column.subject)) &&
    (state.runtime === "" || column.runtime === state.runtime)
  );
}

export function visibleRows(model: Model, columns: readonly Column[], state: State): Placed[] {
  const words = state.text.toLowerCase().split(/\s+/).filter((word) => word !== "");
  return model.rows.map((row, index) => ({ ...row, index })).filter((row) =>
    (state.group === "" || groupOf(row.id) === state.group) &&
    (state.level === "" || row.level === state.level) &&
    words.every((word) => `${row.id} ${row.assertion} ${row.source}`.toLowerCase().includes(word)) &&
    (!state.differences || differs(cellsOf(columns, row.index))) &&
    (!state.regressions || columns.some((column) => regressed(model, column, row.index)))
  );
}

/** Rows by group, in the model's order. A search unfolds what it finds. */
export function grouped(rows: readonly Placed[], state: State): Group[] {
  const groups = new Map<string, Placed[]>();
  for (const row of rows) {
    const name = groupOf(row.id);
    const list = groups.get(name);
    if (list === undefined) groups.set(name, [row]);
    else list.push(row);
  }
  return [...groups].map(([name, list]) => ({
    name,
    rows: list,
    open: narrowed(state) ? !state.folded.includes(name) : state.open.includes(name),
  }));
}

/** The change that folds or unfolds the groups: all to what `open` says, or each to what it is not. */
export function turn(state: State, groups: readonly Group[], open?: boolean): Partial<State> {
  const names = groups.filter((group) => group.open !== open).map((group) => group.name);
  const member = narrowed(state) ? "folded" : "open";
  const [turned, others] = [
    names.filter((name) => !state[member].includes(name)),
    state[member].filter((name) => !names.includes(name)),
  ];
  return { [member]: [...others, ...turned] };
}

/** True if a filter of rows is set. */
export function narrowed({ group, level, text, differences, regressions }: State): boolean {
  return group !== "" || level !== "" || text.trim() !== "" || differences || regressions;
}

export function cellsOf(columns: readonly Column[], index: number): Column["cells"] {
  return columns.map((column) => column.cells[index] ?? { verdict: "notrun" });
}

/** True if an earlier version of the column's runtime did better. */
export function regressed(model: Model, column: Column, index: number): boolean {
  const { tone } = tones[column.cells[index]?.verdict ?? "notrun"];
  if (tone !== "bad" && tone !== "weak") return false;
  const { columns, regressed: flags } = history(model.columns, column, index);
  return flags[columns.indexOf(column)] ?? false;
}
