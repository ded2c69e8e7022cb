/** A run: all that was asked for, with its progress, its file and its tables. */
import { accessSync, constants, mkdirSync } from "node:fs";
import path from "node:path";
import process from "node:process";

import { printTables } from "../report/tables.ts";
import type { Arguments } from "./arguments.ts";
import type { Bench } from "./bench.ts";
import { type ImportSize, importSize } from "./import-size.ts";
import { describeMachine } from "./machine.ts";
import { runsFolder, writeRun } from "./results.ts";
import { runRounds } from "./rounds.ts";
import type { Sample } from "./sample.ts";

export async function measureAll(bench: Bench, given: Arguments): Promise<number> {
  const { workloads, subjects, rounds, seconds } = given;
  const started = new Date();
  const complete = given.complete && bench.runtimes.length === 3;
  const file = given.json ??
    (complete
      ? path.join(runsFolder(bench.folder), `${started.toISOString().slice(0, 16).replace(/[-:]/g, "")}.json`)
      : path.join(bench.root, ".bench", "last.json"));
  // Now, and not when all is measured, it is seen whether there is a place for it.
  mkdirSync(path.dirname(path.resolve(file)), { recursive: true });
  accessSync(path.dirname(path.resolve(file)), constants.W_OK);
  const machine = describeMachine(bench);
  const began = performance.now();
  const samples = await runRounds(bench, { workloads, subjects, rounds }, tellSample);
  if (samples.length === 0) {
    process.stderr.write("bench: there is no such subject in these workloads\n");
    return 4;
  }
  const imports: Record<string, ImportSize> = {};
  for (const { name } of bench.runtimes) imports[name] = await importSize(bench.root, name.replace("26", ""));
  writeRun(file, {
    started: started.toISOString(),
    seconds: Math.round((performance.now() - began) / 1000),
    complete,
    options: { rounds, seconds, warmup: bench.timing.warmup },
    machine,
    imports,
    samples,
  });
  console.log(printTables(samples, workloads));
  console.log(`\n${samples.length} samples in ${path.relative(process.cwd(), file)}`);
  const failed = samples.filter(({ failure }) => failure !== undefined);
  for (const sample of failed) process.stderr.write(`failed: ${nameOf(sample)}: ${sample.failure}\n`);
  return failed.length === 0 ? 0 : 1;
}

function nameOf({ workload, platform, subject, round }: Sample): string {
  return `${workload} ${subject}@${platform}, round ${round}`;
}

export function tellSample(sample: Sample): void {
  const { value, cpu, lost, note, failure } = sample;
  const text = failure ?? [
    value?.toPrecision(6),
    cpu === undefined ? "" : `${cpu.toFixed(2)} us each`,
    lost === undefined ? "" : `${lost} lost`,
    note,
  ].filter(Boolean).join(", ");
  process.stderr.write(`${nameOf(sample)}: ${text}\n`);
}
