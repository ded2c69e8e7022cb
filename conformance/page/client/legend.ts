/** What the symbols, words and columns mean. */
import { type ComponentChildren, h } from "preact";

import { verdictNames, verdicts } from "../../harness/verdict.js";
import { subjectTitles } from "../column.js";
import { tones } from "../tone.js";
import { prose } from "./prose.js";

export function Legend(): ComponentChildren {
  return h("footer", null, [
    h("h2", null, "Legend"),
    h("dl", { class: "legend" }, [
      ...verdictNames.flatMap((name) => [
        h(
          "dt",
          { key: name },
          h("span", { class: `cell ${tones[name].tone}` }, `${verdicts[name].symbol} ${tones[name].word}`),
        ),
        h("dd", { key: `${name} meaning` }, prose(verdicts[name].meaning)),
      ]),
      h("dt", null, h("span", { class: "regression" }, "↓")),
      h("dd", null, "An earlier version of the same runtime passes."),
    ]),
    h("h2", null, "Columns"),
    h(
      "dl",
      { class: "legend" },
      Object.values(subjectTitles).flatMap(({ title, meaning }) => [
        h("dt", { key: title }, title),
        h("dd", { key: `${title} meaning` }, meaning),
      ]),
    ),
    h("p", null, "MUST, SHOULD and MAY are those of RFC 2119. The counts are met (pass or value) of all."),
  ]);
}
