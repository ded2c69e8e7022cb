/** The mutants from the command line to the exit code. */
import path from "node:path";
import process from "node:process";

import { chalk } from "zx";

import { cases } from "../../cases/index.js";
import { mutants } from "../../mutants/index.js";
import type { Mutant } from "../../mutants/mutant.js";
import { readExpectations } from "../expectations.js";
import { type Checkout, prepared } from "../main.js";
import { table } from "../matrix.js";
import { UsageError } from "../options.js";
import { readResults } from "../results.js";
import { findRuntime, presentRuntimes, type Runtime } from "../runtimes.js";
import { type RuntimeName, type Subject, subjects, title } from "../subjects.js";
import { inParallel } from "../tasks.js";
import { help, type MutantOptions, parseOptions } from "./options.js";
import { copySuite, staleness } from "./patch.js";
import { collectProofs, type Proofs, readProofs, type Sighting, writeProofs } from "./proofs.js";
import { renderProofs, renderScores } from "./report.js";
import { isDemanded, type Score, score, sees } from "./score.js";
import { runTrial, type Trial } from "./trial.js";

export async function main(args: readonly string[], checkout: Checkout): Promise<number> {
  try {
    const options = parseOptions(args, mutants);
    if (options.mode === "help") return print(help), 0;
    if (options.mode === "list") return print(`${list(options.chosen)}\n`), 0;
    if (!await prepared(checkout)) return 3;
    if (options.mode === "self-test") return await (await import("./selftest.js")).selfTest(checkout);
    return await perform(options, checkout);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    say(`mutants: ${error.message}`);
    return 4;
  }
}

async function perform(options: MutantOptions, checkout: Checkout): Promise<number> {
  const stale = findStale(options.chosen, checkout.root);
  for (const line of stale) say(`${chalk.red("stale")} ${line}`);
  if (stale.length > 0) return 2;

  const results = readResults(path.join(checkout.root, "conformance", "results"));
  const earlier = options.extent === "all" && !options.partial ? {} : readProofs(checkout.root);
  const sightings: Sighting[] = [];
  const proofs = (): Proofs => collectProofs(cases, { results, mutants, sightings, earlier });
  const scores = await tryMutants(options.chosen, checkout, {
    also(): readonly string[] {
      if (options.extent === "named") return [];
      const known = options.extent === "all" ? {} : proofs();
      return cases.map(({ id }) => id).filter((id) => known[id] === undefined);
    },
    settled: (found) => void sightings.push(...found),
  });

  print(`\n${renderScores(scores)}\n\n${renderProofs(cases, proofs())}\n`);
  if (options.partial && options.extent === "named") {
    say("a partial run: conformance/results/proofs.json is left as it is");
  } else writeProofs(checkout.root, proofs());
  if (scores.some(({ fate }) => fate === "survived")) return 1;
  return scores.every(({ fate }) => fate === "killed") ? 0 : 3;
}

/** What names a text or a case that is not there, or nothing that can see it. */
export function findStale(list: readonly Mutant[], root: string): string[] {
  const ids = new Set(cases.map(({ id }) => id));
  return list.flatMap((mutant) => {
    const missing = mutant.cases.find((id) => !ids.has(id));
    const why = staleness(root, mutant) ??
      (missing === undefined ? undefined : `there is no case ${missing}`) ??
      (mutant.cases.length === 0 ? "it names no case" : undefined) ??
      (list.some((other) => other !== mutant && other.name === mutant.name) ? "another one has its name" : undefined);
    return why === undefined ? [] : [`${mutant.name}: ${why}`];
  });
}

/** A mutant has a namespace of its own, and its few cases mostly wait, so that more fit beside each other than whole runs do. */
const atOnce = 4;

interface Extent {
  /** Ids of cases to run beside those that a mutant names, asked when its turn comes. */
  readonly also: () => readonly string[];
  readonly settled: (found: readonly Sighting[]) => void;
}

