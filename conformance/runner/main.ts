/** The main job from its command line to its exit code. */
import fs from "node:fs";
import path from "node:path";
import process from "node:process";

import { chalk } from "zx";

import { cases } from "../cases/index.js";
import type { Case } from "../harness/case.js";
import { inconclusive } from "../harness/verdict.js";
import { prepare } from "./build.js";
import { runCampaign } from "./campaign.js";
import { exitCode } from "./exit.js";
import { expectations, readExpectations, type Rule } from "./expectations.js";
import { renderFailures, renderMatrix, table } from "./matrix.js";
import { help, type Options, parseOptions, UsageError } from "./options.js";
import { type Progress, showProgress } from "./progress.js";
import { publish } from "./publish.js";
import { type Report, totals } from "./results.js";
import { findRuntime, presentRuntimes, type Runtime } from "./runtimes.js";
import { startServices } from "./services.js";
import { type RuntimeName, type Subject, subjects, title } from "./subjects.js";

/** Two cores are what a small CI machine has; more processes would make every deadline a guess. */
const parallel = 2;

export interface Checkout {
  readonly root: string;
  /** Where the suite is compiled to. */
  readonly suite: string;
  /** Runs an action while no other run of this checkout builds anything. */
  readonly locked: <T>(action: () => Promise<T>) => Promise<T>;
}

export async function main(args: readonly string[], checkout: Checkout): Promise<number> {
  try {
    const options = parseOptions(args, cases.map((one) => one.id));
    if (options.mode === "help") return print(help), 0;
    if (options.mode === "list") return print(`${list(options)}\n`), 0;
    if (options.mode === "self-test") return await (await import("../harness/selftest.js")).selfTest(checkout);
    return await perform(options, checkout);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`conformance: ${error.message}\n`);
    return 4;
  }
}

async function perform(options: Options, { root, suite, locked }: Checkout): Promise<number> {
  const wanted = subjects.filter((subject) =>
    options.subjects.includes(subject.name) && options.runtimes.includes(subject.runtime)
  );
  if (wanted.length === 0) throw new UsageError("no subject runs there; --help names them");
  const rules = new Map(
    wanted.map((
      subject,
    ) => [subject.name, readExpectations(path.join(root, "conformance", "expectations"), subject.name)]),
  );

  const { complaints } = await locked(() => prepare(root, suite));
  for (const complaint of complaints) process.stderr.write(`${chalk.red(complaint)}\n`);
  if (complaints.length > 0) return 3;

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
  const runnable = wanted.filter((subject) => runtimes.has(subject.runtime));
  const beside = presentRuntimes(root);
  const progress = showProgress(chosen.length, runnable.length);
  const reports = await inParallel(runnable, async (subject) => {
    const runtime = runtimes.get(subject.runtime) as Runtime;
    return await test(subject, runtime, chosen, rules.get(subject.name) ?? [], { suite, beside, progress, options });
  }).finally(() => progress.stop());

  print(`\n${renderMatrix(reports, options.partial)}\n`);
  const failures = renderFailures(reports);
  if (failures !== "") print(`\n${failures}\n`);
  const stale = staleExpectations(reports, rules, options.partial || absences.length > 0);
  if (stale.length > 0) {
    print(`\n${chalk.red("stale expectations:")}\n${stale.map((line) => `  ${line}`).join("\n")}\n`);
  }
  const slow = slowest(reports);
  if (slow !== "") print(chalk.dim(`\n${slow}\n`));

  if (options.json !== undefined) {
    fs.writeFileSync(options.json, `${JSON.stringify(summary(reports, chosen.length))}\n`);
  }
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

async function test(
  subject: Subject,
  runtime: Runtime,
  chosen: readonly Case[],
  rules: readonly Rule[],
  { suite, beside, progress, options }: {
    readonly suite: string;
    readonly beside: () => Promise<readonly Runtime[]>;
    readonly progress: Progress;
    readonly options: Options;
  },
): Promise<Report> {
  const began = performance.now();
  progress.begin(subject);
  const memory = subject.name === "memory";
  const judges = expectations(rules);
  const services = await startServices({
    suite,
    entry: subject.entry,
    memory,
    program: runtime.program,
    namespace: options.namespace,
    runtimes: beside,
  });
  try {
    const campaign = await runCampaign({
      command: services.enter(runtime.program(path.join(suite, "subject.js"))),
      cwd: suite,
      job: {
        subject: { name: subject.name, runtime: runtime.kind, version: runtime.version },
        entry: subject.entry,
        cases: "./cases/index.js",
        only: chosen.map((one) => one.id),
        environment: services.environment,
        peer: memory ? "memory" : "process",
      },
      known: cases.map((one) => one.id),
      answer: services.answer,
      tidy: services.tidy,
      settled(id, outcome) {
        const { standing } = judges.judge(id, outcome, runtime);
        progress.settled(subject, standing === "news" || inconclusive.has(outcome.verdict));
      },
    });
    const byId = new Map(chosen.map((one) => [one.id, one]));
    const judged = campaign.records.map(({ id, ...rest }) => ({
      one: byId.get(id) as Case,
      ...rest,
      ...judges.judge(id, rest.outcome, runtime),
    }));
    const report = {
      subject,
      runtime,
      gaps: campaign.gaps,
      cases: judged,
      unused: judges.unused(),
      milliseconds: performance.now() - began,
    };
    progress.end(report);
    return report;
  } finally {
    await services.stop();
  }
}

/** The results in the order of the tasks, `parallel` at a time. */
async function inParallel<Task, Result>(
  tasks: readonly Task[],
  run: (task: Task) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  let next = 0;
  async function work(): Promise<void> {
    for (let i = next++; i < tasks.length; i = next++) results[i] = await run(tasks[i] as Task);
  }
  await Promise.all(Array.from({ length: parallel }, work));
  return results;
}

function complete(reports: readonly Report[]): boolean {
  return reports.every((report) => report.cases.every((cell) => !inconclusive.has(cell.outcome.verdict)));
}

/** Outcomes that are better than their rule, and, after a full run, rules that no subject's case came under. */
function staleExpectations(
  reports: readonly Report[],
  rules: ReadonlyMap<string, readonly Rule[]>,
  partial: boolean,
): string[] {
  const better = reports.flatMap((report) =>
    report.cases.filter((cell) => cell.standing === "stale").map((cell) =>
      `${cell.one.id} on ${title(report.subject)} is ${cell.outcome.verdict}; the rule "${cell.rule?.cases}" expects ${
        [cell.rule?.expect].flat().join(" or ")
      }`
    )
  );
  if (partial) return better;
  const unused = [...rules].flatMap(([subject, list]) => {
    const own = reports.filter((report) => report.subject.name === subject);
    return own.length === 0 ? [] : list.filter((rule) => own.every((report) => report.unused.includes(rule)))
      .map((rule) => `the rule "${rule.cases}" of ${subject} matches nothing`);
  });
  return [...better, ...unused];
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
  return table(
    ["id", "level", "assertion", "source"],
    chosen.map((one) => [one.id, one.level, one.assertion, one.source]),
  );
}

function print(text: string): void {
  process.stdout.write(text);
}
