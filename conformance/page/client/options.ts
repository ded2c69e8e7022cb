/** The table of socket options: on every runtime what it sets by itself, and what with libc, with the values read back. */
import { type ComponentChildren, h } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";

import type { Column, Model } from "../model.js";
import { type OptionLine, optionLines, readBack } from "../options.js";
import { wording } from "../tone.js";
import { cellOf } from "./cell.js";
import { ensureStop, keepStop, moveFocus } from "./grid.js";
import { columnName, Heads } from "./heads.js";

export interface OptionsProps {
  readonly model: Model;
  readonly columns: readonly Column[];
  /** What a line must have of its names. */
  readonly text: string;
  readonly show: (id: string, at: string) => void;
}

export function Options({ model, columns, text, show }: OptionsProps): ComponentChildren {
  const table = useRef<HTMLTableElement>(null);
  useLayoutEffect(() => ensureStop(table.current));
  const words = text.toLowerCase().split(/\s+/).filter((word) => word !== "");
  const lines = optionLines(model).filter(({ option, transport, native }) =>
    words.every((word) => `${option} ${transport} ${native}`.toLowerCase().includes(word))
  );
  return h(
    "div",
    { class: "scroll" },
    h("table", { class: "defaults options", role: "grid", ref: table, onKeyDown: moveFocus, onFocusIn: keepStop }, [
      h("caption", { class: "unseen" }, "Socket options: values set and read back from the kernel on every column"),
      h(Heads, { columns, corner: `${lines.length} options; – needs libc` }),
      h("tbody", null, lines.map((line) => h(OptionRow, { key: line.id, columns, line, show }))),
    ]),
  );
}

function OptionRow(
  { columns, line, show }: Pick<OptionsProps, "columns" | "show"> & { line: OptionLine },
): ComponentChildren {
  return h("tr", { class: "case" }, [
    h(
      "th",
      { scope: "row" },
      h("button", { type: "button", tabIndex: -1, onClick: () => show(line.id, "") }, [
        h("span", { class: "name" }, `${line.option} (${line.transport})`),
        h("span", { class: "assertion" }, line.native),
      ]),
    ),
    ...columns.map((column, place) => {
      const cell = column.cells[line.index] ?? { verdict: "notrun" as const };
      const text = readBack(cell) || wording(cell);
      const label = `${line.option} (${line.transport}), ${columnName(column)}: ${text}`;
      const title = `${cell.message ?? ""}`.slice(0, 200);
      return cellOf({ columns, place, cell, label, title, show: (at) => show(line.id, at) }, text);
    }),
  ]);
}
