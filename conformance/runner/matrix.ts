/** The matrix in the terminal: counts per group, every case that is not the same good everywhere, the gaps, the failures. */
import { chalk } from "zx";

import { failing, inconclusive, verdicts } from "../harness/verdict.js";
import { type Judged, type Report, totals } from "./results.js";
import { title } from "./subjects.js";

/** So many cases or fewer are all shown, met or not. */
const showAll = 40;

export function renderMatrix(reports: readonly Report[], partial: boolean): string {
  const ids = reports[0]?.cases.map(({ one }) => one.id) ?? [];
  const groups = [...new Set(ids.map((id) => id.slice(0, id.indexOf("/"))))];
  const head = reports.map((report) => title(report.subject));
  const parts = [table(["met of all", ...head], [
    ...groups.map((
      group,
    ) => [group, ...reports.map((report) => counts(report.cases.filter(({ one }) => one.id.startsWith(`${group}/`))))]),
    ["all", ...reports.map((report) => counts(report.cases))],
  ])];
  const rows = ids.map((id, i) => ({
    id,
    cells: reports.map((report) => report.cases[i]).filter((cell) => cell !== undefined),
  }))
    .filter(({ cells }) => partial && ids.length <= showAll || !uniform(cells))
    .map(({ id, cells }) => [`${id} ${chalk.dim(cells[0]?.one.level ?? "")}`, ...cells.map(mark)]);
  if (rows.length > 0) parts.push(table(["case", ...head], rows));
  const gaps = renderGaps(reports);
  if (gaps !== "") parts.push(gaps);
  return parts.join("\n\n");
}

/** Each failure that no expectation foresees, with all that is known of it; the same trouble of the suite only once. */
export function renderFailures(reports: readonly Report[]): string {
  return reports.flatMap((report) => {
    const troubles = new Map<string, number>();
    const rendered = report.cases.flatMap((judged) => {
      const { verdict, message = "" } = judged.outcome;
      if (!inconclusive.has(verdict)) {
        return judged.standing === "news" || verdict === "nonstrict" && judged.standing === "plain"
          ? [renderFailure(report, judged)]
          : [];
      }
      troubles.set(message, (troubles.get(message) ?? 0) + 1);
      return troubles.get(message) === 1 ? [renderFailure(report, judged)] : [];
    });
    const more = [...troubles].filter(([, count]) => count > 1).map(([message, count]) =>
      `  ${count - 1} more cases on ${title(report.subject)}: ${message}`
    );
    return [...rendered, ...more];
  }).join("\n\n");
}

function renderFailure(report: Report, { one, outcome, rule, noise }: Judged): string {
  const colour = failing.has(outcome.verdict) ? chalk.red : chalk.yellow;
  const lines = [
    colour(
      `${verdicts[outcome.verdict].symbol} ${outcome.verdict} ${chalk.bold(one.id)} on ${
        title(report.subject)
      } ${report.runtime.version}`,
    ),
    `  ${one.level}: ${one.assertion} (${one.source})`,
    `  ${outcome.message ?? ""}`,
  ];
  if (outcome.where !== undefined) lines.push(chalk.dim(`  ${outcome.where}`));
  if (rule !== undefined) {
    lines.push(`  the expectation was ${[rule.expect].flat().join(" or ")} with "${rule.signature}"`);
  }
  if (outcome.details !== undefined) lines.push(indent(outcome.details, 4));
  if (noise !== "") {
    lines.push(chalk.dim("  printed by the process:"), chalk.dim(indent(noise.split("\n").slice(-15).join("\n"), 4)));
  }
  return lines.join("\n");
}

function uniform(cells: readonly Judged[]): boolean {
  const first = cells[0]?.outcome;
  return cells.every(({ outcome }) =>
    (outcome.verdict === "pass" || outcome.verdict === "info") && outcome.verdict === first?.verdict &&
    (outcome.verdict === "pass" || outcome.value === first.value)
  );
}

export function mark({ outcome, standing }: Judged): string {
  const { symbol } = verdicts[outcome.verdict];
  if (outcome.verdict === "info") return chalk.cyan(`${symbol} ${String(outcome.value)}`);
  const text = `${symbol} ${standing === "known" ? "known " : ""}${outcome.verdict}`;
  if (standing === "news" || outcome.verdict === "harness-error" || outcome.verdict === "notrun") {
    return chalk.red(text);
  }
  if (outcome.verdict === "pass") return chalk.green(text);
  return chalk.yellow(text);
}

function counts(cells: readonly Judged[]): string {
  const { pass = 0, info = 0, ...others } = totals(cells.map((cell) => cell.outcome.verdict));
  const rest = Object.entries(others).map(([name, count]) => `${count} ${name}`);
  return [`${pass + info}/${cells.length}`, ...rest].join(", ");
}

function renderGaps(reports: readonly Report[]): string {
  const rows = reports.flatMap((report) =>
    Object.entries(report.gaps).map(([feature, reason]) => [feature, title(report.subject), reason])
  );
  return rows.length === 0
    ? ""
    : table(["gap", "subject", "because"], rows.sort(([a = ""], [b = ""]) => a < b ? -1 : a > b ? 1 : 0));
}

export function indent(text: string, width: number): string {
  return text.split("\n").map((line) => " ".repeat(width) + line).join("\n");
}

/** Columns as wide as their widest cell. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((_, i) => Math.max(...[head, ...rows].map((row) => width(row[i] ?? ""))));
  const line = (row: readonly string[]): string =>
    row.map((cell, i) => cell + " ".repeat((widths[i] ?? 0) - width(cell))).join("  ").trimEnd();
  return [chalk.bold(line(head)), ...rows.map(line)].join("\n");
}

function width(text: string): number {
  return text.replace(/\u001b\[[\d;]*m/g, "").length;
}
