/** The mutants' own test: what must survive survives, what is stale is told, and what breaks the library is killed. */
import process from "node:process";

import type { Mutant } from "../../mutants/mutant.js";
import type { Checkout } from "../main.js";
import { findStale, tryMutants } from "./main.js";
import { collectProofs } from "./proofs.js";
import type { Fate } from "./score.js";

const identity: Mutant = {
  name: "identity",
  what: "Nothing is changed.",
  file: "build/core/sockets.js",
  find: "export function createSockets(",
  replace: "export function createSockets(",
  on: "memory@node",
  cases: ["tcp.read/eof-sticky"],
};

const expected: readonly (readonly [mutant: Mutant, fate: Fate])[] = [
  [identity, "survived"],
  [
    {
      ...identity,
      name: "eof-missed",
      file: "build/core/inbound.js",
      find: `return this.#end === "eof" ? null : undefined;`,
      replace: "return undefined;",
    },
    "killed",
  ],
  [{ ...identity, name: "does-not-load", replace: "export function createSocket(" }, "unjudged"],
  [{ ...identity, name: "not-run-there", cases: ["tcp.options/nodelay-set"] }, "unjudged"],
];

const stale: readonly (readonly [mutant: Mutant, why: string])[] = [
  [{ ...identity, name: "text-gone", find: "no such text" }, "occurs 0 times"],
  [{ ...identity, name: "text-twice", find: "adapter" }, "times"],
  [{ ...identity, name: "file-gone", file: "build/core/nowhere.js" }, "there is no"],
  [{ ...identity, name: "case-gone", cases: ["tcp.read/no-such-case"] }, "there is no case"],
  [{ ...identity, name: "no-case", cases: [] }, "it names no case"],
];

/** 0 if all is as it must be, 3 if not. */
export async function selfTest(checkout: Checkout): Promise<number> {
  const scores = await tryMutants(expected.map(([mutant]) => mutant), checkout, { also: () => [], settled() {} });
  const problems = scores.flatMap(({ mutant, fate, reason }, index) => {
    const must = expected[index]?.[1];
    return fate === must ? [] : [`${mutant.name} ${fate} (${reason ?? ""}), must be ${must}`];
  });
  for (const [mutant, why] of stale) {
    const told = findStale([mutant], checkout.root).join();
    if (!told.includes(why)) problems.push(`${mutant.name} is told as "${told}", must say "${why}"`);
  }
  problems.push(...proofs());
  for (const problem of problems) process.stdout.write(`✗ ${problem}\n`);
  process.stdout.write(`self-test of the mutants: ${problems.length === 0 ? "as documented" : problems.join("; ")}\n`);
  return problems.length === 0 ? 0 : 3;
}

/** A later run that does not show what an earlier one did takes the proof back; one that did not look leaves it. */
function proofs(): string[] {
  const one = { id: "a/b", level: "MUST", assertion: "", source: "", run: async () => {} } as const;
  const earlier = { "a/b": { mutant: "identity", verdict: "fail" } } as const;
  const sources = { results: [], mutants: [identity], earlier };
  const left = collectProofs([one], { ...sources, sightings: [] });
  const taken = collectProofs([one], {
    ...sources,
    sightings: [{ mutant: "identity", id: "a/b", verdict: undefined }],
  });
  const again = collectProofs([one], {
    ...sources,
    sightings: [{ mutant: "identity", id: "a/b", verdict: "timeout" }],
  });
  const gone = collectProofs([one], { ...sources, mutants: [], sightings: [] });
  return [
    ...(left["a/b"] === undefined ? ["a proof that nothing contradicts is lost"] : []),
    ...(taken["a/b"] === undefined ? [] : ["a proof that this run contradicts is kept"]),
    ...(again["a/b"]?.verdict === "fail" ? [] : ["a proof that is shown again in another way is a new one"]),
    ...(gone["a/b"] === undefined ? [] : ["a proof by a mutant that is gone is kept"]),
  ];
}
