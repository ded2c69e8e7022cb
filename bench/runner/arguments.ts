/** The command line. */
import { parseArgs } from "node:util";

import { type RuntimeName, runtimeNames, type SubjectName, subjectNames } from "./subjects.ts";
import { type Workload, workloads } from "./workloads.ts";

export class UsageError extends Error {}

export const usage = `npm run bench -- [options]

  --quick             two short rounds: a look, not a measurement
  --workload GLOB     only these (repeatable, * is any text; --list tells them)
  --runtime NAME      only these (repeatable): ${runtimeNames.join(", ")}
  --subject NAME      only these (repeatable): ${subjectNames.join(", ")}
  --rounds N          how often every subject is run (default 5)
  --seconds N         measured time of a sample (default 0.6); half of it is the warm-up,
                      and three times as much that of short connections
  --json FILE         where the samples go (default: bench/results/runs for a complete run, else .bench/last.json)
  --peer NAME         the far end: c, or node where there is no C compiler
  --list              the workloads, and nothing else
  --report            makes tables, charts and the README's section again from bench/results/runs, without measuring
  --check             says whether they are up to date: exit code 2 if not
  --guard             the fast subset of the gate: fails when omnisock is grossly slower than the runtime's own API
  --soak              5,000 connections exchanging messages for 60 s on each runtime (--seconds, --connections change that)
  --connections N     of the soak

Exit codes: 0, 1 a failed sample (or guard, or soak), 2 stale report, 3 the run itself failed, 4 usage.
`;

export type Mode = "run" | "list" | "report" | "check" | "guard" | "soak" | "help";

export interface Arguments {
  readonly mode: Mode;
  readonly workloads: readonly Workload[];
  readonly runtimes: readonly RuntimeName[];
  readonly subjects: readonly SubjectName[];
  readonly rounds: number;
  readonly seconds: number;
  readonly connections: number;
  readonly peer: "c" | "node" | undefined;
  readonly json: string | undefined;
  /** Everything was measured, long enough. */
  readonly complete: boolean;
}

const options = {
  quick: { type: "boolean" },
  workload: { type: "string", multiple: true },
  runtime: { type: "string", multiple: true },
  subject: { type: "string", multiple: true },
  rounds: { type: "string" },
  seconds: { type: "string" },
  connections: { type: "string" },
  peer: { type: "string" },
  json: { type: "string" },
  list: { type: "boolean" },
  report: { type: "boolean" },
  check: { type: "boolean" },
  guard: { type: "boolean" },
  soak: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

const modes = ["list", "report", "check", "guard", "soak", "help"] as const;

const defaults = { rounds: 5, seconds: 0.6 };

export function readArguments(args: readonly string[]): Arguments {
  const values = parse(args);
  const asked = modes.filter((mode) => values[mode] === true);
  const mode = asked[0] ?? "run";
  if (asked.length > 1) throw new UsageError(`--${asked.join(" and --")} cannot be asked for together`);
  const quick = values.quick === true;
  if (values.connections !== undefined && mode !== "soak") throw new UsageError("--connections is of --soak only");
  if (quick && mode !== "run") throw new UsageError(`--quick has no meaning with --${mode}`);
  const only = values.workload ?? [];
  const rounds = number(values.rounds, "rounds", { least: 1, most: 1000, default: quick ? 2 : defaults.rounds });
  const usual = mode === "soak" ? 60 : quick ? 0.25 : defaults.seconds;
  const seconds = number(values.seconds, "seconds", { least: 0.05, most: 3600, default: usual });
  if (!Number.isInteger(rounds)) throw new UsageError(`--rounds ${rounds} is not a whole number`);
  const runtimes = choose("runtime", values.runtime, runtimeNames);
  const subjects = choose("subject", values.subject, subjectNames);
  return {
    mode,
    workloads: only.length === 0 ? workloads : chosenWorkloads(only),
    runtimes: runtimes.length === 0 ? runtimeNames : runtimes,
    subjects,
    rounds,
    seconds,
    connections: number(values.connections, "connections", { least: 1, most: 50_000, default: 5_000 }),
    peer: choose("peer", values.peer === undefined ? undefined : [values.peer], ["c", "node"] as const)[0],
    json: values.json,
    complete: only.length + subjects.length + runtimes.length === 0 && rounds >= defaults.rounds &&
      seconds >= defaults.seconds,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options, strict: true, allowPositionals: false }).values;
  } catch (error) {
    throw new UsageError((error as Error).message.split(". ")[0] ?? "");
  }
}

function number(
  text: string | undefined,
  name: string,
  range: { readonly least: number; readonly most: number; readonly default: number },
): number {
  if (text === undefined) return range.default;
  const value = text.trim() === "" ? NaN : Number(text);
  if (!(value >= range.least && value <= range.most)) {
    throw new UsageError(`--${name} ${text || "''"} is not a number from ${range.least} to ${range.most}`);
  }
  return value;
}

function choose<Name extends string>(
  option: string,
  given: readonly string[] | undefined,
  known: readonly Name[],
): readonly Name[] {
  const names = (given ?? []).flatMap((text) => text.split(","));
  for (const name of names) {
    if (!known.includes(name as Name)) {
      throw new UsageError(`there is no ${option} ${name || "''"}; there are ${known.join(", ")}`);
    }
  }
  return known.filter((name) => names.includes(name));
}

function chosenWorkloads(globs: readonly string[]): readonly Workload[] {
  const patterns = globs.flatMap((text) => text.split(",")).map((glob) => ({ glob, expression: expressionOf(glob) }));
  for (const { glob, expression } of patterns) {
    if (!workloads.some(({ id }) => expression.test(id))) {
      throw new UsageError(
        `no workload matches ${glob || "''"}; there are ${workloads.map(({ id }) => id).join(", ")}`,
      );
    }
  }
  return workloads.filter(({ id }) => patterns.some(({ expression }) => expression.test(id)));
}

function expressionOf(glob: string): RegExp {
  return new RegExp(`^${glob.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&")).join(".*")}$`);
}
