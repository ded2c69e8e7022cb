/** `main.ts <runtimes as JSON> [options]`, started by scripts/bench.mjs on Node 26. */
import path from "node:path";
import process from "node:process";

import { report } from "./report/report.ts";
import { readArguments, usage, UsageError } from "./runner/arguments.ts";
import { guard } from "./runner/guard.ts";
import { soak } from "./runner/soak.ts";
import { findPeer } from "./runner/peer.ts";
import { measureAll } from "./runner/measure.ts";
import type { Runtime } from "./runner/subjects.ts";
import { workloads } from "./runner/workloads.ts";

const folder = import.meta.dirname;
const root = path.dirname(folder);

async function main([found = "[]", ...rest]: readonly string[]): Promise<number> {
  const given = readArguments(rest);
  if (given.mode === "help") {
    process.stdout.write(usage);
    return 0;
  }
  if (given.mode === "list") {
    const width = Math.max(...workloads.map(({ id }) => id.length));
    for (const { id, title, unit, subjects } of given.workloads) {
      console.log(`${id.padEnd(width)}  ${title} (${unit}): ${subjects.join(", ")}`);
    }
    return 0;
  }
  if (given.mode === "report" || given.mode === "check") return await report(root, { check: given.mode === "check" });
  const present = JSON.parse(found) as Runtime[];
  const runtimes = present.filter(({ name }) => given.runtimes.includes(name));
  const bench = {
    root,
    folder,
    runtimes,
    peer: findPeer(root, present, given.peer),
    timing: { warmup: given.seconds / 2, seconds: given.seconds },
  };
  if (given.mode === "guard") return await guard(bench, given.workloads);
  if (given.mode === "soak") return await soak(bench, given);
  return await measureAll(bench, given);
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const misused = error instanceof UsageError;
  process.stderr.write(misused ? `bench: ${error.message}\n` : `bench: ${(error as Error).stack}\n`);
  process.exitCode = misused ? 4 : 3;
}
