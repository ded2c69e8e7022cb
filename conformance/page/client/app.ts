/** The page as a function of its state. */
import { type ComponentChildren, h } from "preact";
import { useMemo } from "preact/hooks";

import { columnKey } from "../column.js";
import type { Column, Model } from "../model.js";
import { tones } from "../tone.js";
import { Defaults } from "./defaults.js";
import { Details } from "./details.js";
import { Filters, Views } from "./filters.js";
import { Gaps } from "./gaps.js";
import { Legend } from "./legend.js";
import { Matrix } from "./matrix.js";
import { Options } from "./options.js";
import { grouped, turn, visibleColumns, visibleRows } from "./selection.js";
import { formatHash, type State } from "./state.js";

export interface AppProps {
  readonly model: Model;
  readonly state: State;
  readonly change: (part: Partial<State>) => void;
}

export function App({ model, state, change }: AppProps): ComponentChildren {
  // Details come and go without another look at thousands of cells.
  const sheet = useMemo(() => h(Sheet, { model, state, change }), [model, formatHash({ ...state, case: "", at: "" })]);
  const row = model.rows.find((one) => one.id === state.case);
  const column = row === undefined ? undefined : frontColumn(model, visibleColumns(model, state), state);
  return h("div", { class: "app" }, [
    sheet,
    row === undefined || column === undefined ? null : h(Details, {
      model,
      row,
      column,
      choose: (at: string) => change({ at }),
      close: () => change({ case: "", at: "" }),
    }),
  ]);
}

/** Everything but the details. */
function Sheet({ model, state, change }: AppProps): ComponentChildren {
  const columns = visibleColumns(model, state);
  const groups = grouped(visibleRows(model, columns, state), state);
  return h("div", null, [
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
    h("main", null, columns.length === 0 ? h("p", { class: "empty" }, "No column is left.") : view()),
    h(Legend, null),
  ]);

  function view(): ComponentChildren {
    const show = (id: string, at: string): void => change({ case: id, at });
    if (state.view === "gaps") return h(Gaps, { columns });
    if (state.view === "options") return h(Options, { model, columns, text: state.text, show });
    if (state.view === "defaults") {
      const quiet = { ...state, level: "INFO", differences: false, regressions: false };
      return h(Defaults, { columns, rows: visibleRows(model, columns, quiet), show });
    }
    if (groups.length === 0) return h("p", { class: "empty" }, "No case is like that.");
    return h(Matrix, { model, columns, groups, show, toggle: (group) => change(turn(state, [group])) });
  }
}

/** The column that was asked for, or else the first one that has something to tell. */
function frontColumn(model: Model, columns: readonly Column[], state: State): Column | undefined {
  const index = model.rows.findIndex((row) => row.id === state.case);
  return model.columns.find((column) => columnKey(column) === state.at) ??
    columns.find((column) => ["bad", "weak"].includes(tones[column.cells[index]?.verdict ?? "notrun"].tone)) ??
    columns[0] ?? model.columns[0];
}
