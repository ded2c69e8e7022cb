/** The page as a function of its state. */
import { type ComponentChildren, h } from "preact";

import { columnKey } from "../column.js";
import type { Column, Model } from "../model.js";
import { tones } from "../tone.js";
import { Defaults } from "./defaults.js";
import { Details } from "./details.js";
import { Filters, Views } from "./filters.js";
import { Gaps } from "./gaps.js";
import { Legend } from "./legend.js";
import { Matrix } from "./matrix.js";
import { grouped, turn, visibleColumns, visibleRows } from "./selection.js";
import type { State } from "./state.js";

export interface AppProps {
  readonly model: Model;
  readonly state: State;
  readonly change: (part: Partial<State>) => void;
}

export function App({ model, state, change }: AppProps): ComponentChildren {
  const columns = visibleColumns(model, state);
  const row = model.rows.find((one) => one.id === state.case);
  const groups = grouped(visibleRows(model, columns, state), state);
  const column = row === undefined ? undefined : frontColumn(model, columns, state);
  return h("div", { class: "app" }, [
    h("header", { class: "top" }, [
      h("h1", null, "Sockets in JavaScript runtimes"),
      h(
        "p",
        null,
        `${model.rows.length} behaviours of TCP, UDP and Unix sockets, each seen from outside the process: what omnisock does on every runtime, beside what the runtime does by itself.`,
      ),
      h(Views, { state, change }),
      h(Filters, { model, groups, state, change }),
    ]),
    h("main", null, columns.length === 0 ? h("p", { class: "empty" }, "No column is left.") : view(columns)),
    h(Legend, null),
    row === undefined || column === undefined ? null : h(Details, {
      model,
      row,
      column,
      choose: (at: string) => change({ at }),
      close: () => change({ case: "", at: "" }),
    }),
  ]);

  function view(shown: readonly Column[]): ComponentChildren {
    const show = (id: string, at: string): void => change({ case: id, at });
    if (state.view === "gaps") return h(Gaps, { columns: shown });
    if (state.view === "defaults") {
      const quiet = { ...state, level: "INFO", differences: false, regressions: false };
      return h(Defaults, { columns: shown, rows: visibleRows(model, shown, quiet), show });
    }
    if (groups.length === 0) return h("p", { class: "empty" }, "No case is like that.");
    return h(Matrix, {
      model,
      columns: shown,
      groups,
      show,
      toggle: (group) => change(turn(state, [group])),
    });
  }
}

/** The column that was asked for, or else the first one that has something to tell. */
function frontColumn(model: Model, columns: readonly Column[], state: State): Column | undefined {
  const index = model.rows.findIndex((row) => row.id === state.case);
  return model.columns.find((column) => columnKey(column) === state.at) ??
    columns.find((column) => ["bad", "weak"].includes(tones[column.cells[index]?.verdict ?? "notrun"].tone)) ??
    columns[0] ?? model.columns[0];
}
