/** One case over all subjects and versions: a line for each subject on a runtime, oldest version first. */
import { type ComponentChildren, h } from "preact";

import { columnKey, runtimeTitles, subjectTitle, track } from "../column.js";
import { describe, history } from "../history.js";
import type { Column, Model } from "../model.js";
import { tones, wording } from "../tone.js";
import { columnName } from "./heads.js";

export interface VersionsProps {
  readonly model: Model;
  readonly index: number;
  /** The column that is at the front. */
  readonly at: Column;
  readonly choose: (at: string) => void;
}

export function Versions({ model, index, at, choose }: VersionsProps): ComponentChildren {
  const tracks = new Map(model.columns.map((column) => [track(column), column]));
  return h(
    "dl",
    { class: "versions" },
    [...tracks.values()].flatMap((column) => {
      const past = history(model.columns, column, index);
      const summary = describe(past, index);
      return [
        h("dt", { key: track(column) }, [
          column.subject === "memory" ? "" : `${runtimeTitles[column.runtime]} `,
          h("b", null, subjectTitle(column.subject)),
          summary === "" ? null : h("small", null, ` ${summary}`),
        ]),
        h(
          "dd",
          { key: `${track(column)} versions` },
          past.columns.map((one, i) => {
            const cell = one.cells[index] ?? { verdict: "notrun" as const };
            return h("button", {
              key: columnKey(one),
              type: "button",
              class: `cell ${tones[cell.verdict].tone}`,
              "aria-pressed": one === at,
              "aria-label": `${columnName(one)}: ${wording(cell)}`,
              onClick: () => choose(columnKey(one)),
            }, [h("span", { class: "version" }, one.version), `${wording(cell)}${past.regressed[i] ? " ↓" : ""}`]);
          }),
        ),
      ];
    }),
  );
}
