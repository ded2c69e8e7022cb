/** The harness tested against subjects that misbehave, on every runtime, and the verdicts' way to the exit code. */
import fs from "node:fs";
import path from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";

import { cases as suiteCases } from "../cases/index.js";
import { type Campaign, type CampaignOptions, runCampaign } from "../runner/campaign.js";
import { exitCode, type Findings } from "../runner/exit.js";
import { expectations, type Rule } from "../runner/expectations.js";
import { inRange } from "../runner/version.js";
import type { Checkout } from "../runner/main.js";
import { findRuntime, type Runtime } from "../runner/runtimes.js";
import { type Services, startServices } from "../runner/services.js";
import { runtimeNames } from "../runner/subjects.js";
import { cases, type Misbehaviour } from "./fakes/cases.js";
import { resultChecks } from "./selftest-results.js";
import { cases as foreignCases } from "./fakes/foreign-cases.js";
import type { Verdict } from "./verdict.js";
import type { Job } from "./wire.js";

/** 0 if the harness does what it promises, 3 if not. */
export async function selfTest({ root, suite }: Checkout): Promise<number> {
  const began = performance.now();
  const problems = [...exitCodes(), ...versionRanges(), ...resultChecks(), ...exampleInDocs(root)];
  const found = await Promise.all(runtimeNames.map((name) => findRuntime(name, root)));
  for (const absence of found) if ("absent" in absence) process.stderr.write(`${absence.absent}\n`);
  const runtimes = found.filter((runtime): runtime is Runtime => !("absent" in runtime));
  problems.push(...(await Promise.all(runtimes.map((runtime) => onRuntime(runtime, suite)))).flat());
  problems.push(...await supportsNothing(runtimes[0], suite));
  problems.push(...(await Promise.all(runtimes.map((runtime) => documentedDriver(runtime, root, suite)))).flat());
  for (const problem of problems) process.stdout.write(`✗ ${problem}\n`);
  const where = runtimes.map((runtime) => `${runtime.name} ${runtime.version}`).join(", ");
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  process.stdout.write(
    `self-test: ${cases.length + foreignCases.length} misbehaving cases on ${where}: ${
      problems.length === 0 ? "as documented" : `${problems.length} problems`
    } (${seconds} s)\n`,
  );
  return problems.length === 0 ? 0 : 3;
}

async function onRuntime(runtime: Runtime, suite: string): Promise<string[]> {
  const known = cases.map((one) => one.id);
  const foreign = {
    entry: "./harness/fakes/driver.js",
    cases: "./harness/fakes/foreign-cases.js",
    only: foreignCases.map((one) => one.id),
  };
  const [all, lacks, shapeless, empty, missing, differing, absent] = await Promise.all([
    campaign(runtime, suite, {}, known),
    campaign(runtime, suite, foreign, foreign.only),
    campaign(runtime, suite, { ...foreign, entry: "./harness/fakes/no-driver.js" }, foreign.only),
    campaign(runtime, suite, { cases: "./harness/fakes/empty.js" }, known),
    campaign(runtime, suite, { entry: "./harness/fakes/nowhere.js" }, known),
    campaign(runtime, suite, {}, [...known, "self/unknown-to-the-subject"]),
    campaign({ ...runtime, program: () => [path.join(suite, "no-such-runtime")] }, suite, {}, known),
  ]);
  const problems = [
    ...cases.flatMap((one) => compare(one, all)),
    ...foreignCases.flatMap((one) => compare(one, lacks)),
  ];
  for (
    const [what, result, message] of [
      ["a driver without connect()", shapeless, "the driver has no connect()"],
      ["an empty plan", empty, "the plan is empty"],
      ["a library that cannot be imported", missing, "nowhere"],
      ["a plan without a known case", differing, "missing self/unknown-to-the-subject"],
      ["a runtime that cannot be started", absent, "no plan was announced"],
    ] as const
  ) {
    const odd = result.records.find(({ outcome }) =>
      outcome.verdict !== "harness-error" || !outcome.message?.includes(message)
    );
    if (odd !== undefined) problems.push(`${what}: ${odd.id} is ${odd.outcome.verdict} (${odd.outcome.message})`);
    if (result.records.length === 0) problems.push(`${what}: no case has a verdict`);
  }
  return problems.map((problem) => `${runtime.name} ${runtime.version}: ${problem}`);
}

/** The real cases on a library that supports nothing: none may pass. */
async function supportsNothing(runtime: Runtime | undefined, suite: string): Promise<string[]> {
  if (runtime === undefined) return ["there is no runtime"];
  const entry = "./harness/fakes/nothing.js";
  const services = await servicesFor(runtime, suite, entry);
  try {
    const known = suiteCases.map((one) => one.id);
    const job = {
      entry,
      cases: "./cases/index.js",
      only: known,
      environment: services.environment,
      peer: "process",
      unspoilt: true,
    } as const;
    const { records } = await campaign(runtime, suite, job, known, services);
    return records.flatMap(({ id, outcome }) =>
      outcome.verdict === "pass" ? [`${id} passes on a library that supports nothing: it cannot fail`] : []
    );
  } finally {
    await services.stop();
  }
}

/** The documentation shows the very file that is run. */
function exampleInDocs(root: string): string[] {
  const [page, example] = ["docs/conformance.md", "examples/conformance-driver.mjs"].map((name) =>
    fs.readFileSync(path.join(root, name), "utf8")
  ) as [string, string];
  return page.includes(`\n${example}\`\`\``) ? [] : ["docs/conformance.md has another example than examples/"];
}

