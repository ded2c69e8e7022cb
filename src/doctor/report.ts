/** What `omnisock doctor` finds, as data and as text. */
import type { Outcome } from "./attempt.ts";

/** One thing that was tried: with the runtime's own API, and again with `omnisock/libc`. */
export interface Finding {
  readonly native: Outcome;
  /** Absent where libc cannot be loaded. */
  readonly libc?: Outcome;
}

export interface Report {
  readonly runtime: string;
  readonly os: string;
  readonly user: string;
  /** Of the package. */
  readonly version: string;
  /** Whether `omnisock/libc` can be loaded, and if not, why. */
  readonly libc: Outcome;
  readonly features: Readonly<Record<string, Finding>>;
  readonly options: Readonly<Record<string, Finding>>;
  readonly families: Readonly<Record<string, Outcome>>;
}

export function text(report: Report): string {
  const { runtime, os, user, version, libc } = report;
  const head = [
    `omnisock ${version} on ${runtime}, ${os}, as ${user}`,
    libc.works ? `omnisock/libc: yes, through ${libc.value}` : `omnisock/libc: no: ${libc.reason}`,
  ];
  return [
    ...head,
    ...section("Features", report.features, libc.works),
    ...section("Socket options", report.options, libc.works),
    ...families(report.families),
    "",
  ].join("\n");
}

function section(title: string, findings: Readonly<Record<string, Finding>>, hasLibc: boolean): string[] {
  const names = Object.keys(findings);
  const width = Math.max(...names.map((name) => name.length));
  const lines = Object.entries(findings).map(([name, { native, libc }]) => {
    const best = libc ?? native;
    const columns = [name.padEnd(width), mark(native), ...(hasLibc ? [mark(libc ?? native)] : [])];
    return `  ${columns.join("  ")}  ${best.works ? best.value ?? "" : best.reason}`.trimEnd();
  });
  const header = `  ${"".padEnd(width)}  native${hasLibc ? "  libc  " : ""}`.trimEnd();
  return ["", title, header, ...lines];
}

function mark({ works }: Outcome): string {
  return (works ? "yes" : "no").padEnd(6);
}

function families(outcomes: Readonly<Record<string, Outcome>>): string[] {
  const names = Object.keys(outcomes);
  if (names.length === 0) return [];
  const width = Math.max(...names.map((name) => name.length));
  return [
    "",
    "Plain calls of omnisock/libc",
    ...Object.entries(outcomes).map(([name, outcome]) =>
      `  ${name.padEnd(width)}  ${mark(outcome)}  ${outcome.works ? "" : outcome.reason}`.trimEnd()
    ),
  ];
}
