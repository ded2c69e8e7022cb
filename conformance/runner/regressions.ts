/** What a newer version of a runtime lost: cases that pass in an older version and not in a newer one. */
import type { Verdict } from "../harness/verdict.js";
import { compareVersions } from "./expectations.js";
import type { ResultFile } from "./results.js";

/** One case over all versions of one runtime. */
export interface History {
  readonly subject: string;
  readonly runtime: ResultFile["runtime"];
  readonly os: string;
  readonly arch: string;
  readonly id: string;
  /** First and last version that passes. */
  readonly first: string;
  readonly last: string;
  /** Versions that do not pass although the version before them does, with what they gave. */
  readonly regressed: readonly { readonly version: string; readonly verdict: Verdict }[];
  /** Whether the newest version passes. */
  readonly mended: boolean;
}

/** Verdicts that say nothing of the version: neither a pass nor a loss. */
const silent: ReadonlySet<Verdict> = new Set<Verdict>(["info", "unmet", "harness-error", "notrun"]);

/** The history of every case that passes in some version, by subject, runtime, platform and id. */
export function histories(files: readonly ResultFile[]): History[] {
  const lines = new Map<string, ResultFile[]>();
  for (const file of files) {
    const key = [file.subject, file.runtime, file.os, file.arch].join(" ");
    lines.set(key, [...lines.get(key) ?? [], file]);
  }
  return [...lines.values()].flatMap((line) => {
    const versions = line.sort((a, b) => compareVersions(a.version, b.version));
    const ids = new Set(versions.flatMap((file) => Object.keys(file.results)));
    return [...ids].sort().flatMap((id) => historyOf(id, versions) ?? []);
  });
}

export function regressions(files: readonly ResultFile[]): History[] {
  return histories(files).filter((history) => history.regressed.length > 0);
}

function historyOf(id: string, versions: readonly ResultFile[]): History | undefined {
  const cells = versions.flatMap(({ version, results }) => {
    const verdict = results[id]?.verdict;
    return verdict === undefined || silent.has(verdict) ? [] : [{ version, verdict }];
  });
  const passes = cells.filter((cell) => cell.verdict === "pass");
  const [first, last] = [passes[0], passes.at(-1)];
  if (first === undefined || last === undefined) return undefined;
  const { subject, runtime, os, arch } = versions[0] as ResultFile;
  return {
    subject,
    runtime,
    os,
    arch,
    id,
    first: first.version,
    last: last.version,
    regressed: cells.filter((cell, i) => cell.verdict !== "pass" && cells[i - 1]?.verdict === "pass"),
    mended: cells.at(-1)?.verdict === "pass",
  };
}
