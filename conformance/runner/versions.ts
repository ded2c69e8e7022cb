/** The run over all pinned versions: fetched, run unless they have been, kept at once, and compared with each other. */
import path from "node:path";
import process from "node:process";

import { chalk } from "zx";

import { cases } from "../cases/index.js";
import { inconclusive } from "../harness/verdict.js";
import { regressions } from "../page/history.js";
import { makeModel, type Model } from "../page/model.js";
import { writePages } from "../page/pages.js";
import { exitCode } from "./exit.js";
import { readExpectations } from "./expectations.js";
import { claimMatrix, readFindings, suiteFingerprint, writeFindings } from "./findings.js";
import { type Checkout, cost, prepared, renderStale, speaker, writeSummary } from "./main.js";
import { renderFailures, table } from "./matrix.js";
import { watchPeak } from "./memory-watch.js";
import { type Options, UsageError } from "./options.js";
import { choosePinned, findPinned, isBelowFloor, readPinned } from "./pinned.js";
import { showProgress } from "./progress.js";
import { checkResults, keepResults } from "./publish.js";
import { writeReports } from "./reporter.js";
import { readResults, type Report, toFile, totals } from "./results.js";
import { presentRuntimes, type Runtime } from "./runtimes.js";
import { staleExpectations } from "./stale.js";
import { judgeFindings, runSubject, type Trial } from "./subject-run.js";
import { concerns, isForeign, matrixNames, type Subject, subjectsOn, title } from "./subjects.js";
import { inParallel } from "./tasks.js";

export async function runVersions(options: Options, checkout: Checkout): Promise<number> {
  const { root, suite } = checkout;
  const [began, peak] = [performance.now(), watchPeak()];
  const all = readPinned(root);
  const pinned = choosePinned(all, options.only);
  const names = matrixNames.filter((name) => options.subjects.includes(name));
  if (names.length === 0) throw new UsageError(`--matrix runs ${matrixNames.join(", ")} and no other subject`);
  const rules = new Map(
    names.map((name) => [name, readExpectations(path.join(root, "conformance", "expectations"), name)]),
  );
  const beside = presentRuntimes(root);
  const keep = options.filters.length === 0;
  if (keep) checkResults(root, true);
  const release = claimMatrix(suite);
  try {
    if (!await prepared(checkout)) return 3;
    return await perform();
  } finally {
    release();
  }

  async function perform(): Promise<number> {
    const found = [];
    for (const one of pinned) found.push(await findPinned(one, root));
    const runtimes = found.filter((one): one is Runtime => !("absent" in one));
    const absences = found.flatMap((one) => "absent" in one ? [one.absent] : []);
    for (const absence of absences) process.stderr.write(`${chalk.yellow(absence)}; it is skipped\n`);

    const chosen = cases.filter((one) => options.chosen.includes(one.id));
    const tasks = runtimes.flatMap((runtime) =>
      subjectsOn(runtime.kind, runtime.name).filter((subject) =>
        names.includes(subject.name) && chosen.some((one) => concerns(subject.name, one.id))
      ).map((subject) => ({
        runtime,
        subject,
        fingerprint: suiteFingerprint(root, runtime.version),
      }))
    );
    const done = tasks.map(({ subject, fingerprint }) =>
      keep && !options.fresh ? readFindings(suite, subject, fingerprint) : undefined
    );
    const missing = done.filter((one) => one === undefined).length;
    process.stderr.write(`${tasks.length} subjects, of which ${tasks.length - missing} have been run before\n`);

    const progress = showProgress(
      tasks.flatMap(({ subject }, i) =>
        done[i] === undefined ? [chosen.filter((one) => concerns(subject.name, one.id)).length] : []
      ),
    );
    const folder = path.join(root, "conformance", "results");
    const reports = await inParallel([...tasks.entries()], async ([i, { runtime, subject, fingerprint }]) => {
      const trial: Trial = {
        subject,
        runtime,
        chosen: chosen.filter((one) => concerns(subject.name, one.id)),
        rules: rules.get(subject.name) ?? [],
        promised: isPromised(subject, runtime, root),
        suite,
        progress,
        beside,
        namespace: options.namespace,
      };
      const before = done[i];
      const findings = before ?? await runSubject(trial);
      const report = judgeFindings(trial, findings);
      if (before === undefined) progress.end(report);
      if (keep && isComplete(report)) {
        keepResults([report], folder);
        writeFindings(suite, subject, fingerprint, findings);
      }
      return report;
    }).finally(() => progress.stop());

    const say = speaker(options);
    const failures = renderFailures(reports.map(onlyNews));
    if (failures !== "") say(`\n${failures}\n`);
    say(`\n${renderTotals(reports)}\n`);
    const lost = renderRegressions(makeModel(keep ? readResults(folder) : reports.map(toFile), chosen), names);
    if (lost !== "") say(`\n${lost}\n`);
    const partial = !keep || absences.length > 0;
    const stale = staleExpectations({ reports, rules, pinned: all, partial });
    say(renderStale(stale));
    for (const absence of absences) say(`${chalk.yellow(absence)}\n`);
    say(chalk.dim(`\n${cost(began, peak())}\n`));
    if (keep) {
      process.stderr.write(`wrote conformance/results, ${writePages(root, cases).join(" and ")}\n`);
    } else process.stderr.write("only some cases: conformance/results and the pages are left as they are\n");
    writeReports(reports, options.reporters);
    writeSummary(reports, options);
    return exitCode({
      cells: reports.flatMap((report) =>
        report.cases.map((cell) => ({ verdict: cell.outcome.verdict, standing: cell.standing }))
      ),
      unusedRules: stale.length,
      incomplete: absences.length > 0,
    });
  }
}

