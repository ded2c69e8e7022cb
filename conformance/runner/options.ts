/** The command line of the main job. */
import fs from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";

import { matches } from "./glob.js";
import { type RuntimeName, runtimeNames, subjectNames } from "./subjects.js";

/** Exit code 4: said in one line, before anything runs. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

export interface Options {
  readonly runtimes: readonly RuntimeName[];
  readonly subjects: readonly string[];
  readonly filters: readonly string[];
  /** Ids that the filters leave. */
  readonly chosen: readonly string[];
  readonly json: string | undefined;
  readonly mode: "run" | "list" | "help" | "self-test";
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
  --subject NAME    only ${subjectNames.join(", ")} (comma-separated or repeated)
  --list            print every case with its level, assertion and source; run nothing
  --json FILE       also write the totals of every subject as one JSON object
  --check           write nothing; exit 3 if COMPATIBILITY.md is not what the committed results give
  --no-namespace    stay on the host's loopback; cases that need a network namespace are unmet
  --self-test       run the harness against subjects that hang, crash, exit and lie
  --help            this text

With --filter, --runtime or --subject the committed result files and COMPATIBILITY.md are left alone.

Exit codes: 0 as expected; 1 unexpected failure; 2 stale expectation; 3 incomplete, or the suite itself failed;
4 usage.
`;

export function parseOptions(args: readonly string[], ids: readonly string[]): Options {
  const values = parse(args);
  const filters = values.filter ?? [];
  const chosen = filters.length === 0 ? ids : ids.filter((id) => filters.some((filter) => matches(filter, id)));
  const runtimes = oneOf("--runtime", values.runtime, runtimeNames);
  const subjects = oneOf("--subject", values.subject, subjectNames);
  for (const filter of filters) {
    if (!ids.some((id) => matches(filter, id))) throw new UsageError(`no case matches --filter ${filter}; see --list`);
  }
  if (values.json !== undefined) claim(values.json);
  const partial = filters.length > 0 || values.runtime !== undefined || values.subject !== undefined;
  if (values.check === true && partial) {
    throw new UsageError("--check needs a full run: leave --filter, --runtime and --subject out");
  }
  const namespace = values["no-namespace"] !== true;
  const mode = values.help === true
    ? "help"
    : values.list === true
    ? "list"
    : values["self-test"] === true
    ? "self-test"
    : "run";
  return {
    runtimes,
    subjects,
    filters,
    chosen,
    json: values.json,
    mode,
    check: values.check === true,
    namespace,
    partial,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: false,
      options: {
        "filter": { type: "string", multiple: true, short: "f" },
        "runtime": { type: "string", multiple: true },
        "subject": { type: "string", multiple: true },
        "json": { type: "string" },
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
  const names = given.flatMap((value) => value.split(",")).map((value) => value.trim());
  for (const name of names) {
    if (!known.includes(name as Name)) {
      throw new UsageError(`${option} ${name || "''"} is unknown; it is one of ${known.join(", ")}`);
    }
  }
  return known.filter((name) => names.includes(name));
}

/** Fails now, not after three minutes, if the file cannot be written. */
function claim(file: string): void {
  try {
    fs.accessSync(path.dirname(path.resolve(file)), fs.constants.W_OK);
    fs.closeSync(fs.openSync(file, "a"));
  } catch (error) {
    throw new UsageError(`--json ${file} cannot be written: ${(error as Error).message}`);
  }
}
