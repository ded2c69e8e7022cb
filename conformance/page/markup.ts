/** The few forms of Markdown that COMPATIBILITY.md is made of. */
import { type Identity, runtimeTitles, subjectTitle } from "./column.js";

/** A heading and its lines; nothing at all if there are none. */
export function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`## ${title}`, "", ...lines, ""];
}

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  return [head, head.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |`);
}

export function code(text: string): string {
  return `\`${text}\``;
}

/** Text of results as text of a cell: on one line, and no markup. */
export function escape(text: string): string {
  return text.replace(/\s+/g, " ").trim().replace(
    /[\\`*_[\]|<>&]/g,
    (character) => ({ "<": "&lt;", ">": "&gt;", "&": "&amp;" })[character] ?? `\\${character}`,
  );
}

/** The beginning of a long text; all of it is in the page. */
export function clip(text: string, length: number): string {
  const letters = [...text.replace(/\s+/g, " ").trim()];
  return escape(letters.length <= length ? letters.join("") : `${letters.slice(0, length - 1).join("").trimEnd()}…`);
}

/** The name of a column among `all`: Node by its major version, since minor versions differ between machines. */
export function heading(column: Identity, all: readonly Identity[]): string {
  const { subject, runtime, version, platform } = column;
  const where = subject === "memory"
    ? ""
    : `${runtimeTitles[runtime]} ${runtime === "node" ? Number.parseInt(version) : version}`;
  const what = subject === "omnisock" ? "" : subjectTitle(subject);
  const name = [what, where].filter((part) => part !== "").join(" on ");
  return new Set(all.map((one) => one.platform)).size > 1 ? `${name} (${platform})` : name;
}