/** The example of docs/conformance.md does what it says: its calls work, and what it has not is unsupported. */
async function documentedDriver(runtime: Runtime, root: string, suite: string): Promise<string[]> {
  const expected: Readonly<Record<string, Verdict>> = {
    "tcp.connect/basic": "pass",
    "tcp.listen/ephemeral": "pass",
    "tcp.read/byte-exact": "pass",
    "tcp.shutdown/rd": "unsupported",
    "udp.send/roundtrip": "unsupported",
  };
  const entry = pathToFileURL(path.join(root, "examples", "conformance-driver.mjs")).href;
  const services = await servicesFor(runtime, suite, entry);
  try {
    const { environment } = services;
    const job = {
      entry,
      cases: "./cases/index.js",
      only: Object.keys(expected),
      environment,
      peer: "process",
    } as const;
    const { records } = await campaign(runtime, suite, job, suiteCases.map((one) => one.id), services);
    return records.flatMap(({ id, outcome: { verdict, message } }) =>
      verdict === expected[id] || verdict === "unmet"
        ? []
        : [`${runtime.name}: ${id} of examples/conformance-driver.mjs is ${verdict} (${message}), not ${expected[id]}`]
    );
  } finally {
    await services.stop();
  }
}

function servicesFor(runtime: Runtime, suite: string, entry: string): Promise<Services> {
  const runtimes = (): Promise<readonly Runtime[]> => Promise.resolve([runtime]);
  return startServices({ suite, entry, memory: false, program: runtime.program, runtimes, namespace: true });
}

function compare(one: Misbehaviour, { records }: Campaign): string[] {
  const record = records.find(({ id }) => id === one.id);
  if (record === undefined) return [`${one.id} has no verdict`];
  const { outcome, noise } = record;
  const problems: string[] = [];
  if (outcome.verdict !== one.verdict) {
    problems.push(`${one.id} is ${outcome.verdict} (${outcome.message}), must be ${one.verdict}`);
  } else if (!(outcome.message ?? "").includes(one.message ?? "")) {
    problems.push(`${one.id} says "${outcome.message}", must say "${one.message}"`);
  }
  if (!noise.includes(one.printed ?? "")) {
    problems.push(`${one.id} kept "${noise}" of what was printed, must have "${one.printed}"`);
  }
  return problems;
}

function campaign(
  runtime: Runtime,
  suite: string,
  job: Partial<Job>,
  known: readonly string[],
  services: Pick<Services, "answer" | "tidy" | "enter"> = fakeServices,
): Promise<Campaign> {
  const options: CampaignOptions = {
    command: services.enter(runtime.program(path.join(suite, "subject.js"))),
    cwd: suite,
    job: {
      subject: { name: "fake", runtime: runtime.kind, version: runtime.version },
      entry: "./harness/fakes/sockets.js",
      cases: "./harness/fakes/cases.js",
      only: cases.map((one) => one.id),
      environment: [],
      peer: "none",
      ...job,
    },
    known,
    answer: services.answer,
    tidy: services.tidy,
    patience: { start: 10_000, between: 5_000, beyond: 2_500 },
    memoryLimit: 600 * 1024 * 1024,
  };
  return runCampaign(options);
}

const fakeServices: Pick<Services, "answer" | "tidy" | "enter"> = {
  enter: (command) => command,
  async answer(method) {
    if (method === "clear") return undefined;
    if (method === "temporaryPath") return await new Promise(() => {});
    throw Object.assign(new Error("no such service"), { harness: true });
  },
  tidy: async () => {},
};

/** Every verdict, with and without a rule, gives the exit code that `--help` promises. */
function exitCodes(): string[] {
  const rule: Rule = {
    cases: "a/*",
    when: { runtime: "deno", version: ">=2.9 <3" },
    expect: "fail",
    signature: "known",
    reason: "upstream",
  };
  const rows: readonly (readonly [verdict: Verdict, message: string, rules: readonly Rule[], code: number])[] = [
    ["pass", "", [], 0],
    ["info", "", [], 0],
    ["unsupported", "", [], 0],
    ["unmet", "", [], 0],
    ["nonstrict", "", [], 0],
    ["fail", "", [], 1],
    ["timeout", "", [], 1],
    ["crash", "", [], 1],
    ["harness-error", "", [], 3],
    ["notrun", "", [], 3],
    ["fail", "as known", [rule], 0],
    ["fail", "otherwise", [rule], 1],
    ["crash", "as known", [rule], 1],
    ["pass", "", [rule], 2],
    ["notrun", "", [rule], 3],
    ["pass", "", [{ ...rule, cases: "b/*" }], 2],
    ["pass", "", [{ ...rule, when: { runtime: "bun" } }], 2],
    ["crash", "as known", [{ ...rule, expect: ["fail", "crash"] }], 0],
  ];
  return rows.flatMap(([verdict, message, rules, code]) => {
    const judges = expectations(rules);
    const { standing } = judges.judge("a/b", { verdict, message }, { kind: "deno", version: "2.9.6" });
    const findings: Findings = {
      cells: [{ verdict, standing }],
      unusedRules: judges.unused().length,
      incomplete: false,
    };
    const given = exitCode(findings);
    return given === code
      ? []
      : [`${verdict} "${message}" with ${rules.length} rules exits ${given}, must exit ${code}`];
  });
}

function versionRanges(): string[] {
  const rows: readonly (readonly [string, string, boolean])[] = [
    ["1.4.5", ">=1.4 <1.5", true],
    ["1.5.0", ">=1.4 <1.5", false],
    ["2.9.6", "2.9.6", true],
    ["20.20.2", "<20.3", false],
    ["26.0.0", ">20", true],
  ];
  return rows.flatMap(([version, range, expected]) =>
    inRange(version, range) === expected ? [] : [`${version} in ${range} must be ${expected}`]
  );
}
