/** Everything that is made of the committed runs: a page of tables, charts, and a section of the README. Nothing is measured. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";

import type { ImportSize } from "../runner/import-size.ts";
import type { Machine } from "../runner/machine.ts";
import { readRuns, type Run } from "../runner/results.ts";
import type { Sample } from "../runner/sample.ts";
import { workloads } from "../runner/workloads.ts";
import { charts, renderChart, themes } from "./charts.ts";
import { goalCount, goalSummary, goalTable, promisesTable } from "./goal-tables.ts";
import { pool } from "./pool.ts";
import { workloadTable } from "./tables.ts";

const begin = "<!-- bench:begin, made by npm run bench -- --report -->";
const end = "<!-- bench:end -->";

/** Writes what has changed, or with `check` only says it. */
export async function report(root: string, { check }: { readonly check: boolean }): Promise<number> {
  const runs = readRuns(path.join(root, "bench"));
  if (runs.length === 0) {
    process.stderr.write("bench: there is no complete run in bench/results/runs\n");
    const made = existsSync(path.join(root, "bench", "results", "README.md"));
    return check ? (made ? 2 : 0) : 3;
  }
  const stale: string[] = [];
  for (const [name, text] of await makeFiles(root, runs)) {
    const file = path.join(root, name);
    if (existsSync(file) && readFileSync(file, "utf8") === text) continue;
    stale.push(name);
    if (check) continue;
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  for (const name of stale) console.log(`${check ? "stale" : "wrote"}: ${name}`);
  if (check && stale.length > 0) process.stderr.write("bench: make them with npm run bench -- --report\n");
  return check && stale.length > 0 ? 2 : 0;
}

async function makeFiles(root: string, runs: readonly Run[]): Promise<Map<string, string>> {
  const samples = pool(runs);
  const files = new Map([["bench/results/README.md", page(runs, samples)]]);
  for (const chart of charts) {
    for (const theme of themes) {
      files.set(`bench/results/${chart.name}-${theme}.svg`, await renderChart(chart, samples, theme));
    }
  }
  files.set("README.md", withSection(readFileSync(path.join(root, "README.md"), "utf8"), section(runs, samples)));
  return files;
}

function withSection(text: string, section: string): string {
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  if (from < 0 || to < from) throw new Error(`README.md has no place for the section: ${begin} and ${end}`);
  return `${text.slice(0, from)}${begin}\n\n${section}\n\n${text.slice(to)}`;
}

function picture(name: string, folder: string): string {
  const alt = charts.find((chart) => chart.name === name)?.alt ?? "";
  return `<picture><source media="(prefers-color-scheme: dark)" srcset="${folder}${name}-dark.svg">` +
    `<img alt="${alt}" src="${folder}${name}-light.svg"></picture>`;
}

function section(runs: readonly Run[], samples: readonly Sample[]): string {
  const { reached, all } = goalCount(samples);
  return [
    `${told(runs)} Each figure is the median of ratios within a round of`,
    "alternating processes; 1 is as fast as what an expert writes by hand with the runtime's own API.",
    "[All figures, and what was compared](bench/results/README.md).",
    "",
    picture("ratios", "bench/results/"),
    "",
    `${reached} of ${all} goals are reached:`,
    "",
    goalSummary(samples),
  ].join("\n");
}

function told(runs: readonly Run[]): string {
  const { machine, options } = newest(runs);
  const { node26, deno, bun } = machine.runtimes;
  const times = runs.length === 1 ? "One run" : `${runs.length} runs`;
  return `${times} of ${options.rounds} rounds each on Node ${node26}, Deno ${deno} and Bun ${bun}, ${machine.cpus.count} CPUs.`;
}

function newest(runs: readonly Run[]): Run {
  return runs.at(-1) as Run;
}

function page(runs: readonly Run[], samples: readonly Sample[]): string {
  return [
    "# Measurements",
    "",
    "Made by `npm run bench -- --report` from `runs/`. `npm run bench` measures anew.",
    "",
    "Only one end is under test: a fresh process that serves, receives or sends. The other end is a program in C",
    "(`bench/peer`) that compares what it gets byte by byte (while it measures bulk send, every eighth piece). *native* is the runtime's own API as an expert writes it by hand,",
    "*node-net* the runtime's `node:net` and `node:dgram`, *native-joined* a program that joins its small writes itself,",
    "*native-iterate* Deno's datagrams with `for await`, *native-promises* the least that gives promises by hand, over the",
    "socket that omnisock uses: what is beyond that is omnisock's own cost. *omnisock* reads and writes with calls,",
    "*omnisock-iterate* with `for await`, *omnisock-webstreams* through `readable` and `writable`, *omnisock-libc* with",
    "`omnisock/libc` imported. They are in `bench/subjects`. In each round the programs of a runtime follow each other, in",
    "another order every time. A ratio is of one round, to the better one of native and node-net by the median of all",
    "rounds; given are its median and, in brackets, the lowest and the highest. CPU is the processor time of the whole",
    "process under test, by the kernel's account, per operation.",
    "",
    machines(runs),
    "",
    "## Goals",
    "",
    goalTable(samples),
    "",
    "Why goals are missed is told in [docs/performance.md](../../docs/performance.md).",
    "",
    "## Beside promises by hand",
    "",
    "omnisock to *native-promises*, which has no bound, no error, no cancellation and no end of one direction: what an",
    "interface of promises costs over the same socket, whoever writes it.",
    "",
    promisesTable(samples),
    "",
    "## Charts",
    "",
    ...charts.flatMap(({ name }) => [picture(name, ""), ""]),
    "## Figures",
    "",
    ...workloads.flatMap((workload) => [`### ${workload.title}`, "", workloadTable(samples, workload), ""]),
    "### Bytes to import",
    "",
    sizes(newest(runs).imports),
    "",
  ].join("\n");
}

function machines(runs: readonly Run[]): string {
  return runs.map(({ started, seconds, options, machine }) =>
    `* ${started.slice(0, 16).replace("T", " ")} UTC, ${
      Math.round(seconds / 60)
    } minutes, ${options.rounds} rounds of ` +
    `${options.seconds} s: ${describe(machine)}`
  ).join("\n");
}

function describe({ cpus, memory, system, kernel, runtimes, peer, libc, commit }: Machine): string {
  const versions = Object.entries(runtimes).map(([name, version]) => `${name.replace("26", "")} ${version}`).join(", ");
  return `commit ${commit}; ${versions}; ${cpus.count} CPUs (${cpus.model}), ${
    Math.round(memory / 2 ** 30)
  } GiB; ${system} ` +
    `${kernel}, ${libc}; the far end: ${peer}`;
}

function sizes(imports: Readonly<Record<string, ImportSize>>): string {
  return Object.entries(imports).map(([name, { files, bytes, minified }]) =>
    `* ${name}: ${files} files, ${bytes.toLocaleString("en")} bytes; bundled and minified ${
      minified.toLocaleString("en")
    } bytes`
  ).join("\n");
}
