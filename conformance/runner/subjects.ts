/** What is tested: a library entry on a runtime. */
import { globMatches } from "./glob.js";

export type RuntimeKind = "node" | "deno" | "bun";

/** A runtime of the default run, or a pinned version (`deno-2.6.8`). */
export type RuntimeName = RuntimeKind | "node26" | `${RuntimeKind}-${string}`;

/** The runtimes of the default run. */
export const runtimeNames: readonly RuntimeName[] = ["node", "node26", "deno", "bun"];

export interface Subject {
  /** The name of the result and expectation files. */
  readonly name: string;
  readonly runtime: RuntimeName;
  /** What the suite imports: a package's entry, a module of the suite relative to `subject.js`, or a URL. */
  readonly entry: string;
  /** Globs over the ids of the cases that are run on it; every case if absent. */
  readonly cases?: readonly string[];
}

const withLibc = "./harness/with-libc.js";

/** What `omnisock/libc` changes; whatever else there is, is the same code without it. */
const changedByLibc: readonly string[] = [
  "options/*",
  "libc/*",
  "udp.*",
  "unix.dgram/*",
  "unix.stream/backlog*",
  "tcp.options/*",
  "tcp.connect/local*",
  "tcp.listen/*",
  "errors/permission-denied",
  "errors/unsupported*",
  "leaks/*",
];

/**
 * The default run. `libc` is omnisock after `omnisock/libc` was imported; the Node adapter on Deno and Bun is omnisock over
 * what `node:net` is there; `native` and `node-net` are the runtimes' own sockets without omnisock.
 */
export const subjects: readonly Subject[] = [
  { name: "omnisock", runtime: "node", entry: "omnisock" },
  { name: "omnisock", runtime: "node26", entry: "omnisock" },
  { name: "omnisock", runtime: "deno", entry: "omnisock" },
  { name: "omnisock", runtime: "bun", entry: "omnisock" },
  ...(["node", "node26", "deno", "bun"] as const).map((runtime) => ({
    name: "libc",
    runtime,
    entry: withLibc,
    cases: changedByLibc,
  })),
  { name: "node-adapter", runtime: "deno", entry: "omnisock/node" },
  { name: "node-adapter", runtime: "bun", entry: "omnisock/node" },
  { name: "native", runtime: "node", entry: "./drivers/node-net.js" },
  { name: "native", runtime: "node26", entry: "./drivers/node-net.js" },
  { name: "native", runtime: "deno", entry: "./drivers/native-deno.js" },
  { name: "native", runtime: "bun", entry: "./drivers/native-bun.js" },
  { name: "node-net", runtime: "deno", entry: "./drivers/node-net.js" },
  { name: "node-net", runtime: "bun", entry: "./drivers/node-net.js" },
  { name: "memory", runtime: "node", entry: "omnisock/memory" },
];

/** Those of the default run that the run over all versions takes to every version of the same runtime. */
export const matrixNames: readonly string[] = ["omnisock", "libc", "native", "node-net"];

export const subjectNames: readonly string[] = [...new Set(subjects.map((subject) => subject.name))];

/** What is tested on a pinned version: the entries that the default run has on the same kind of runtime. */
export function subjectsOn(kind: RuntimeKind, pinned: RuntimeName): Subject[] {
  return subjects.filter((subject) => subject.runtime === kind && matrixNames.includes(subject.name))
    .map((subject) => ({ ...subject, runtime: pinned }));
}

/** Whether it is no library of this package: Deno lets it use its unstable networking too. */
export function isForeign(subject: Subject): boolean {
  return subject.entry !== withLibc && !/^omnisock(\/|$)/.test(subject.entry);
}

/** Whether a case is run on the subject of this name. */
export function concerns(subject: string, id: string): boolean {
  const globs = subjects.find(({ name }) => name === subject)?.cases;
  return globs === undefined || globs.some((glob) => globMatches(glob, id));
}

export function title(subject: Subject): string {
  return `${subject.name}@${subject.runtime}`;
}

/** The subject with the version that ran, which the name of a pinned runtime has already. */
export function fullTitle(subject: Subject, version: string): string {
  return subject.runtime.endsWith(version) ? title(subject) : `${title(subject)} ${version}`;
}
