/** Cells of many columns said in few words: equal ones together. */
import type { Column, Row } from "./model.js";
import { clip, code, heading, table } from "./markup.js";
import { tones, wording } from "./tone.js";

/** Items of the same key together, in the order in which each key came first. */
export function merged<Item>(items: readonly Item[], key: (item: Item) => string): Item[][] {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group === undefined) groups.set(key(item), [item]);
    else group.push(item);
  }
  return [...groups.values()];
}

/** The values of the INFO cases: with the library, and without it. */
export function values(rows: readonly Row[], library: readonly Column[], without: readonly Column[]): string[] {
  const sides = [["omnisock", library], ["without it", without]] as const;
  const shown = sides.filter(([, columns]) => columns.length > 0);
  const infos = rows.map((row, index) => ({ row, index })).filter(({ row }) => row.level === "INFO");
  if (infos.length === 0 || shown.length === 0) return [];
  return table(
    ["Case", ...shown.map(([name]) => name)],
    infos.map(({ row, index }) => [
      `${code(row.id)}<br>${clip(row.assertion, 200)}`,
      ...shown.map(([, columns]) => valuesOf(columns, index)),
    ]),
  );
}

/** One value if all columns agree; or else each value with the columns that have it. */
function valuesOf(columns: readonly Column[], index: number): string {
  const texts = columns.map((column) => {
    const cell = column.cells[index] ?? { verdict: "notrun" as const };
    return { column, text: cell.verdict === "info" ? String(cell.value) : wording(cell) };
  });
  const groups = merged(texts, ({ text }) => text);
  return groups.map((group) => {
    const text = clip(group[0]?.text ?? "", 100);
    return groups.length === 1 ? text : `${group.map(({ column }) => heading(column, columns)).join(", ")}: ${text}`;
  }).join("<br>");
}

/** Why the library does not meet a case, and what expectations foresee of the other columns; equal reasons together. */
export function reasons(rows: readonly Row[], library: readonly Column[], others: readonly Column[]): string[] {
  const columns = [...library, ...others];
  const found = rows.flatMap((row, i) =>
    columns.flatMap((column) => {
      const { verdict, known, message = "", link } = column.cells[i] ?? { verdict: "notrun" as const };
      const { tone } = tones[verdict];
      const told = known === true || library.includes(column) && (tone === "bad" || tone === "weak");
      return told ? [{ id: row.id, column, reason: message, known, link }] : [];
    })
  );
  if (found.length === 0) return ["None."];
  return table(
    ["Reason", "Cases", "With"],
    merged(found, ({ reason, known, link }) => `${known}\n${reason}\n${link}`).map((those) => [
      (those[0]?.known === true ? "known: " : "") + clip(those[0]?.reason ?? "", 300) + upstream(those[0]?.link),
      [...new Set(those.map(({ id }) => code(id)))].join(", "),
      [...new Set(those.map(({ column }) => heading(column, columns)))].join(", "),
    ]),
  );
}

function upstream(link: string | undefined): string {
  return link !== undefined && /^https?:\/\/[^\s)<>|]+$/.test(link) ? ` ([upstream](${link}))` : "";
}
