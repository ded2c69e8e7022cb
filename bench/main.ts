/** `main.ts <runtimes as JSON> [options]`, started by scripts/bench.mjs on Node 26. */
import path from "node:path";
import process from "node:process";

import { report } from "./report/report.ts";
import { readArguments, usage, UsageError } from "./runner/arguments.ts";
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
  const runtimes = (JSON.parse(found) as Runtime[]).filter(({ name }) => given.runtimes.includes(name));
  const bench = {
    root,
    folder,
    runtimes,
    peer: findPeer(root, runtimes),
    timing: { warmup: given.seconds / 2, seconds: given.seconds },
  };
  return await measureAll(bench, given);
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const misused = error instanceof UsageError;
  process.stderr.write(misused ? `bench: ${error.message}\n` : `bench: ${(error as Error).stack}\n`);
  process.exitCode = misused ? 4 : 3;
}
