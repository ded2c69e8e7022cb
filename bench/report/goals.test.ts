/** A goal is reached by its median only, and missed where there is no sample. */
import { test } from "uvu";
import * as assert from "uvu/assert";

import type { Sample } from "../runner/sample.ts";
import type { SubjectName } from "../runner/subjects.ts";
import { judge } from "./goals.ts";

function sample(workload: string, subject: SubjectName, value: number, round = 1): Sample {
  return { workload, platform: "bun", subject, round, order: 0, value, cpu: value };
}

function verdictOf(samples: readonly Sample[], goal: string, workload: string) {
  const found = judge(samples).find((verdict) =>
    verdict.goal.id === goal && verdict.workload.id === workload && verdict.runtime === "bun"
  );
  assert.ok(found);
  return found;
}

test("without samples every goal is missed", () => {
  assert.is(judge([]).filter(({ reached }) => reached).length, 0);
});

test("at least: the bound itself is enough, anything below is not", () => {
  const native = sample("accept", "native", 100);
  assert.is(verdictOf([native, sample("accept", "omnisock", 95)], "native", "accept").reached, true);
  assert.is(verdictOf([native, sample("accept", "omnisock", 94.9)], "native", "accept").reached, false);
});

test("at most: less is better", () => {
  const native = sample("idle", "native", 100);
  assert.is(verdictOf([native, sample("idle", "omnisock", 115)], "idle", "idle").reached, true);
  assert.is(verdictOf([native, sample("idle", "omnisock", 116)], "idle", "idle").reached, false);
});

test("the best native program is the one that counts", () => {
  const samples = [
    sample("accept", "native", 100),
    sample("accept", "node-net", 200),
    sample("accept", "omnisock", 150),
  ];
  assert.is(verdictOf(samples, "native", "accept").reached, false);
});

test("growth is of the same program at two loads", () => {
  const samples = [sample("growth-10", "omnisock", 10), sample("growth-1000", "omnisock", 13)];
  assert.is(verdictOf(samples, "growth", "growth-1000").reached, true);
});

test("one bad round of three does not decide", () => {
  const samples = [1, 2, 3].flatMap((round) => [
    sample("accept", "native", 100, round),
    sample("accept", "omnisock", round === 1 ? 10 : 96, round),
  ]);
  assert.is(verdictOf(samples, "native", "accept").reached, true);
});

test.run();
