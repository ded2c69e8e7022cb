/** What the runner says while it runs: a live line on a terminal, otherwise a line per subject and every ten seconds. */
import process from "node:process";

import { chalk } from "zx";

import { inconclusive } from "../harness/verdict.js";
import { type Report, totals } from "./results.js";
import { fullTitle, type Subject, title } from "./subjects.js";

export interface Progress {
  begin(subject: Subject): void;
  settled(subject: Subject, bad: boolean): void;
  end(report: Report): void;
  stop(): void;
}

/** `cases` has a number for each subject. */
export function showProgress(cases: readonly number[]): Progress {
  const live = process.stderr.isTTY === true;
  const running = new Map<Subject, { settled: number; bad: number }>();
  const all = cases.reduce((sum, count) => sum + count, 0);
  const began = performance.now();
  let finished = 0;
  let settled = 0;
  const timer = setInterval(live ? draw : () => say(state()), live ? 200 : 10_000);

  function state(): string {
    const parts = [...running].map(([subject, { settled, bad }]) =>
      `${title(subject)} ${settled} cases${bad === 0 ? "" : `, ${bad} bad`}`
    );
    return `${
      Math.round((performance.now() - began) / 1000)
    } s${remaining()}  ${finished} of ${cases.length} subjects done  ${parts.join("  |  ")}`;
  }

  /** As fast as until now; nothing is said of it before a twentieth is done. */
  function remaining(): string {
    const share = settled / all;
    if (share < 0.05) return "";
    const seconds = (performance.now() - began) / 1000 / share * (1 - share);
    return seconds < 90 ? `, about ${Math.ceil(seconds)} s left` : `, about ${Math.ceil(seconds / 60)} min left`;
  }

  function draw(): void {
    process.stderr.write(`\r\u001b[K${state().slice(0, (process.stderr.columns ?? 80) - 1)}`);
  }

  function say(text: string): void {
    process.stderr.write(`${live ? "\r\u001b[K" : ""}${text}\n`);
  }

  return {
    begin(subject) {
      running.set(subject, { settled: 0, bad: 0 });
      if (!live) say(`${title(subject)} began`);
    },
    settled(subject, bad) {
      settled += 1;
      const counts = running.get(subject);
      if (counts === undefined) return;
      counts.settled += 1;
      if (bad) counts.bad += 1;
    },
    end(report) {
      running.delete(report.subject);
      finished += 1;
      const counts = Object.entries(totals(report.cases.map((cell) => cell.outcome.verdict))).map(([name, n]) =>
        `${n} ${name}`
      );
      const bad = report.cases.some((cell) => cell.standing === "news" || inconclusive.has(cell.outcome.verdict));
      const head = `${bad ? chalk.red("✗") : chalk.green("✓")} ${fullTitle(report.subject, report.runtime.version)}`;
      say(`${head}: ${counts.join(", ")} (${(report.milliseconds / 1000).toFixed(1)} s)`);
    },
    stop() {
      clearInterval(timer);
      if (live) process.stderr.write("\r\u001b[K");
    },
  };
}
