/** The file of a run: every sample of it, and where it was made. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";

import type { ImportSize } from "./import-size.ts";
import type { Machine } from "./machine.ts";
import type { Sample } from "./sample.ts";

export interface Run {
  readonly started: string;
  /** Of the whole run. */
  readonly seconds: number;
  readonly complete: boolean;
  readonly options: { readonly rounds: number; readonly seconds: number; readonly warmup: number };
  readonly machine: Machine;
  readonly imports: Readonly<Record<string, ImportSize>>;
  readonly samples: readonly Sample[];
}

/** One sample per line, so that a difference can be read. */
export function writeRun(file: string, { samples, ...head }: Run): void {
  mkdirSync(path.dirname(path.resolve(file)), { recursive: true });
  const lines = samples.map((sample) => `    ${JSON.stringify(sample, round)}`).join(",\n");
  writeFileSync(file, `${JSON.stringify(head, null, 2).slice(0, -2)},\n  "samples": [\n${lines}\n  ]\n}\n`);
}

/** Six digits tell more than any measurement does. */
function round(_key: string, value: unknown): unknown {
  return typeof value === "number" ? Number(value.toPrecision(6)) : value;
}

export function runsFolder(folder: string): string {
  return path.join(folder, "results", "runs");
}

/** The complete runs that reports are made of, oldest first: the newest three. */
export function readRuns(folder: string): Run[] {
  let names: string[];
  try {
    names = readdirSync(runsFolder(folder));
  } catch {
    return [];
  }
  const runs = names.filter((name) => name.endsWith(".json"))
    .map((name) => JSON.parse(readFileSync(path.join(runsFolder(folder), name), "utf8")) as Run);
  return runs.sort((a, b) => a.started.localeCompare(b.started)).slice(-3);
}
