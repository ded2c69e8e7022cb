/** The command line of the mutants. */
import { parseArgs } from "node:util";

import type { Mutant } from "../../mutants/mutant.js";
import { matches } from "../glob.js";
import { UsageError } from "../options.js";

export interface MutantOptions {
  readonly chosen: readonly Mutant[];
  readonly mode: "run" | "list" | "help" | "self-test";
  /** Which cases run beside those that a mutant names: none, those without a proof, or all. */
  readonly extent: "named" | "unproven" | "all";
  /** Not all mutants: the committed proofs stay as they are. */
  readonly partial: boolean;
}

export const help = `Usage: npm run conformance:mutants -- [options]

Breaks the library on purpose, one defect at a time, and sees whether the suite notices: the score is the share of the
mutants that a MUST case kills. Writes conformance/results/proofs.json: for each case what it was seen to fail on.

  --filter GLOB     only mutants whose name or subject (omnisock@deno) matches, or contains it (may be repeated)
  --unproven        for each mutant also run the cases that nothing was seen to fail on yet
  --all             for each mutant run all cases (takes an hour or two)
  --list            print every mutant with its subject, file and cases; run nothing
  --self-test       show that a mutant that changes nothing survives, and that a stale one is told
  --help            this text

With --filter alone the committed proofs are left as they are; with --unproven or --all what is found is added to them.

Exit codes: 0 all killed; 1 a mutant survived; 2 a mutant is stale: its text, or a case that it names, is gone;
3 incomplete, or the suite itself failed; 4 usage.
`;

export function parseOptions(args: readonly string[], mutants: readonly Mutant[]): MutantOptions {
  const values = parse(args);
  const filters = values.filter ?? [];
  const fits = (filter: string, { name, on }: Mutant): boolean => matches(filter, name) || matches(filter, on);
  for (const filter of filters) {
    if (!mutants.some((mutant) => fits(filter, mutant))) {
      throw new UsageError(`no mutant matches --filter ${filter}; see --list`);
    }
  }
  if (values.all === true && values.unproven === true) throw new UsageError("--all and --unproven exclude each other");
  const modes = ["help", "list", "self-test"] as const;
  return {
    chosen: filters.length === 0 ? mutants : mutants.filter((mutant) => filters.some((filter) => fits(filter, mutant))),
    mode: modes.find((mode) => values[mode] === true) ?? "run",
    extent: values.all === true ? "all" : values.unproven === true ? "unproven" : "named",
    partial: filters.length > 0,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: false,
      options: {
        "filter": { type: "string", multiple: true, short: "f" },
        "all": { type: "boolean" },
        "unproven": { type: "boolean" },
        "list": { type: "boolean" },
        "self-test": { type: "boolean" },
        "help": { type: "boolean", short: "h" },
      },
    }).values;
  } catch (error) {
    throw new UsageError((error as Error).message.split(/\.\s|\n/, 1)[0] ?? "");
  }
}
