/**
 * The model as the page carries it: every text once, and for each column one letter per row. A pass without a trace costs
 * one byte.
 */
import { verdictNames } from "../harness/verdict.js";
import type { Identity } from "./column.js";
import type { Mark, Model, Row } from "./model.js";

export interface Packed {
  readonly texts: readonly string[];
  readonly rows: readonly Row[];
  readonly columns: readonly PackedColumn[];
}

interface PackedColumn extends Identity {
  readonly gaps: Readonly<Record<string, string>>;
  /** The index of each row's verdict, in base 36. */
  readonly verdicts: string;
  /** What else is known of a row; numbers stand for texts. */
  readonly more: Readonly<Record<number, PackedMark>>;
}

interface PackedMark {
  readonly value?: string | number | boolean;
  readonly known?: true;
  readonly message?: number;
  readonly details?: number;
  readonly link?: number;
  readonly evidence?: readonly number[];
}

export function pack({ rows, columns }: Model): Packed {
  const texts = new Map<string, number>();
  function number(text: string): number {
    const index = texts.get(text) ?? texts.size;
    texts.set(text, index);
    return index;
  }
  function shorten({ verdict: _, value, known, message, details, link, evidence }: Mark): PackedMark {
    return {
      ...(value === undefined ? {} : { value }),
      ...(known === undefined ? {} : { known }),
      ...(message === undefined ? {} : { message: number(message) }),
      ...(details === undefined ? {} : { details: number(details) }),
      ...(link === undefined ? {} : { link: number(link) }),
      ...(evidence === undefined ? {} : { evidence: evidence.map(number) }),
    };
  }
  const packed = columns.map(({ cells, ...identity }) => ({
    ...identity,
    verdicts: cells.map((cell) => verdictNames.indexOf(cell.verdict).toString(36)).join(""),
    more: Object.fromEntries(
      cells.map((cell, row) => [row, shorten(cell)] as const).filter(([, mark]) => Object.keys(mark).length > 0),
    ),
  }));
  return { texts: [...texts.keys()], rows, columns: packed };
}

export function unpack({ texts, rows, columns }: Packed): Model {
  function expand(letter: string, mark: PackedMark = {}): Mark {
    const { value, known, message, details, link, evidence } = mark;
    return {
      verdict: verdictNames[Number.parseInt(letter, 36)] ?? "notrun",
      ...(value === undefined ? {} : { value }),
      ...(known === undefined ? {} : { known }),
      ...(message === undefined ? {} : { message: texts[message] ?? "" }),
      ...(details === undefined ? {} : { details: texts[details] ?? "" }),
      ...(link === undefined ? {} : { link: texts[link] ?? "" }),
      ...(evidence === undefined ? {} : { evidence: evidence.map((line) => texts[line] ?? "") }),
    };
  }
  return {
    rows,
    columns: columns.map(({ verdicts, more, ...identity }) => ({
      ...identity,
      cells: [...verdicts].map((letter, row) => expand(letter, more[row])),
    })),
  };
}
