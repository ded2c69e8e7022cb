/** What the adapters declare that they lack: the sentences, and the columns that say them. */
import { type ComponentChildren, h } from "preact";

import type { Column } from "../model.js";
import { columnName } from "./heads.js";

export function Gaps({ columns }: { columns: readonly Column[] }): ComponentChildren {
  const features = [...new Set(columns.flatMap((column) => Object.keys(column.gaps)))].sort();
  const rows = features.flatMap((feature) => {
    const sentences = new Map<string, string[]>();
    for (const column of columns) {
      const sentence = column.gaps[feature];
      if (sentence !== undefined) sentences.set(sentence, [...sentences.get(sentence) ?? [], columnName(column)]);
    }
    return [...sentences].map(([sentence, where]) => ({ feature, sentence, where }));
  });
  return h("section", { class: "gaps" }, [
    h(
      "p",
      null,
      "A gap is declared by the adapter, and the suite proves that the call is refused with ENOTSUP and this sentence. " +
        "If the feature starts to work, the suite fails until the sentence is gone.",
    ),
    rows.length === 0 ? h("p", null, "None of the columns declares a gap.") : h(
      "dl",
      null,
      rows.map(({ feature, sentence, where }) => [
        h("dt", { key: `${feature} ${sentence}` }, h("code", null, feature)),
        h("dd", { key: `${feature} ${sentence} where` }, [sentence, h("small", null, where.join(", "))]),
      ]),
    ),
  ]);
}
