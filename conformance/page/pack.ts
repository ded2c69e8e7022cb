/**
 * The model as the page carries it: every text and every trace once, and for each column one letter per row. A pass
 * without a trace costs one byte; a trace that is the same on ten versions costs no more than on one.
 */
import { verdictNames } from "../harness/verdict.js";
import type { Identity } from "./column.js";
import type { Mark, Model, Row } from "./model.js";

export interface Packed {
  readonly texts: readonly string[];
  /** The lines of each trace; numbers stand for texts. */
  readonly traces: readonly (readonly number[])[];
  readonly rows: readonly Row[];
  readonly columns: readonly PackedColumn[];
}

interface PackedColumn extends Identity {
  readonly gaps: Readonly<Record<string, string>>;
  /** The index of each row's verdict, in base 36. */
  readonly verdicts: string;
  /** What else is known of a row; numbers stand for texts, and for a trace. */
  readonly more: Readonly<Record<number, PackedMark>>;
}

interface PackedMark {
  readonly value?: string | number | boolean;
  readonly known?: true;
  readonly outside?: true;
  readonly message?: number;
  readonly details?: number;
  readonly link?: number;
  readonly evidence?: number;
}

export function pack({ rows, columns }: Model): Packed {
  const texts = new Map<string, number>();
  const traces = new Map<string, number>();
  const number = (text: string): number => numberIn(texts, text);
  function shorten({ verdict: _, value, known, outside, message, details, link, evidence }: Mark): PackedMark {
    return {
      ...(value === undefined ? {} : { value }),
      ...(known === undefined ? {} : { known }),
      ...(outside === undefined ? {} : { outside }),
      ...(message === undefined ? {} : { message: number(message) }),
      ...(details === undefined ? {} : { details: number(details) }),
      ...(link === undefined ? {} : { link: number(link) }),
      ...(evidence === undefined ? {} : { evidence: numberIn(traces, evidence.map(number).join()) }),
    };
  }
  const packed = columns.map(({ cells, ...identity }) => ({
    ...identity,
    verdicts: cells.map((cell) => verdictNames.indexOf(cell.verdict).toString(36)).join(""),
    more: Object.fromEntries(
      cells.map((cell, row) => [row, shorten(cell)] as const).filter(([, mark]) => Object.keys(mark).length > 0),
    ),
  }));
  const lines = [...traces.keys()].map((trace) => trace === "" ? [] : trace.split(",").map(Number));
  return { texts: [...texts.keys()], traces: lines, rows, columns: packed };
}

/** The number of a text, which is a new one for a new text. */
function numberIn(numbers: Map<string, number>, text: string): number {
  const index = numbers.get(text) ?? numbers.size;
  numbers.set(text, index);
  return index;
}

export function unpack({ texts, traces, rows, columns }: Packed): Model {
  function expand(letter: string, mark: PackedMark = {}): Mark {
    const { value, known, outside, message, details, link, evidence } = mark;
    return {
      verdict: verdictNames[Number.parseInt(letter, 36)] ?? "notrun",
      ...(value === undefined ? {} : { value }),
      ...(known === undefined ? {} : { known }),
      ...(outside === undefined ? {} : { outside }),
      ...(message === undefined ? {} : { message: texts[message] ?? "" }),
      ...(details === undefined ? {} : { details: texts[details] ?? "" }),
      ...(link === undefined ? {} : { link: texts[link] ?? "" }),
      ...(evidence === undefined ? {} : { evidence: (traces[evidence] ?? []).map((line) => texts[line] ?? "") }),
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
