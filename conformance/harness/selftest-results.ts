/** What the runner makes of results, tested with rows: stale rules, regressions, traces, choice of versions. */
import { isDeepStrictEqual } from "node:util";

import { regressions } from "../page/history.js";
import type { Rule } from "../runner/expectations.js";
import { choosePinned, type Pinned } from "../runner/pinned.js";
import type { Report } from "../runner/results.js";
import { staleExpectations } from "../runner/stale.js";
import { startTrace } from "../runner/trace.js";
import type { Verdict } from "./verdict.js";

export function resultChecks(): string[] {
  return [...staleRules(), ...lostCases(), ...traceLines(), ...chosenVersions()];
}

function differs(what: string, actual: unknown, expected: unknown): string[] {
  if (isDeepStrictEqual(actual, expected)) return [];
  return [`${what}: got ${JSON.stringify(actual)}, must be ${JSON.stringify(expected)}`];
}

const pinned: readonly Pinned[] = [
  { kind: "deno", version: "2.6.8" },
  { kind: "deno", version: "2.9.5" },
  { kind: "bun", version: "1.4.5" },
];

/** A rule that nothing came under, in a run of Deno 2.9.5: stale only if its condition could have held there. */
function staleRules(): string[] {
  const rows: readonly (readonly [when: Rule["when"], sentence: string | undefined])[] = [
    [{}, "matches nothing"],
    [{ runtime: "deno" }, "matches nothing"],
    [{ runtime: "deno", version: "<2.8" }, undefined],
    [{ runtime: "bun" }, undefined],
    [{ runtime: "bun", version: ">=2" }, "is for no version that is run"],
  ];
  return rows.flatMap(([when, sentence]) => {
    const rule: Rule = { cases: "a/b", when: when ?? {}, expect: "fail", signature: "so", reason: "upstream" };
    const report = {
      subject: { name: "omnisock", runtime: "deno", entry: "omnisock" },
      runtime: { name: "deno", kind: "deno", version: "2.9.5", program: () => [] },
      gaps: {},
      cases: [],
      unused: [rule],
      promised: true,
      milliseconds: 0,
    } satisfies Report;
    const found = staleExpectations({
      reports: [report],
      rules: new Map([["omnisock", [rule]]]),
      pinned,
      partial: false,
    });
    const expected = sentence === undefined ? [] : [`the rule "a/b" of omnisock ${sentence}`];
    return differs(`an idle rule for ${JSON.stringify(when)}`, found, expected);
  });
}

function lostCases(): string[] {
  const rows: readonly (readonly [verdicts: readonly Verdict[], lost: readonly string[], mended: boolean])[] = [
    [["pass", "pass", "pass"], [], true],
    [["fail", "fail", "fail"], [], false],
    [["fail", "pass", "pass"], [], true],
    [["pass", "fail", "fail"], ["1.9.0", "1.10.0"], false],
    [["pass", "timeout", "pass"], ["1.9.0"], true],
    [["pass", "unmet", "crash"], ["1.10.0"], false],
    [["pass", "pass", "unsupported"], [], false],
  ];
  return rows.flatMap(([verdicts, lost, mended]) => {
    const columns = verdicts.map((verdict, i) => ({
      subject: "native",
      runtime: "bun" as const,
      version: ["1.2.0", "1.9.0", "1.10.0"][i] ?? "",
      platform: "linux x64",
      cells: [{ verdict }],
    }));
    const [found] = regressions(columns.reverse());
    return [
      ...differs(`what ${verdicts.join(", ")} lost`, (found?.lost ?? []).map(({ version }) => version), lost),
      ...found === undefined ? [] : differs(`${verdicts.join(", ")} mended`, found.mended, mended),
    ];
  });
}

function traceLines(): string[] {
  const trace = startTrace();
  trace.asked("peer:listen", { at: { host: "127.0.0.1", port: 0 } })({
    socket: 71,
    address: { host: "127.0.0.1", port: 40_001 },
  });
  trace.call('connect({ host: "127.0.0.1", port: 40001, linger: 40001 })');
  trace.asked("temporaryPath", { name: "socket" })("/tmp/omnisock-aB3_x9/socket");
  trace.asked("kernel:tcp", { port: 40_001 })([]);
  trace.asked("kernel:tcp", { port: 40_001 })(["the last answer"]);
  trace.call("conn1.write(<1 bytes>)");
  trace.call("conn1.write(<1 bytes>)", 2);
  trace.asked("peer:receive", { socket: 71, length: 3 })(Object.assign(new Error("gone"), { code: "ECONNRESET" }));
  trace.asked("peer:close", { socket: 71 });
  const few = differs("a trace", trace.lines(), [
    "peer.listen({ at: 127.0.0.1:0 }) → peer1 { address: 127.0.0.1:port1 }",
    'connect({ host: "127.0.0.1", port: port1, linger: port1 })',
    'temporaryPath({ name: "socket" }) → "temporary1/socket"',
    'kernel.tcp({ port: port1 }) → ["the last answer"]',
    "conn1.write(<1 bytes>) (3 times)",
    "peer1.receive({ length: 3 }) → ECONNRESET",
    "peer1.close()",
  ]);
  for (let i = 0; i < 100; i++) trace.call(`call ${i} ${"x".repeat(300)}`);
  const lines = trace.lines();
  return [
    ...few,
    ...differs("lines of a long trace", lines.length, 60),
    ...differs("its longest line", Math.max(...lines.map((line) => line.length)), 200),
    ...differs("its last line", lines.at(-1)?.slice(0, 7), "call 99"),
  ];
}

function chosenVersions(): string[] {
  const rows: readonly (readonly [only: readonly string[], versions: readonly string[]])[] = [
    [[], ["2.6.8", "2.9.5", "1.4.5"]],
    [["deno"], ["2.6.8", "2.9.5"]],
    [["deno@2.6", "bun@1.4.5"], ["2.6.8", "1.4.5"]],
  ];
  return rows.flatMap(([only, versions]) =>
    differs(`--only ${only.join()}`, choosePinned(pinned, only).map(({ version }) => version), versions)
  );
}
