/** The command line of the main job. */
import fs from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";

import { matches } from "./glob.js";
import type { Destination } from "./reporter.js";
import { type RuntimeName, runtimeNames, subjectNames } from "./subjects.js";

/** Exit code 4: said in one line, before anything runs. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

export interface Options {
  readonly runtimes: readonly RuntimeName[];
  /** Where foreign subjects run. */
  readonly foreignRuntimes: readonly RuntimeName[];
  readonly subjects: readonly string[];
  /** What `--subject` names besides: paths and packages. */
  readonly foreign: readonly string[];
  readonly filters: readonly string[];
  /** Ids that the filters leave. */
  readonly chosen: readonly string[];
  /** A file, or `-` for standard output. */
  readonly json: string | undefined;
  readonly reporters: readonly Destination[];
  readonly mode: "run" | "matrix" | "list" | "help" | "self-test";
  /** With `matrix`: only these pinned versions; all if empty. */
  readonly only: readonly string[];
  /** With `matrix`: run again what has been run. */
  readonly fresh: boolean;
  /** Compare COMPATIBILITY.md instead of writing it. */
  readonly check: boolean;
  /** Give each subject a network namespace of its own where the run may make one. */
  readonly namespace: boolean;
  /** Not all cases on all subjects: committed files stay as they are. */
  readonly partial: boolean;
}

export const help = `Usage: npx zx scripts/conformance.mjs [options]

Runs the conformance suite on the node of PATH, Node 26, Deno and Bun, prints the matrix, and writes
conformance/results/*.json and COMPATIBILITY.md.

  --filter GLOB     only cases whose id matches, or contains it (may be repeated)
  --runtime NAME    only on ${runtimeNames.join(", ")} (comma-separated or repeated)
  --subject NAME    only ${subjectNames.join(", ")} (comma-separated or repeated);
                    or your own: ./driver.js, or a package that is installed here; on node unless --runtime
                    says otherwise (docs/conformance.md)
  --list            print every case with its level, assertion and source; with --json as JSON; run nothing
  --json FILE       also write the totals of every subject as one JSON object (no FILE: to standard output)
  --reporter R      also write junit=FILE or tap=FILE; without a file, to standard output (may be repeated)
  --check           write nothing; exit 3 if COMPATIBILITY.md is not what the committed results give
  --no-namespace    stay on the host's loopback; cases that need a network namespace are unmet
  --self-test       run the harness against subjects that hang, crash, exit and lie
  --matrix          run on every version of conformance/versions.json, fetched by npm into .runtimes; what has been
                    run since the last change of library and cases is not run again
    --only V        only these versions: deno, deno@2.6 or deno@2.6.8 (comma-separated or repeated)
    --fresh         run them all again
  --help            this text

With --filter, --runtime or --subject the committed result files and COMPATIBILITY.md are left alone; --matrix writes
what it has run unless there is a --filter.

Exit codes: 0 as expected; 1 unexpected failure; 2 stale expectation; 3 incomplete, or the suite itself failed;
4 usage, or a file that cannot be read or written.
`;

export function parseOptions(args: readonly string[], ids: readonly string[]): Options {
  const values = parse(args);
  const filters = values.filter ?? [];
  const chosen = filters.length === 0 ? ids : ids.filter((id) => filters.some((filter) => matches(filter, id)));
  const runtimes = oneOf("--runtime", values.runtime, runtimeNames);
  const named = values.subject?.flatMap((value) => value.split(",")).map((value) => value.trim());
  const subjects = subjectNames.filter((name) => named === undefined || named.includes(name));
  const foreign = [...new Set(named)].filter((name) => !subjectNames.includes(name));
  for (const filter of filters) {
    if (!ids.some((id) => matches(filter, id))) throw new UsageError(`no case matches --filter ${filter}; see --list`);
  }
  const reporters = parseReporters(values.reporter ?? []);
  if (values.json !== undefined && values.json !== "-") claim("--json", values.json);
  for (const { file } of reporters) if (file !== undefined) claim("--reporter", file);
  if (values.json === "-" && values.list !== true && reporters.some(({ file }) => file === undefined)) {
    throw new UsageError("--json and --reporter cannot both write to standard output; give one of them a file");
  }
  checkMatrix(values);
  const partial = filters.length > 0 || values.runtime !== undefined || values.subject !== undefined;
  if (values.check === true && partial) {
    throw new UsageError("--check needs a full run: leave --filter, --runtime and --subject out");
  }
  const namespace = values["no-namespace"] !== true;
  const mode = values.help === true
    ? "help"
    : values.list === true
    ? "list"
    : values.matrix === true
    ? "matrix"
    : values["self-test"] === true
    ? "self-test"
    : "run";
  return {
    runtimes,
    foreignRuntimes: values.runtime === undefined ? ["node"] : runtimes,
    subjects,
    foreign,
    filters,
    chosen,
    json: values.json,
    reporters,
    mode,
    only: listed(values.only ?? []),
    fresh: values.fresh === true,
    check: values.check === true,
    namespace,
    partial,
  };
}