/** First the library as it is, in a copy too, so that what fails there counts for nothing; then every mutant. */
export async function tryMutants(list: readonly Mutant[], checkout: Checkout, extent: Extent): Promise<Score[]> {
  const places = await findPlaces(list, checkout);
  const present = [...places.values()].filter((place): place is Place => "runtime" in place);
  const baselines = new Map<string, Trial>();
  const also = extent.also();
  await inParallel(present, async (place) => {
    const own = list.filter(({ on }) => on === title(place.subject));
    const only = inOrder([...own.flatMap((mutant) => mutant.cases), ...also]);
    const trial = await tryCopy(checkout, place, only);
    baselines.set(title(place.subject), trial);
    const seconds = (trial.milliseconds / 1000).toFixed(1);
    say(`${title(place.subject)} without a mutant: ${only.length} cases (${seconds} s)`);
    for (const [id, { outcome, standing }] of trial.findings) {
      if (standing === "news") say(`  ${id} is ${outcome.verdict} without a mutant: ${outcome.message}`);
    }
  });

  const began = performance.now();
  let done = 0;
  return await inParallel(list, async (mutant): Promise<Score> => {
    const place = places.get(mutant.on) as Place | Missing;
    if ("absent" in place) return unjudged(mutant, place.absent);
    const baseline = baselines.get(mutant.on) as Trial;
    const only = inOrder([...mutant.cases, ...extent.also()]);
    const trial = await tryCopy(checkout, place, only, mutant);
    extent.settled([...trial.findings].map(([id, finding]) => ({
      mutant: mutant.name,
      id,
      verdict: sees(finding, baseline.findings.get(id)) ? finding.outcome.verdict : undefined,
    })));
    const result = score(mutant, trial, baseline);
    done += 1;
    const left = (performance.now() - began) / done * (list.length - done) / 60_000;
    say(`${done} of ${list.length}, about ${left.toFixed(1)} min left: ${mutant.name} on ${mutant.on} ${result.fate}`);
    return result;
  }, atOnce);
}

interface Place {
  readonly subject: Subject;
  readonly runtime: Runtime;
}

type Missing = { readonly absent: string };

async function findPlaces(list: readonly Mutant[], { root }: Checkout): Promise<Map<string, Place | Missing>> {
  const places = new Map<string, Place | Missing>();
  const runtimes = new Map<RuntimeName, Awaited<ReturnType<typeof findRuntime>>>();
  for (const on of new Set(list.map((mutant) => mutant.on))) {
    const subject = subjects.find((candidate) => title(candidate) === on);
    if (subject === undefined) throw new UsageError(`there is no subject ${on}`);
    const runtime = runtimes.get(subject.runtime) ?? await findRuntime(subject.runtime, root);
    runtimes.set(subject.runtime, runtime);
    places.set(on, "absent" in runtime ? runtime : { subject, runtime });
  }
  return places;
}

async function tryCopy(
  checkout: Checkout,
  { subject, runtime }: Place,
  only: readonly string[],
  mutant?: Mutant,
): Promise<Trial> {
  const rules = readExpectations(path.join(checkout.root, "conformance", "expectations"), subject.name);
  const copy = await copySuite(checkout, mutant);
  try {
    const beside = presentRuntimes(checkout.root);
    return await runTrial({ folder: copy.folder, subject, runtime, rules, only, beside });
  } finally {
    copy.remove();
  }
}

function unjudged(mutant: Mutant, reason: string): Score {
  return { mutant, demanded: isDemanded(mutant), fate: "unjudged", seenBy: [], milliseconds: 0, reason };
}

function inOrder(ids: readonly string[]): string[] {
  const wanted = new Set(ids);
  return cases.map(({ id }) => id).filter((id) => wanted.has(id));
}

function list(chosen: readonly Mutant[]): string {
  return table(
    ["mutant", "on", "file", "cases", "defect"],
    chosen.map(({ name, on, file, cases, what }) => [name, on, file, cases.join(", "), what]),
  );
}

function print(text: string): void {
  process.stdout.write(text);
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}
