/** A table for the terminal whose columns have a subject over a runtime; those that do not fit go into a table below. */
import { chalk } from "zx";

export interface Head {
  readonly subject: string;
  readonly runtime: string;
}

export interface Line {
  readonly label: string;
  /** One for each head. */
  readonly cells: readonly string[];
}

const gutter = 2;

/** Heads next to each other with the same subject share its name. */
export function renderColumns(corner: string, heads: readonly Head[], lines: readonly Line[], limit: number): string {
  const first = Math.max(...[corner, ...lines.map((line) => line.label)].map(printed));
  const widths = columnWidths(heads, lines);
  return blocks(heads, widths, limit - first).map((block) => {
    const subjects = block.map((at, i) =>
      heads[at]?.subject === heads[block[i - 1] ?? -1]?.subject ? "" : heads[at]?.subject
    );
    const runtimes = block.map((at) => heads[at]?.runtime ?? "");
    return [
      chalk.bold(row("", overhanging(subjects, block, widths), first, [])),
      chalk.bold(row(corner, runtimes, first, block.map((at) => widths[at] ?? 0))),
      ...lines.map((line) =>
        row(line.label, block.map((at) => line.cells[at] ?? ""), first, block.map((at) => widths[at] ?? 0))
      ),
    ].join("\n");
  }).join("\n\n");
}

/** Columns that do not fit beside each other, as they would stand in one line. */
export function columnsWidth(corner: string, heads: readonly Head[], lines: readonly Line[]): number {
  const first = Math.max(...[corner, ...lines.map((line) => line.label)].map(printed));
  return first + columnWidths(heads, lines).reduce((sum, width) => sum + gutter + width, 0);
}

/** The columns a text takes, without its colours. */
export function printed(text: string): number {
  return text.replace(/\u001b\[[\d;]*m/g, "").length;
}

export function padded(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - printed(text)));
}

/** As wide as the widest cell; the last column of a subject makes room for the subject's name. */
function columnWidths(heads: readonly Head[], lines: readonly Line[]): number[] {
  const widths = heads.map((head, i) =>
    Math.max(head.runtime.length, ...lines.map((line) => printed(line.cells[i] ?? "")))
  );
  for (const span of spans(heads)) {
    const width = span.reduce((sum, at) => sum + (widths[at] ?? 0) + gutter, -gutter);
    const last = span.at(-1) ?? 0;
    widths[last] = (widths[last] ?? 0) + Math.max(0, (heads[last]?.subject.length ?? 0) - width);
  }
  return widths;
}

/** Columns that fit beside each other, the ones of a subject together if they can be. */
function blocks(heads: readonly Head[], widths: readonly number[], limit: number): number[][] {
  const found: number[][] = [[]];
  let room = limit;
  for (const span of spans(heads)) {
    const whole = span.reduce((sum, at) => sum + gutter + (widths[at] ?? 0), 0);
    if (whole > room) room = 0;
    for (const at of span) {
      const width = gutter + (widths[at] ?? 0);
      if (width > room && found.at(-1)?.length !== 0) {
        found.push([]);
        room = limit;
      } else if (room === 0) room = limit;
      found.at(-1)?.push(at);
      room -= width;
    }
  }
  return found;
}

function spans(heads: readonly Head[]): number[][] {
  const found: number[][] = [];
  heads.forEach((head, i) => {
    if (i > 0 && heads[i - 1]?.subject === head.subject) found.at(-1)?.push(i);
    else found.push([i]);
  });
  return found;
}

/** The names of subjects, each over the first of its columns and as long as it is. */
function overhanging(
  names: readonly (string | undefined)[],
  block: readonly number[],
  widths: readonly number[],
): string[] {
  let text = "";
  let place = 0;
  names.forEach((name, i) => {
    if (name !== undefined && name !== "") text = padded(text, place) + name;
    place += (widths[block[i] ?? 0] ?? 0) + gutter;
  });
  return [text];
}

function row(label: string, cells: readonly string[], first: number, widths: readonly number[]): string {
  return [padded(label, first), ...cells.map((cell, i) => padded(cell, widths[i] ?? 0))].join(" ".repeat(gutter))
    .trimEnd();
}
