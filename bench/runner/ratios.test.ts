/** Ratios are of one round, against the program that is best over all of them. */
import { test } from "uvu";
import * as assert from "uvu/assert";

import { bestRival, ratios, valuesOf } from "./ratios.ts";
import type { Sample } from "./sample.ts";
import type { SubjectName } from "./subjects.ts";
import { workloads } from "./workloads.ts";

function samplesOf(
  workload: string,
  values: Readonly<Partial<Record<SubjectName, readonly (number | null)[]>>>,
): Sample[] {
  return Object.entries(values).flatMap(([subject, rounds]) =>
    rounds.map((value, round) => ({
      workload,
      platform: "deno" as const,
      subject: subject as SubjectName,
      round,
      order: 0,
      ...(value === null ? { failure: "it failed" } : { value }),
    }))
  );
}

const rate = workloads.find(({ id }) => id === "echo-64-64") as (typeof workloads)[number];
const memory = workloads.find(({ id }) => id === "idle") as (typeof workloads)[number];

test("a ratio is of samples of the same round", () => {
  const samples = samplesOf(rate.id, { omnisock: [10, 30, 60], native: [10, 20, 30] });
  const of = (subject: SubjectName) => valuesOf(samples, rate.id, { platform: "deno", subject });
  assert.equal(ratios(of("omnisock"), of("native")), [1, 1.5, 2]);
});

test("a round in which one of them failed has no ratio", () => {
  const samples = samplesOf(rate.id, { omnisock: [10, null, 60], native: [10, 20, null] });
  const of = (subject: SubjectName) => valuesOf(samples, rate.id, { platform: "deno", subject });
  assert.equal(ratios(of("omnisock"), of("native")), [1]);
});

test("the best program is that of the better median, where more and where less is better", () => {
  const values = { native: [1, 10, 11], "node-net": [9, 9, 99], omnisock: [100, 100, 100] };
  assert.is(bestRival(samplesOf(rate.id, values), rate, "deno"), "native");
  assert.is(bestRival(samplesOf(memory.id, values), memory, "deno"), "node-net");
  assert.is(bestRival([], rate, "deno"), undefined);
});

test.run();
