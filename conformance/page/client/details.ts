/** All that is known of a case, with one of its cells at the front. */
import { type ComponentChildren, h } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";

import { verdicts } from "../../harness/verdict.js";
import { columnKey } from "../column.js";
import { describe, history } from "../history.js";
import type { Column, Mark, Model, Row } from "../model.js";
import { clauses } from "../source.js";
import { tones, wording } from "../tone.js";
import { columnName } from "./heads.js";
import { prose } from "./prose.js";
import { Versions } from "./versions.js";

export interface DetailsProps {
  readonly model: Model;
  readonly row: Row;
  readonly column: Column;
  readonly choose: (at: string) => void;
  readonly close: () => void;
}

export function Details({ model, row, column, choose, close }: DetailsProps): ComponentChildren {
  const dialog = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => dialog.current?.showModal(), []);
  useLayoutEffect(() => dialog.current?.scrollTo(0, 0), [row.id, columnKey(column)]);
  const index = model.rows.indexOf(row);
  return h("dialog", {
    ref: dialog,
    "aria-labelledby": "details-title",
    onClose: close,
    // The dialog's own box is filled by its content, so that only the backdrop gives itself as the target.
    onClick: (event: Event) => event.target === dialog.current && dialog.current?.close(),
  }, [
    h("article", null, [
      h("header", null, [
        h("h2", { id: "details-title" }, row.id),
        h(
          "button",
          { type: "button", class: "close", "aria-label": "Close", onClick: () => dialog.current?.close() },
          "✕",
        ),
      ]),
      h("p", { class: "assertion" }, [
        h("span", { class: `level ${row.level}` }, row.level),
        " ",
        prose(row.assertion),
      ]),
      h("p", { class: "source" }, ["Source: ", ...clauses(row.source).map(({ text, link }) => anchor(text, link))]),
      h(Finding, { model, column, index, cell: column.cells[index] ?? { verdict: "notrun" } }),
      h("h3", null, "Everywhere"),
      h(Versions, { model, index, at: column, choose }),
    ]),
  ]);
}

interface FindingProps {
  readonly model: Model;
  readonly column: Column;
  readonly index: number;
  readonly cell: Mark;
}

/** What one column says. */
function Finding({ model, column, index, cell }: FindingProps): ComponentChildren {
  const past = history(model.columns, column, index);
  const summary = describe(past, index);
  const { tone } = tones[cell.verdict];
  return h("section", { class: `finding ${tone}`, "aria-live": "polite" }, [
    h("h3", null, [columnName(column), " ", h("small", null, column.platform)]),
    h("p", { class: "verdict" }, [
      h("strong", { class: `cell ${tone}` }, wording(cell)),
      " ",
      cell.known === true ? h("em", null, "known: ") : null,
      prose(verdicts[cell.verdict].meaning),
    ]),
    cell.value === undefined || cell.verdict === "info" ? null : part("Recorded", String(cell.value)),
    cell.message === undefined ? null : part(cell.known === true ? "Reason" : "Message", cell.message),
    cell.link === undefined ? null : h("p", null, ["Upstream: ", anchor(cell.link, cell.link)]),
    cell.details === undefined ? null : block("Expected and actual", [cell.details]),
    summary === "" ? null : h("p", { class: "history" }, `Over the versions: ${summary}.`),
    cell.evidence === undefined || cell.evidence.length === 0 ? null : block("Evidence", cell.evidence),
  ]);
}

function part(name: string, text: string): ComponentChildren {
  return h("p", null, [h("b", null, `${name}: `), text]);
}

function block(name: string, lines: readonly string[]): ComponentChildren {
  return h("div", null, [
    h("h4", null, name),
    h("pre", { tabIndex: 0, "aria-label": name }, lines.join("\n")),
  ]);
}

/** A link only where it leads to the web. */
function anchor(text: string, link: string | undefined): ComponentChildren {
  return link !== undefined && /^https?:\/\//.test(link) ? h("a", { href: link, rel: "noreferrer" }, text) : text;
}
