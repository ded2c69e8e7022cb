/** The matrix in the terminal: what is not met in each group, every case that is not the same good everywhere, the gaps. */
import process from "node:process";

import { chalk } from "zx";

import { failing, inconclusive, type Verdict, verdictNames, verdicts } from "../harness/verdict.js";
import { columnsWidth, type Head, type Line, padded, printed, renderColumns } from "./columns.js";
import { type Judged, type Report, totals } from "./results.js";
import { fullTitle, title } from "./subjects.js";

/** So many cases or fewer are all shown, met or not. */
const showAll = 40;

/** A pipe has no width; what reads it is a log. */
const screen = process.stdout.columns ?? 120;

/** The shapes of verdicts that have a symbol in common with another one. */
const letters: Partial<Readonly<Record<Verdict, string>>> = { timeout: "t", crash: "c" };

export function renderMatrix(reports: readonly Report[], partial: boolean, width: number = screen): string {
  const ids = [...new Set(reports.flatMap((report) => report.cases.map(({ one }) => one.id)))].sort();
  const groups = [...new Set(ids.map((id) => id.slice(0, id.indexOf("/"))))];
  const heads = reports.map(headOf);
  const parts = [renderColumns("cases", heads, [
    ...groups.map((group) => ({
      label: `${group} ${chalk.dim(ids.filter((id) => inGroup(id, group)).length)}`,
      cells: reports.map((report) => worst(report.cases.filter(({ one }) => inGroup(one.id, group)))),
    })),
    ...sums(reports),
  ], width)];
  const rows = ids.map((id) => ({
    id,
    cells: reports.map((report) => report.cases.find(({ one }) => one.id === id)),
  })).filter(({ id, cells }) => partial && ids.length <= showAll || !uniform(cells) && !isOfOptionsView(id, cells));
  if (rows.length > 0) parts.push(renderCases(rows, heads, width));
  const gaps = renderGaps(reports, partial);
  if (gaps !== "") parts.push(gaps);
  return parts.join("\n\n");
}

interface Row {
  readonly id: string;
  /** One for each report; absent where the case is not run on the subject. */
  readonly cells: readonly (Judged | undefined)[];
}

/** That an option needs libc is for the page's table of options. */
function isOfOptionsView(id: string, cells: Row["cells"]): boolean {
  return inGroup(id, "options") &&
    cells.every((cell) => ["pass", "unsupported"].includes(cell?.outcome.verdict ?? "pass"));
}

/** Symbols and words where these fit, or else symbols alone; values, which are as long as they are, stand below. */
function renderCases(rows: readonly Row[], heads: readonly Head[], width: number): string {
  const words = rows.map(({ id, cells }): Line => ({
    label: `${id} ${chalk.dim(cells.find((cell) => cell !== undefined)?.one.level ?? "")}`,
    cells: cells.map(mark),
  }));
  const told = rows.filter(({ cells }) => cells.some((cell) => cell?.outcome.verdict === "info"));
  return [
    columnsWidth("case", heads, words) <= width
      ? renderColumns("case", heads, words, width)
      : `${renderColumns("case", heads, briefly(rows), width)}\n${chalk.dim(legend)}`,
    ...told.map(({ id, cells }) => `${id}\n${indent(renderValues(cells, heads), 2)}`),
  ].join("\n");
}

/** A line for each group and, below it, a line for each case without the group's name. */
function briefly(rows: readonly Row[]): Line[] {
  return rows.flatMap(({ id, cells }, i) => {
    const [group = "", slug = ""] = id.split("/");
    const line = { label: `  ${slug}`, cells: cells.map(symbol) };
    return inGroup(rows[i - 1]?.id ?? "", group) ? [line] : [{ label: group, cells: [] }, line];
  });
}

function inGroup(id: string, group: string): boolean {
  return id.startsWith(`${group}/`);
}

const legend = [
  ...verdictNames.map((name) => `${verdicts[name].symbol}${letters[name] ?? ""} ${name}`),
  "() known",
].join("  ");

/** One value if all have it, or else each value with those that have it. */
function renderValues(cells: Row["cells"], heads: readonly Head[]): string {
  const values = new Map<string, string[]>();
  cells.forEach((cell, i) => {
    if (cell === undefined) return;
    const { outcome } = cell;
    const text = outcome.verdict === "info" ? String(outcome.value) : outcome.verdict;
    const { subject, runtime } = heads[i] ?? { subject: "", runtime: "" };
    values.set(text, [...values.get(text) ?? [], `${subject}@${runtime}`]);
  });
  return [...values].map(([text, where]) =>
    chalk.cyan(text) + (values.size === 1 ? "" : chalk.dim(` ${where.join(", ")}`))
  ).join("\n");
}

