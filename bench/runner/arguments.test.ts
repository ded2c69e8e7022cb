/** What is asked for wrongly is refused, never guessed. */
import { test } from "uvu";
import * as assert from "uvu/assert";

import { readArguments, UsageError } from "./arguments.ts";
import { workloads } from "./workloads.ts";

test("without arguments everything is run", () => {
  const { mode, workloads: chosen, runtimes, complete } = readArguments([]);
  assert.equal([mode, chosen.length, runtimes.length, complete], ["run", workloads.length, 3, true]);
});

test("a part, or a shorter run, is not a complete one", () => {
  for (const args of [["--quick"], ["--runtime", "bun"], ["--subject", "omnisock"], ["--rounds", "1"]]) {
    assert.is(readArguments(args).complete, false, args.join(" "));
  }
});

test("globs choose workloads in the order of the table", () => {
  const ids = readArguments(["--workload", "udp-echo-*,bulk-*"]).workloads.map(({ id }) => id);
  assert.equal(ids, ["bulk-receive", "bulk-send", "udp-echo-64", "udp-echo-1400"]);
});

test("what has no meaning is refused", () => {
  const wrong = [
    ["--workload", "echo"],
    ["--workload", ""],
    ["--runtime", "node"],
    ["--subject", "rust"],
    ["--rounds", "1.5"],
    ["--rounds", "0"],
    ["--seconds", "soon"],
    ["--seconds", ""],
    ["--report", "--soak"],
    ["--quick", "--guard"],
    ["--connections", "10"],
    ["--unknown"],
    ["something"],
  ];
  for (const args of wrong) {
    assert.throws(() => readArguments(args), (error: unknown) => error instanceof UsageError, args.join(" "));
  }
});

test.run();
