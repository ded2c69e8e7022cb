/** Why cases of somebody else's library are `unsupported`: each sentence once, with the number of cases behind it. */
import { table } from "./matrix.js";
import type { Report } from "./results.js";
import { title } from "./subjects.js";

export function renderLacks(reports: readonly Report[]): string {
  const rows = reports.flatMap((report) => {
    const counts = new Map<string, number>();
    for (const { outcome: { verdict, message } } of report.cases) {
      if (verdict === "unsupported") counts.set(message ?? "", (counts.get(message ?? "") ?? 0) + 1);
    }
    return [...counts].sort((a, b) => b[1] - a[1]).map(([reason, count]) => [
      `${count}`,
      title(report.subject),
      reason,
    ]);
  });
  return rows.length === 0 ? "" : table(["unsupported", "subject", "because"], rows);
}
