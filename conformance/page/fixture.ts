/** Made-up results for the test of the page: every subject, several versions, every verdict, traces, and hostile texts. */
import type { Case } from "../harness/case.js";
import type { Verdict } from "../harness/verdict.js";
import type { Cell, ResultFile } from "../runner/results.js";
import type { Evidence } from "../runner/evidence.js";
import { concerns } from "../runner/subjects.js";
import { isOptionCase } from "./options.js";

/** A text that would run, and end the data, if it were ever taken for markup. */
export const hostile = `</script><img src=x onerror="document.title='taken'"><!-- ]]> ${"`"}\${1} & | \u2028`;

export const versions = {
  node: ["20.20.2", "22.22.0", "24.14.1", "26.10.0"],
  deno: ["2.4.5", "2.5.6", "2.6.10", "2.7.12", "2.8.3", "2.9.5"],
  bun: ["1.2.23", "1.3.11", "1.4.5"],
} as const;

const subjects: readonly (readonly [subject: string, runtime: keyof typeof versions])[] = [
  ["omnisock", "node"],
  ["omnisock", "deno"],
  ["omnisock", "bun"],
  ["libc", "node"],
  ["libc", "deno"],
  ["libc", "bun"],
  ["native", "node"],
  ["native", "deno"],
  ["native", "bun"],
  ["node-net", "deno"],
  ["node-net", "bun"],
  ["node-adapter", "deno"],
  ["node-adapter", "bun"],
];

export function inventResults(cases: readonly Case[]): ResultFile[] {
  const files = subjects.flatMap(([subject, runtime]) =>
    versions[runtime].map((version, age) =>
      inventFile(cases, subject, runtime, version, versions[runtime].length - age)
    )
  );
  return [...files, inventFile(cases, "memory", "node", "20.20.2", 1)];
}

/** The trace of every cell that is neither met nor unmet, and of all cells of the library on its newest versions. */
export function inventEvidence(file: ResultFile): Evidence {
  const newest = file.subject === "omnisock" && versions[file.runtime].at(-1) === file.version;
  const told = Object.entries(file.results).filter(([, { verdict }]) => newest || !["pass", "unmet"].includes(verdict));
  return Object.fromEntries(told.map(([id, { verdict }]) => [id, [
    "call  listen({ host: 127.0.0.1, port: 0 }) -> listener 127.0.0.1:<port 1>",
    "peer  connect 127.0.0.1:<port 1> -> stream 1",
    `call  connection.read() -> ${verdict}`,
    `kernel tcp(<port 1>) -> ESTABLISHED ${id}`,
  ]]));
}

/** `age` is 1 for the newest version. */
function inventFile(
  cases: readonly Case[],
  subject: string,
  runtime: keyof typeof versions,
  version: string,
  age: number,
): ResultFile {
  return {
    schema: 1,
    subject,
    runtime,
    version,
    os: "linux",
    arch: "x64",
    gaps: subject === "omnisock" && runtime === "deno" ? { "unix.datagram": `Deno has none ${hostile}` } : {},
    results: Object.fromEntries(
      cases.filter((one) => concerns(subject, one.id)).map((one) => [
        one.id,
        inventCell(one, cases.indexOf(one), `${subject} ${runtime}`, age),
      ]),
    ),
  };
}

function inventCell(one: Case, index: number, subject: string, age: number): Cell {
  const luck = (index * 7919 + [...subject].reduce((sum, letter) => sum * 31 + letter.charCodeAt(0), 7)) % 101;
  if (one.level === "INFO") return { verdict: "info", value: luck % 3 === 0 ? 511 : `${luck % 2} of ${subject}` };
  if (subject.startsWith("memory") && luck < 25) return { verdict: "unmet", message: "needs kernel" };
  const broken: Cell = {
    verdict: one.level === "SHOULD" ? "nonstrict" : wrong[luck % wrong.length] ?? "fail",
    message: luck % 4 === 0 ? hostile : `expected ECONNRESET, got ${luck % 2 === 0 ? "EOF" : "nothing for 1000 ms"}`,
    details: `Actual:\n--${hostile}\nExpected:\n++null`,
  };
  if (isOptionCase(one.id) && /^(omnisock|libc)/.test(subject)) {
    // Of three options the runtime sets one by itself, and of seven that are left libc has not one.
    if (index % 3 === 0 || subject.startsWith("libc") && index % 7 !== 0) return { verdict: "pass", value: "1, 0" };
    return { verdict: "unsupported", message: `no call sets it ${hostile}` };
  }
  if (subject.startsWith("omnisock")) {
    if (luck === 1) return { verdict: "unsupported", message: `Deno has none ${hostile}` };
    if (luck !== 2) return { verdict: "pass" };
    return {
      verdict: broken.verdict,
      known: true,
      message: `A known fault ${hostile}`,
      link: "https://example.com/issues/1",
    };
  }
  if (luck < 8) return broken;
  // Broken by the newest version, mended by it, or mended two versions ago.
  if (luck < 11) return age === 1 ? broken : { verdict: "pass" };
  if (luck < 14) return age === 1 ? { verdict: "pass" } : broken;
  return luck < 20 && age > 2 ? broken : { verdict: "pass" };
}

const wrong: readonly Verdict[] = ["fail", "fail", "timeout", "crash", "harness-error", "notrun"];
