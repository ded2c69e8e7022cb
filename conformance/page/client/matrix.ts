/** The matrix: groups that unfold into cases, and a cell for each column. */
import { type ComponentChildren, h } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";

import { verdicts } from "../../harness/verdict.js";
import { columnKey } from "../column.js";
import type { Column, Model } from "../model.js";
import { type Tally, tally, wording } from "../tone.js";
import { cellOf } from "./cell.js";
import { ensureStop, keepStop, moveFocus } from "./grid.js";
import { columnName, edge, Heads } from "./heads.js";
import { prose } from "./prose.js";
import { cellsOf, type Group, type Placed, regressed } from "./selection.js";

export interface MatrixProps {
  readonly model: Model;
  readonly columns: readonly Column[];
  readonly groups: readonly Group[];
  readonly toggle: (group: Group) => void;
  readonly show: (id: string, at: string) => void;
}

export function Matrix({ model, columns, groups, toggle, show }: MatrixProps): ComponentChildren {
  const table = useRef<HTMLTableElement>(null);
  useLayoutEffect(() => ensureStop(table.current));
  const rows = groups.flatMap((group) => group.rows);
  return h(
    "div",
    { class: "scroll" },
    h("table", { class: "matrix", role: "grid", ref: table, onKeyDown: moveFocus, onFocusIn: keepStop }, [
      h("caption", { class: "unseen" }, "Verdict of every case on every column; arrow keys move, Enter opens"),
      h(Heads, { columns, corner: "Case" }, [
        h("th", { scope: "row" }, `Met, of ${rows.length} cases${rows.length < model.rows.length ? " shown" : ""}`),
        ...columns.map((column, i) =>
          h("td", { key: columnKey(column), class: edge(columns, i) }, h(Sum, { tally: tallyOf(column, rows) }))
        ),
      ]),
      ...groups.map((group) => h(GroupRows, { key: group.name, model, columns, group, toggle, show })),
    ]),
  );
}

function GroupRows(
  { model, columns, group, toggle, show }: Omit<MatrixProps, "groups"> & { group: Group },
): ComponentChildren {
  const head = h("tr", { class: "group" }, [
    h(
      "th",
      { scope: "row" },
      h(
        "button",
        { type: "button", tabIndex: -1, "aria-expanded": group.open, onClick: () => toggle(group) },
        h("span", { class: "name" }, group.name),
        h("span", { class: "count" }, `${group.rows.length}`),
      ),
    ),
    ...columns.map((column, i) => {
      const sum = tallyOf(column, group.rows);
      return h(
        "td",
        { key: columnKey(column), class: edge(columns, i) },
        h(
          "button",
          {
            type: "button",
            tabIndex: -1,
            onClick: () => toggle(group),
          },
          h("span", { class: "unseen" }, `${group.name}, ${columnName(column)}: `),
          h(Sum, { tally: sum }),
          h("span", { class: "unseen" }, ` (${inWords(sum)})`),
        ),
      );
    }),
  ]);
  const cases = group.open ? group.rows.map((row) => h(CaseRow, { key: row.id, model, columns, row, show })) : [];
  return h("tbody", null, [head, ...cases]);
}

interface CaseProps extends Pick<MatrixProps, "model" | "columns" | "show"> {
  readonly row: Placed;
}

function CaseRow({ model, columns, row, show }: CaseProps): ComponentChildren {
  return h("tr", { class: "case" }, [
    h(
      "th",
      { scope: "row" },
      h("button", { type: "button", tabIndex: -1, onClick: () => show(row.id, ""), title: row.assertion }, [
        h("span", { class: "name" }, row.id.slice(row.id.indexOf("/") + 1)),
        h("span", { class: `level ${row.level}` }, row.level),
        h("span", { class: "assertion" }, prose(row.assertion)),
      ]),
    ),
    ...cellsOf(columns, row.index).map((cell, place) => {
      const column = columns[place] as Column;
      const worse = regressed(model, column, row.index);
      const says = `${columnName(column)}: ${wording(cell)}${cell.known === true ? ", known" : ""}`;
      const label = `${row.id}, ${says}${worse ? ", an earlier version passes" : ""}`;
      const title = cell.verdict === "pass"
        ? verdicts.pass.meaning
        : `${cell.value ?? cell.message ?? ""}`.slice(0, 200);
      return cellOf({ columns, place, cell, label, title, show: (at) => show(row.id, at) }, [
        cell.verdict === "info" ? h("span", { class: "words" }, wording(cell)) : wording(cell),
        worse ? h("span", { class: "regression" }, "↓") : null,
      ]);
    }),
  ]);
}

function tallyOf(column: Column, rows: readonly Placed[]): Tally {
  return tally(rows.map((row) => column.cells[row.index] ?? { verdict: "notrun" }));
}

/** So many of so many, what is wrong, and a bar that says the same. */
function Sum({ tally: sum }: { tally: Tally }): ComponentChildren {
  const parts = (["good", "value", "gap", "weak", "bad", "blank"] as const).filter((tone) => sum[tone] > 0);
  const rest = [["bad", "✗"], ["weak", "~"], ["gap", "–"], ["blank", "○"]] as const;
  return h("span", { class: sum.blank === sum.all ? "sum nothing" : "sum" }, [
    h("span", { class: "ratio" }, `${sum.met}/${sum.all}`),
    h(
      "span",
      { class: "rest" },
      rest.map(([name, symbol]) =>
        sum[name] > 0 ? h("span", { key: name, class: name }, `${symbol}\u202f${sum[name]} `) : null
      ),
    ),
    h(
      "span",
      { class: "bar", "aria-hidden": "true" },
      parts.map((part) => h("i", { key: part, class: part, style: { flexGrow: sum[part] } })),
    ),
  ]);
}

function inWords(sum: Tally): string {
  const rest = [
    [sum.gap, "declared gaps"],
    [sum.weak, "not strict"],
    [sum.bad, "failed"],
    [sum.blank, "unknown"],
  ].filter(([count]) => count !== 0).map((pair) => pair.join(" "));
  return [`${sum.met} of ${sum.all} met`, ...rest].join(", ");
}
