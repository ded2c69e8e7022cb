/** For each case the first thing that it was seen to fail on: a committed result of a runtime, or else a mutant. */
import fs from "node:fs";
import path from "node:path";

import type { Case } from "../../harness/case.js";
import type { Verdict } from "../../harness/verdict.js";
import type { Mutant } from "../../mutants/mutant.js";
import { fileName, type ResultFile } from "../results.js";

/** `info`: the value that the case records was another one. */
export type Proof =
  | { readonly result: string; readonly verdict: Verdict }
  | { readonly mutant: string; readonly verdict: Verdict };

export type Proofs = Readonly<Record<string, Proof>>;

/** What a trial of a mutant says of a case that holds without it: the verdict, or `undefined` if the case does not see it. */
export interface Sighting {
  readonly mutant: string;
  readonly id: string;
  readonly verdict: Verdict | undefined;
}

const shown: ReadonlySet<Verdict> = new Set<Verdict>(["fail", "nonstrict", "timeout", "crash"]);

/** Proofs of the committed results, of this run's mutants, and of earlier runs' where this run does not say otherwise. */
export function collectProofs(
  cases: readonly Case[],
  sources: {
    readonly results: readonly ResultFile[];
    readonly mutants: readonly Mutant[];
    readonly sightings: readonly Sighting[];
    readonly earlier: Proofs;
  },
): Proofs {
  const { results, mutants, sightings, earlier } = sources;
  const order = new Map(mutants.map(({ name }, index) => [name, index]));
  const proofs: Record<string, Proof> = {};
  for (const { id } of cases) {
    const own = sightings.filter((sighting) => sighting.id === id && order.has(sighting.mutant));
    const candidates = own.flatMap(({ mutant, verdict }) => verdict === undefined ? [] : [{ mutant, verdict }]);
    const kept = earlier[id];
    if (kept !== undefined && "mutant" in kept && order.has(kept.mutant)) {
      const again = own.find(({ mutant }) => mutant === kept.mutant);
      // In front of what was seen again: whether a case fails or runs out of time may differ, and is no news.
      if (again === undefined || again.verdict !== undefined) candidates.unshift(kept);
    }
    candidates.sort((a, b) => (order.get(a.mutant) ?? 0) - (order.get(b.mutant) ?? 0));
    const proof = resultProof(id, results) ?? candidates[0];
    if (proof !== undefined) proofs[id] = proof;
  }
  return proofs;
}

function resultProof(id: string, results: readonly ResultFile[]): Proof | undefined {
  const cells = results.flatMap((file) => {
    const cell = file.results[id];
    return cell === undefined ? [] : [{ result: fileName(file).replace(/\.json$/, ""), cell }];
  });
  const first = cells.find(({ cell }) => cell.verdict === "info")?.cell.value;
  const found = cells.find(({ cell }) => shown.has(cell.verdict) || (cell.verdict === "info" && cell.value !== first));
  return found === undefined ? undefined : { result: found.result, verdict: found.cell.verdict };
}

export function proofsFile(root: string): string {
  return path.join(root, "conformance", "results", "proofs.json");
}

export function readProofs(root: string): Proofs {
  const file = proofsFile(root);
  if (!fs.existsSync(file)) return {};
  const { schema, proofs } = JSON.parse(fs.readFileSync(file, "utf8")) as { schema: number; proofs: Proofs };
  if (schema !== 1) throw new Error(`${path.relative(root, file)} has schema ${schema}, not 1`);
  return proofs;
}

/** One line per case, so that a difference is a line. */
export function writeProofs(root: string, proofs: Proofs): void {
  const rows = Object.entries(proofs).sort(([a], [b]) => a < b ? -1 : 1).map(([id, proof]) =>
    `    ${JSON.stringify(id)}: ${JSON.stringify(proof)}`
  );
  const body = rows.length === 0 ? "{}" : `{\n${rows.join(",\n")}\n  }`;
  fs.writeFileSync(proofsFile(root), `{\n  "schema": 1,\n  "proofs": ${body}\n}\n`);
}
