/** TAP 14: one subtest per subject, one test point per case, and a YAML block with what is known of a failure. */
import { stringify } from "yaml";

import { indent } from "./matrix.js";
import { type Mark, markOf, reasonOf } from "./mark.js";
import type { Judged, Report } from "./results.js";
import { fullTitle } from "./subjects.js";

export function renderTap(reports: readonly Report[]): string {
  const subtests = reports.flatMap((report, i) => {
    const name = escaped(fullTitle(report.subject, report.runtime.version));
    const points = report.cases.map((judged, n) => testPoint(judged, n + 1));
    const good = report.cases.every((judged) => markOf(judged) !== "failed");
    return [
      `# Subtest: ${name}`,
      indent([`1..${points.length}`, ...points].join("\n"), 4),
      `${good ? "ok" : "not ok"} ${i + 1} - ${name}`,
    ];
  });
  return `${["TAP version 14", `1..${reports.length}`, ...subtests].join("\n")}\n`;
}

/** TAP's own words: `TODO` marks a failure that is foreseen. */
const directives: Readonly<Record<Mark, string>> = { passed: "", failed: "", skipped: " # SKIP ", known: " # TODO " };

function testPoint(judged: Judged, number: number): string {
  const mark = markOf(judged);
  const { one, outcome, trace, noise } = judged;
  const good = mark === "passed" || mark === "skipped";
  const reason = directives[mark] === "" ? "" : directives[mark] + escaped(reasonOf(judged));
  const line = `${good ? "ok" : "not ok"} ${number} - ${escaped(one.id)}${reason}`;
  if (good) return line;
  const diagnostics = {
    verdict: outcome.verdict,
    message: mark === "failed" ? reasonOf(judged) : outcome.message ?? "",
    level: one.level,
    assertion: one.assertion,
    source: one.source,
    ...(outcome.where === undefined ? {} : { at: outcome.where }),
    ...(outcome.details === undefined ? {} : { details: outcome.details }),
    ...(trace.length === 0 ? {} : { trace }),
    ...(noise === "" ? {} : { printed: noise }),
  };
  return `${line}\n${indent(`---\n${stringify(diagnostics, { lineWidth: 0 }).trimEnd()}\n...`, 2)}`;
}

/** One line in which `#` begins no directive. */
function escaped(text: string): string {
  return text.replace(/[\r\n]+/g, " ").replace(/[\\#]/g, "\\$&");
}
