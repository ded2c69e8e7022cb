/** The main job from its command line to its exit code. */
import fs from "node:fs";
import path from "node:path";
import process from "node:process";

import { chalk } from "zx";

import { cases } from "../cases/index.js";
import { inconclusive } from "../harness/verdict.js";
import { prepare } from "./build.js";
import { exitCode } from "./exit.js";
import { readExpectations } from "./expectations.js";
import { foreignSubject, linkPackage, loadFault } from "./foreign-subject.js";
import { renderLacks } from "./lacks-table.js";
import { renderFailures, renderMatrix, table } from "./matrix.js";
import { watchPeak } from "./memory-watch.js";
import { help, type Options, parseOptions, UsageError } from "./options.js";
import { readPinned } from "./pinned.js";
import { showProgress } from "./progress.js";
import { checkResults, publish } from "./publish.js";
import { writeReports } from "./reporter.js";
import { type Report, totals } from "./results.js";
import { findRuntime, presentRuntimes, type Runtime } from "./runtimes.js";
import { staleExpectations } from "./stale.js";
import { judgeFindings, runSubject, withFlags } from "./subject-run.js";
import { concerns, type RuntimeName, subjects, title } from "./subjects.js";
import { inParallel } from "./tasks.js";

export interface Checkout {
  readonly root: string;
  /** Where the suite is compiled to. */
  readonly suite: string;
  /** Runs an action while no other run of this checkout builds anything. */
  readonly locked: <T>(action: () => Promise<T>) => Promise<T>;
  /** Waits until no other run uses what was built. */
  readonly unused: () => Promise<void>;
  /** Says that this run uses what was built, until the process ends. */
  readonly use: () => void;
}

export async function main(args: readonly string[], checkout: Checkout): Promise<number> {
  try {
    const options = parseOptions(args, cases.map((one) => one.id));
    if (options.mode === "help") return print(help), 0;
    if (options.mode === "list") return print(list(options)), 0;
    if (options.mode === "self-test") return await (await import("../harness/selftest.js")).selfTest(checkout);
    if (options.mode === "matrix") return await (await import("./versions.js")).runVersions(options, checkout);
    return await perform(options, checkout);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`conformance: ${error.message}\n`);
    return 4;
  }
}

async function perform(options: Options, checkout: Checkout): Promise<number> {
  const { root, suite } = checkout;
  const peak = watchPeak();
  const began = performance.now();
  const foreign = options.foreign.flatMap((given) =>
    options.foreignRuntimes.map((runtime) => foreignSubject(given, runtime))
  );
  const wanted = [
    ...subjects.filter((subject) =>
      options.subjects.includes(subject.name) && options.runtimes.includes(subject.runtime)
    ),
    ...foreign,
  ];
  if (wanted.length === 0) throw new UsageError("no subject runs there; --help names them");
  const rules = new Map(
    wanted.map((
      subject,
    ) => [subject.name, readExpectations(path.join(root, "conformance", "expectations"), subject.name)]),
  );

  if (!options.partial) checkResults(root, !options.check);
  if (!await prepared(checkout)) return 3;

  const runtimes = new Map<RuntimeName, Runtime>();
  const absences: string[] = [];
  for (const name of new Set(wanted.map((subject) => subject.runtime))) {
    const found = await findRuntime(name, root);
    if ("absent" in found) absences.push(found.absent);
    else runtimes.set(name, found);
  }
  const [onPath, newest] = [runtimes.get("node"), runtimes.get("node26")];
  if (onPath !== undefined && onPath.version === newest?.version) {
    runtimes.delete("node26");
    process.stderr.write(`node on PATH is ${onPath.version}, the newest; it is tested once\n`);
  }
  for (const absence of absences) process.stderr.write(`${chalk.yellow(absence)}; its subjects are skipped\n`);

  const chosen = cases.filter((one) => options.chosen.includes(one.id));
  const runnable = wanted.filter((subject) =>
    runtimes.has(subject.runtime) && chosen.some((one) => concerns(subject.name, one.id))
  );
  const beside = presentRuntimes(root);
  for (const subject of foreign.filter((one) => runnable.includes(one))) {
    const runtime = runtimes.get(subject.runtime) as Runtime;
    linkPackage(subject, suite);
    const command = withFlags(subject, runtime)(path.join(suite, "subject.js"));
    const fault = await loadFault(subject, runtime, command, suite);
    if (fault === undefined) continue;
    process.stderr.write(`conformance: ${title(subject)} cannot be tested: ${fault}\n`);
    return 3;
  }
  const progress = showProgress(
    runnable.map((subject) => chosen.filter((one) => concerns(subject.name, one.id)).length),
  );
  const reports = await inParallel(runnable, async (subject) => {
    const runtime = runtimes.get(subject.runtime) as Runtime;
    const trial = {
      subject,
      runtime,
      chosen: chosen.filter((one) => concerns(subject.name, one.id)),
      rules: rules.get(subject.name) ?? [],
      promised: true,
      suite,
      progress,
      beside,
      namespace: options.namespace,
    };
    const report = judgeFindings(trial, await runSubject(trial));
    progress.end(report);
    return report;
  }).finally(() => progress.stop());

  const say = speaker(options);
  say(`\n${renderMatrix(reports, options.partial)}\n`);
  const lacks = renderLacks(reports.filter((report) => foreign.includes(report.subject)));
  if (lacks !== "") say(`\n${lacks}\n`);
  const failures = renderFailures(reports);
  if (failures !== "") say(`\n${failures}\n`);
  const stale = staleExpectations({
    reports,
    rules,
    pinned: readPinned(root),
    partial: options.partial || absences.length > 0,
  });
  say(renderStale(stale));
  const slow = slowest(reports);
  if (slow !== "") say(chalk.dim(`\n${slow}\n`));
  say(chalk.dim(`${cost(began, peak())}\n`));

  writeReports(reports, options.reporters);
  writeSummary(reports, options);
  const outdated = publish(reports, { root, cases, options, complete: absences.length === 0 && complete(reports) });
  return exitCode({
    cells: reports.flatMap((report) =>
      report.cases.map((cell) => ({ verdict: cell.outcome.verdict, standing: cell.standing }))
    ),
    unusedRules: stale.length,
    // Node 26 is fetched when it is missing, which cannot be offline; what else is missing was installed once.
    incomplete: outdated || absences.some((absence) => !absence.startsWith("node26")),
  });
}