function headOf(report: Report): Head {
  const [subject = "", runtime = ""] = title(report.subject).split("@");
  return { subject, runtime };
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
        fullTitle(report.subject, report.runtime.version)
      }`,
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

function uniform(cells: Row["cells"]): boolean {
  const there = cells.filter((cell) => cell !== undefined);
  const first = there[0]?.outcome;
  return there.every(({ outcome }) =>
    (outcome.verdict === "pass" || outcome.verdict === "info") && outcome.verdict === first?.verdict &&
    (outcome.verdict === "pass" || outcome.value === first.value)
  );
}

function mark(judged: Judged | undefined): string {
  if (judged === undefined) return "";
  const { outcome: { verdict }, standing } = judged;
  const text = `${verdicts[verdict].symbol} ${standing === "known" ? "known " : ""}${verdict}`;
  return paint(judged, text);
}

function symbol(judged: Judged | undefined): string {
  if (judged === undefined) return "";
  const { outcome: { verdict }, standing } = judged;
  const text = `${verdicts[verdict].symbol}${letters[verdict] ?? ""}`;
  return paint(judged, standing === "known" ? `(${text})` : text);
}

function paint({ outcome: { verdict }, standing }: Judged, text: string): string {
  if (standing === "news" || inconclusive.has(verdict)) return chalk.red(text);
  if (verdict === "pass") return chalk.green(text);
  return verdict === "info" ? chalk.cyan(text) : chalk.yellow(text);
}

/** A tick, or how many there are with the symbol of the worst verdict. */
function worst(cells: readonly Judged[]): string {
  const name = worstFirst.find((verdict) => cells.some(({ outcome }) => outcome.verdict === verdict));
  if (name === undefined) return chalk.green(verdicts.pass.symbol);
  const same = cells.filter(({ outcome: { verdict } }) => verdicts[verdict].symbol === verdicts[name].symbol);
  const first = same.find(({ standing }) => standing === "news") ?? same[0];
  return first === undefined ? "" : paint(first, `${verdicts[name].symbol}${same.length}`);
}

/** How often each verdict that occurs was given. */
function sums(reports: readonly Report[]): Line[] {
  const counts = reports.map((report) => totals(report.cases.map(({ outcome }) => outcome.verdict)));
  return verdictNames.filter((name) => counts.some((count) => count[name] !== undefined)).map((name) => ({
    label: chalk.bold(`${verdicts[name].symbol} ${name}`),
    cells: counts.map((count) => count[name] === undefined ? chalk.dim("0") : String(count[name])),
  }));
}

const worstFirst: readonly Verdict[] = [
  "harness-error",
  "crash",
  "timeout",
  "fail",
  "notrun",
  "nonstrict",
  "unsupported",
  "unmet",
];

/** Each sentence once, with the subjects that say it; in a partial run only those that a case showed. */
function renderGaps(reports: readonly Report[], partial: boolean): string {
  const sentences = new Map<string, { feature: string; reason: string; where: string[] }>();
  for (const report of reports) {
    const shown = report.cases.map(({ outcome }) => outcome.verdict === "unsupported" ? outcome.message ?? "" : "");
    for (const [feature, reason] of Object.entries(report.gaps)) {
      if (partial && !shown.some((message) => message.includes(reason))) continue;
      const key = `${feature} ${reason}`;
      const entry = sentences.get(key) ?? { feature, reason, where: [] };
      entry.where.push(title(report.subject));
      sentences.set(key, entry);
    }
  }
  const rows = [...sentences.values()].sort((a, b) => a.feature < b.feature ? -1 : a.feature > b.feature ? 1 : 0);
  return rows.length === 0 ? "" : table(
    ["gap", "because"],
    rows.map(({ feature, reason, where }) => [
      feature,
      `${reason} ${chalk.dim(where.join(", "))}`,
    ]),
  );
}

export function indent(text: string, width: number): string {
  return text.split("\n").map((line) => " ".repeat(width) + line).join("\n");
}

/** Columns as wide as their widest cell. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((_, i) => Math.max(...[head, ...rows].map((row) => printed(row[i] ?? ""))));
  const line = (row: readonly string[]): string =>
    row.map((cell, i) => padded(cell, widths[i] ?? 0)).join("  ").trimEnd();
  return [chalk.bold(line(head)), ...rows.map(line)].join("\n");
}
