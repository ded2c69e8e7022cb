/** The controls above the tables: views, search, and what is shown. */
import { type ComponentChildren, h } from "preact";
import { useState } from "preact/hooks";

import { runtimeTitles, subjectTitle, subjectTitles } from "../column.js";
import { groupOf } from "../group.js";
import type { Model } from "../model.js";
import { type Group, turn } from "./selection.js";
import type { State, View } from "./state.js";

export interface FilterProps {
  readonly model: Model;
  /** What the filters leave. */
  readonly groups: readonly Group[];
  readonly state: State;
  readonly change: (part: Partial<State>) => void;
}

const views: Readonly<Record<View, string>> = {
  matrix: "Matrix",
  defaults: "Defaults",
  options: "Options",
  gaps: "Gaps",
};

export function Views({ state, change }: Pick<FilterProps, "state" | "change">): ComponentChildren {
  return h(
    "nav",
    { "aria-label": "Views" },
    (Object.keys(views) as View[]).map((view) =>
      h("button", {
        key: view,
        type: "button",
        "aria-pressed": state.view === view,
        onClick: () => change({ view }),
      }, views[view])
    ),
  );
}

export function Filters({ model, groups: found, state, change }: FilterProps): ComponentChildren {
  const groups = [...new Set(model.rows.map((row) => groupOf(row.id)))];
  const subjects = [...new Set(model.columns.map((column) => column.subject))]
    .sort((a, b) => Object.keys(subjectTitles).indexOf(a) - Object.keys(subjectTitles).indexOf(b));
  const runtimes = [...new Set(model.columns.map((column) => column.runtime))];
  const open = found.every((group) => group.open);
  const matrix = state.view === "matrix";
  // Only a narrow screen folds them.
  const [unfolded, unfold] = useState(false);
  return h("form", {
    class: unfolded ? "filters unfolded" : "filters",
    role: "search",
    onSubmit: (event: Event) => event.preventDefault(),
  }, [
    state.view === "gaps" ? null : h("input", {
      type: "search",
      "aria-label": "Search in names, assertions and sources",
      placeholder: "Search",
      value: state.text,
      onInput: (event: Event) => change({ text: (event.target as HTMLInputElement).value }),
    }),
    h("button", {
      type: "button",
      class: "fold",
      "aria-expanded": unfolded,
      onClick: () => unfold(!unfolded),
    }, "Filters"),
    state.view === "gaps" || state.view === "options"
      ? null
      : select("Group", state.group, [["", "All groups"], ...groups.map(same)], (group) => change({ group })),
    matrix
      ? select(
        "Level",
        state.level,
        [["", "All levels"], ...["MUST", "SHOULD", "MAY", "INFO"].map(same)],
        (level) => change({ level }),
      )
      : null,
    select(
      "Runtime",
      state.runtime,
      [["", "All runtimes"], ...runtimes.map((name) => [name, runtimeTitles[name]] as const)],
      (runtime) => change({ runtime }),
    ),
    select("Versions", state.depth, [
      ["newest", "Newest versions"],
      ["major", "Newest of each major"],
      ["all", "Every version"],
    ], (depth) => change({ depth: depth as State["depth"] })),
    state.view === "options" ? null : h("fieldset", { class: "subjects" }, [
      h("legend", { class: "unseen" }, "Subjects"),
      ...subjects.map((subject) =>
        check(subjectTitle(subject), !state.hidden.includes(subject), (shown) =>
          change({
            hidden: shown ? state.hidden.filter((name) => name !== subject) : [...state.hidden, subject],
          }), subjectTitles[subject]?.meaning)
      ),
    ]),
    matrix
      ? h("fieldset", null, [
        h("legend", { class: "unseen" }, "Rows"),
        check("differences only", state.differences, (differences) => change({ differences })),
        check("regressions only", state.regressions, (regressions) => change({ regressions })),
        h(
          "button",
          { type: "button", onClick: () => change(turn(state, found, !open)) },
          open ? "Fold all" : "Unfold all",
        ),
      ])
      : null,
  ]);
}

function same(name: string): readonly [string, string] {
  return [name, name];
}

function select(
  label: string,
  value: string,
  choices: readonly (readonly [value: string, text: string])[],
  choose: (value: string) => void,
): ComponentChildren {
  return h(
    "select",
    {
      "aria-label": label,
      value,
      class: value === choices[0]?.[0] ? "" : "set",
      onChange: (event: Event) => choose((event.target as HTMLSelectElement).value),
    },
    choices.map(([name, text]): ComponentChildren => h("option", { key: name, value: name }, text)),
  );
}

function check(label: string, checked: boolean, choose: (checked: boolean) => void, title?: string): ComponentChildren {
  return h("label", { key: label, ...(title === undefined ? {} : { title }) }, [
    h("input", {
      type: "checkbox",
      checked,
      onChange: (event: Event) => choose((event.target as HTMLInputElement).checked),
    }),
    label,
  ]);
}