/** `junit`, `tap`, `junit=FILE` or `tap=FILE`; one of them may go to standard output. */
function parseReporters(given: readonly string[]): Destination[] {
  const destinations = given.map((text): Destination => {
    const [format = "", ...rest] = text.split("=");
    if (format !== "junit" && format !== "tap") {
      throw new UsageError(`--reporter ${text || "''"} is unknown; it is junit, tap, junit=FILE or tap=FILE`);
    }
    const file = rest.join("=");
    if (rest.length > 0 && file === "") throw new UsageError(`--reporter ${text} names no file`);
    return file === "" ? { format } : { format, file };
  });
  if (destinations.filter(({ file }) => file === undefined).length > 1) {
    throw new UsageError("only one --reporter can write to standard output; give the other one a file");
  }
  return destinations;
}

function checkMatrix(values: ReturnType<typeof parse>): void {
  if (values.matrix !== true) {
    for (const name of ["only", "fresh"] as const) {
      if (values[name] !== undefined) throw new UsageError(`--${name} belongs to --matrix`);
    }
  } else if (values.runtime !== undefined) {
    throw new UsageError("--matrix takes --only, not --runtime");
  } else if (values.check === true) {
    throw new UsageError("--check belongs to a full run without --matrix");
  }
}

function listed(values: readonly string[]): string[] {
  return values.flatMap((value) => value.split(",")).map((value) => value.trim());
}

/** `--json` alone means standard output; for the parser it must have a value. */
function withValues(args: readonly string[]): string[] {
  return args.map((arg, i) => arg === "--json" && (args[i + 1] ?? "--").startsWith("--") ? "--json=-" : arg);
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: withValues(args),
      allowPositionals: false,
      options: {
        "filter": { type: "string", multiple: true, short: "f" },
        "runtime": { type: "string", multiple: true },
        "subject": { type: "string", multiple: true },
        "json": { type: "string" },
        "reporter": { type: "string", multiple: true },
        "matrix": { type: "boolean" },
        "only": { type: "string", multiple: true },
        "fresh": { type: "boolean" },
        "list": { type: "boolean" },
        "check": { type: "boolean" },
        "self-test": { type: "boolean" },
        "no-namespace": { type: "boolean" },
        "help": { type: "boolean", short: "h" },
      },
    }).values;
  } catch (error) {
    throw new UsageError((error as Error).message.split(/\.\s|\n/, 1)[0] ?? "");
  }
}

function oneOf<Name extends string>(
  option: string,
  given: readonly string[] | undefined,
  known: readonly Name[],
): readonly Name[] {
  if (given === undefined) return known;
  const names = listed(given);
  for (const name of names) {
    if (!known.includes(name as Name)) {
      throw new UsageError(`${option} ${name || "''"} is unknown; it is one of ${known.join(", ")}`);
    }
  }
  return known.filter((name) => names.includes(name));
}

/** Fails now, not after three minutes, if the file cannot be written. */
function claim(option: string, file: string): void {
  try {
    fs.accessSync(path.dirname(path.resolve(file)), fs.constants.W_OK);
    fs.closeSync(fs.openSync(file, "a"));
  } catch (error) {
    throw new UsageError(`${option} ${file} cannot be written: ${(error as Error).message}`);
  }
}
