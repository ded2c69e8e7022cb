/** Expectations that no longer hold: outcomes better than their rule, and rules that no case comes under. */
import { applies, type Rule } from "./expectations.js";
import type { Pinned } from "./pinned.js";
import type { Report } from "./results.js";
import { title } from "./subjects.js";

export interface StaleQuestion {
  readonly reports: readonly Report[];
  /** By subject. */
  readonly rules: ReadonlyMap<string, readonly Rule[]>;
  readonly pinned: readonly Pinned[];
  /** Not every case ran: that a rule matched nothing says nothing. */
  readonly partial: boolean;
}

/** A rule for a version that did not run is not stale; one for a version that nobody runs is. */
export function staleExpectations({ reports, rules, pinned, partial }: StaleQuestion): string[] {
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
    if (own.length === 0) return [];
    return list.flatMap((rule) => {
      const concerned = own.filter((report) => applies(rule, report.runtime));
      const runnable = concerned.length > 0 || pinned.some((one) => applies(rule, one));
      if (!runnable) return [`the rule "${rule.cases}" of ${subject} is for no version that is run`];
      const idle = concerned.length > 0 && concerned.every((report) => report.unused.includes(rule));
      return idle ? [`the rule "${rule.cases}" of ${subject} matches nothing`] : [];
    });
  });
  return [...better, ...unused];
}
