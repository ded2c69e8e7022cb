/** A cell of a table: what one column says of one line, as a button that shows more. */
import { type ComponentChildren, h } from "preact";

import type { Verdict } from "../../harness/verdict.js";
import { columnKey } from "../column.js";
import type { Column } from "../model.js";
import { tones } from "../tone.js";
import { edge } from "./heads.js";

export interface CellProps {
  readonly columns: readonly Column[];
  /** Which of them. */
  readonly place: number;
  readonly cell: { readonly verdict: Verdict };
  /** All that it says, for those who do not see its line and column. */
  readonly label: string;
  readonly title?: string | undefined;
  readonly show: (at: string) => void;
}

export function cellOf(
  { columns, place, cell, label, title, show }: CellProps,
  content: ComponentChildren,
): ComponentChildren {
  const key = columnKey(columns[place] as Column);
  return h(
    "td",
    { key, class: edge(columns, place) },
    h("button", {
      type: "button",
      tabIndex: -1,
      class: `cell ${tones[cell.verdict].tone}`,
      title,
      "aria-label": label,
      onClick: () => show(key),
    }, content),
  );
}