function complete(reports: readonly Report[]): boolean {
  return reports.every((report) => report.cases.every((cell) => !inconclusive.has(cell.outcome.verdict)));
}

/** Builds what is out of date and says what is wrong with it; from then on this run uses it. */
export async function prepared({ root, suite, locked, unused, use }: Checkout): Promise<boolean> {
  return await locked(async () => {
    const { complaints } = await prepare(root, suite, unused);
    for (const complaint of complaints) process.stderr.write(`${chalk.red(complaint)}\n`);
    use();
    return complaints.length === 0;
  });
}

/** Where people read: standard output, unless a program reads there. */
export function speaker({ json, reporters }: Options): (text: string) => void {
  const taken = json === "-" || reporters.some(({ file }) => file === undefined);
  return (text) => void (taken ? process.stderr : process.stdout).write(text);
}

export function renderStale(stale: readonly string[]): string {
  return stale.length === 0
    ? ""
    : `\n${chalk.red("stale expectations:")}\n${stale.map((line) => `  ${line}`).join("\n")}\n`;
}

/** What a run took of the machine. */
export function cost(began: number, peak: number | undefined): string {
  const time = `${((performance.now() - began) / 1000).toFixed(0)} s`;
  return peak === undefined ? time : `${time}, at most ${Math.round(peak / 1024 / 1024)} MiB in all processes together`;
}

export function writeSummary(reports: readonly Report[], { json, chosen }: Options): void {
  if (json === undefined) return;
  const text = `${JSON.stringify(summary(reports, chosen.length))}\n`;
  if (json === "-") print(text);
  else fs.writeFileSync(json, text);
}

function summary(reports: readonly Report[], count: number): object {
  return {
    schema: 1,
    cases: count,
    subjects: reports.map(({ subject, runtime, cases }) => ({
      subject: subject.name,
      runtime: subject.runtime,
      version: runtime.version,
      totals: totals(cases.map((cell) => cell.outcome.verdict)),
    })),
  };
}

function slowest(reports: readonly Report[]): string {
  const slow = reports.flatMap((report) =>
    report.cases.map((cell) => ({
      name: `${cell.one.id} on ${title(report.subject)}`,
      milliseconds: cell.milliseconds,
    }))
  )
    .filter((row) => row.milliseconds > 2_000).sort((a, b) => b.milliseconds - a.milliseconds).slice(0, 5);
  return slow.length === 0
    ? ""
    : `slowest: ${slow.map((row) => `${row.name} ${(row.milliseconds / 1000).toFixed(1)} s`).join(", ")}`;
}

function list(options: Options): string {
  const chosen = cases.filter((one) => options.chosen.includes(one.id));
  if (options.json !== undefined) {
    const rows = chosen.map(({ id, level, assertion, source, needs = [], env = [] }) => {
      return { id, level, assertion, source, needs, env };
    });
    const text = `${JSON.stringify(rows, null, 2)}\n`;
    if (options.json === "-") return text;
    fs.writeFileSync(options.json, text);
    return "";
  }
  // The assertion is last, since it is the longest: the others stay in sight.
  const rows = chosen.map((one) => [one.id, one.level, one.source, one.assertion]);
  return `${table(["id", "level", "source", "assertion"], rows)}\n${chosen.length} cases\n`;
}

function print(text: string): void {
  process.stdout.write(text);
}