/** Of the runtimes' own sockets nothing is promised, and of omnisock nothing below its floor. */
function isPromised(subject: Subject, runtime: Runtime, root: string): boolean {
  return !isForeign(subject) && !isBelowFloor(runtime, root);
}

/** A subject that the suite could not judge is run again the next time. */
function isComplete(report: Report): boolean {
  return report.cases.every((cell) => !inconclusive.has(cell.outcome.verdict));
}

/** What a person has to look at, of thousands of cells. */
function onlyNews(report: Report): Report {
  return {
    ...report,
    cases: report.cases.filter(({ standing, outcome }) => standing === "news" || inconclusive.has(outcome.verdict)),
  };
}

function renderTotals(reports: readonly Report[]): string {
  const rows = reports.map((report) => {
    const { pass = 0, info = 0, ...others } = totals(report.cases.map((cell) => cell.outcome.verdict));
    const known = report.cases.filter((cell) => cell.standing === "known").length;
    const news = report.cases.filter((cell) => cell.standing === "news").length;
    return [
      title(report.subject) + (report.promised ? "" : " (nothing promised)"),
      `${pass + info}/${report.cases.length}`,
      Object.entries(others).map(([name, count]) => `${count} ${name}`).join(", "),
      known === 0 ? "" : String(known),
      news === 0 ? "" : chalk.red(String(news)),
      `${(report.milliseconds / 1000).toFixed(0)} s`,
    ];
  });
  return table(["version", "met", "others", "known", "unexpected", "time"], rows);
}

function renderRegressions({ rows, columns }: Model, names: readonly string[]): string {
  const found = regressions(columns.filter(({ subject }) => names.includes(subject)));
  if (found.length === 0) return "";
  return table(
    ["regression", "subject", "first pass", "last pass", "regressed in", "mended since"],
    found.map(({ column, row, passes, lost, mended }) => [
      rows[row]?.id ?? "",
      `${column.subject} on ${column.runtime}`,
      passes.first,
      passes.last,
      lost.map(({ version, verdict }) => `${version} (${verdict})`).join(", "),
      mended ? "yes" : "",
    ]),
  );
}
