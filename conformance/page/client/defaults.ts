/** The table of defaults: the values of the INFO cases. */
import { type ComponentChildren, h } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";

import type { Column } from "../model.js";
import { differs, wording } from "../tone.js";
import { cellOf } from "./cell.js";
import { ensureStop, keepStop, moveFocus } from "./grid.js";
import { columnName, Heads } from "./heads.js";
import { prose } from "./prose.js";
import { cellsOf, type Placed } from "./selection.js";

export interface DefaultsProps {
  readonly columns: readonly Column[];
  readonly rows: readonly Placed[];
  readonly show: (id: string, at: string) => void;
}

export function Defaults({ columns, rows, show }: DefaultsProps): ComponentChildren {
  const table = useRef<HTMLTableElement>(null);
  useLayoutEffect(() => ensureStop(table.current));
  return h(
    "div",
    { class: "scroll" },
    h("table", { class: "defaults", role: "grid", ref: table, onKeyDown: moveFocus, onFocusIn: keepStop }, [
      h("caption", { class: "unseen" }, "What each column does where nothing is required; ≠ marks rows that differ"),
      h(Heads, { columns, corner: `${rows.length} recorded values; ≠ where they differ` }),
      h("tbody", null, rows.map((row) => h(ValueRow, { key: row.id, columns, row, show }))),
    ]),
  );
}

function ValueRow(
  { columns, row, show }: Pick<DefaultsProps, "columns" | "show"> & { row: Placed },
): ComponentChildren {
  const cells = cellsOf(columns, row.index);
  return h("tr", { class: "case" }, [
    h(
      "th",
      { scope: "row" },
      h("button", { type: "button", tabIndex: -1, onClick: () => show(row.id, "") }, [
        h("span", { class: "name" }, row.id),
        differs(cells) ? h("span", { class: "differs", title: "The values differ" }, "≠") : null,
        h("span", { class: "assertion" }, prose(row.assertion)),
      ]),
    ),
    ...cells.map((cell, place) => {
      const column = columns[place] as Column;
      const text = cell.verdict === "info" ? String(cell.value) : wording(cell);
      const label = `${row.id}, ${columnName(column)}: ${text}`;
      return cellOf({ columns, place, cell, label, show: (at) => show(row.id, at) }, text);
    }),
  ]);
}
