/**
 * The protocol between the runner and a subject process: lines of JSON over stdio.
 *
 * The subject's lines begin with a token that is drawn anew for every process, so that whatever else is printed there
 * cannot be taken for an event; it is kept as evidence.
 */
import type { Environment } from "./case.js";
import type { Outcome } from "./verdict.js";

/** The runner's first line: what the subject is to do. */
export interface Job {
  readonly subject: { readonly name: string; readonly runtime: string; readonly version: string };
  /** The library: a package name, or a path relative to `subject.js` (self-test only). */
  readonly entry: string;
  /** The module that exports `cases`, relative to `subject.js`. */
  readonly cases: string;
  /** Ids of the cases to run, in this order. */
  readonly only: readonly string[];
  readonly environment: readonly Environment[];
  /** `process`: the raw peer is asked for over this channel. `memory`: it is made inside the subject. */
  readonly peer: "process" | "memory" | "none";
  /** Go on in the same process after a failure (self-test only: a library that opens nothing spoils nothing). */
  readonly unspoilt?: boolean;
}

export type Event =
  /** Before the first case: every id the module holds, and the sentence of every feature that `supports` denies. */
  | { readonly event: "plan"; readonly cases: readonly string[]; readonly gaps: Readonly<Record<string, string>> }
  | { readonly event: "start"; readonly id: string; readonly deadline: number }
  | { readonly event: "settle"; readonly id: string; readonly outcome: Outcome }
  | { readonly event: "ask"; readonly n: number; readonly method: string; readonly params: unknown }
  /** A line for the evidence of the running case: a call of the library, or what a wait gave; `again`: so many times more. */
  | { readonly event: "call"; readonly line: string; readonly again?: number }
  /** The process ends on purpose although cases are left: what ran last may have spoiled it. */
  | { readonly event: "leave" }
  /** The suite could not start. */
  | { readonly event: "fault"; readonly message: string }
  | { readonly event: "done"; readonly settled: number };

/** The runner's answer to `ask`. */
export interface Answer {
  readonly n: number;
  readonly result?: unknown;
  readonly error?: { readonly message: string; readonly code?: string; readonly harness?: boolean };
}

/** Splits a stream of text into lines; what is beyond `limit` without a line end is given as a line. */
export function lines(limit: number, take: (line: string) => void): (text: string) => void {
  let pending: string[] = [];
  let length = 0;
  return (text) => {
    let start = 0;
    for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", start)) {
      pending.push(text.slice(start, end));
      take(pending.join(""));
      pending = [];
      length = 0;
      start = end + 1;
    }
    if (start < text.length) {
      pending.push(text.slice(start));
      length += text.length - start;
    }
    if (length > limit) {
      take(pending.join(""));
      pending = [];
      length = 0;
    }
  };
}
