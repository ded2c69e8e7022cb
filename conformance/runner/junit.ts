/** JUnit XML: one test suite per subject, one test case per case, with what CI systems agree upon and nothing else. */
import { create } from "xmlbuilder2";

import { type Mark, markOf, reasonOf } from "./mark.js";
import type { Judged, Report } from "./results.js";
import { fullTitle } from "./subjects.js";

type Builder = ReturnType<typeof create>;

export function renderJunit(reports: readonly Report[]): string {
  const all = reports.flatMap((report) => report.cases);
  const document = create({ version: "1.0", encoding: "UTF-8", invalidCharReplacement: "\ufffd" });
  const root = document.ele("testsuites", { name: "omnisock conformance", ...counts(all) });
  for (const report of reports) {
    const name = fullTitle(report.subject, report.runtime.version);
    const suite = root.ele("testsuite", { name, ...counts(report.cases), skipped: skips(report.cases) });
    for (const judged of report.cases) testCase(suite, name, judged);
  }
  return `${document.end({ prettyPrint: true })}\n`;
}

/** `crash` and `timeout` are failures of the subject, errors those of the suite. */
function counts(cases: readonly Judged[]): Record<string, string> {
  const failed = cases.filter((judged) => markOf(judged) === "failed");
  const errors = failed.filter(isError).length;
  return {
    tests: String(cases.length),
    failures: String(failed.length - errors),
    errors: String(errors),
    time: seconds(cases.reduce((sum, judged) => sum + judged.milliseconds, 0)),
  };
}

function skips(cases: readonly Judged[]): string {
  return String(cases.filter((judged) => ["skipped", "known"].includes(markOf(judged))).length);
}

function isError({ outcome }: Judged): boolean {
  return outcome.verdict === "harness-error" || outcome.verdict === "notrun";
}

function testCase(suite: Builder, className: string, judged: Judged): void {
  const { one, outcome, trace, noise, milliseconds } = judged;
  const element = suite.ele("testcase", { classname: className, name: one.id, time: seconds(milliseconds) });
  const mark: Mark = markOf(judged);
  if (mark === "skipped") element.ele("skipped", { message: reasonOf(judged) });
  if (mark === "known") element.ele("skipped", { message: `known ${outcome.verdict}: ${reasonOf(judged)}` });
  if (mark !== "failed") return;
  const text = [`${one.level}: ${one.assertion} (${one.source})`, outcome.where, outcome.details, ...trace];
  element.ele(isError(judged) ? "error" : "failure", { message: reasonOf(judged), type: outcome.verdict })
    .txt(text.filter((line) => line !== undefined).join("\n"));
  if (noise !== "") element.ele("system-out").txt(noise);
}

function seconds(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(3);
}
