/** What is tested: a library entry on a runtime. */

export type RuntimeName = "node" | "node26" | "deno" | "bun";

export const runtimeNames: readonly RuntimeName[] = ["node", "node26", "deno", "bun"];

export interface Subject {
  /** The name of the result and expectation files. */
  readonly name: "omnisock" | "node-adapter" | "memory";
  readonly runtime: RuntimeName;
  /** What the suite imports. */
  readonly entry: string;
}

/** The default run. The Node adapter on Deno and Bun is what a user of `node:net` gets there. */
export const subjects: readonly Subject[] = [
  { name: "omnisock", runtime: "node", entry: "omnisock" },
  { name: "omnisock", runtime: "node26", entry: "omnisock" },
  { name: "omnisock", runtime: "deno", entry: "omnisock" },
  { name: "omnisock", runtime: "bun", entry: "omnisock" },
  { name: "node-adapter", runtime: "deno", entry: "omnisock/node" },
  { name: "node-adapter", runtime: "bun", entry: "omnisock/node" },
  { name: "memory", runtime: "node", entry: "omnisock/memory" },
];

export const subjectNames: readonly string[] = [...new Set(subjects.map((subject) => subject.name))];

export function title(subject: Subject): string {
  return `${subject.name}@${subject.runtime}`;
}
