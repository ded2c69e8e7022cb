/** What is under test: which program in which runtime. */
import path from "node:path";

export const runtimeNames = ["node26", "deno", "bun"] as const;
export type RuntimeName = (typeof runtimeNames)[number];

export interface Runtime {
  readonly name: RuntimeName;
  readonly version: string;
  /** What comes before the file. */
  readonly command: readonly string[];
}

/**
 * `native` is the runtime's own API by hand, `node-net` its `node:net` or `node:dgram`, `c` the limit. On Node the first two
 * are the same. `native-joined` is `native` whose author joins small writes himself, `native-iterate` Deno's datagrams
 * with `for await`, each in a buffer of its own. `native-promises` is the socket that omnisock uses with the least that
 * gives promises: what is beyond that is omnisock's own cost.
 */
export const subjectNames = [
  "native",
  "node-net",
  "native-joined",
  "native-iterate",
  "native-promises",
  "omnisock",
  "omnisock-iterate",
  "omnisock-webstreams",
  "omnisock-libc",
  "c",
] as const;
export type SubjectName = (typeof subjectNames)[number];

/** The programs that a figure of omnisock is compared with: the better one of them. */
export const rivals: readonly SubjectName[] = ["native", "node-net"];

export type Transport = "tcp" | "udp";

export interface Target {
  readonly runtime: Runtime;
  readonly subject: SubjectName;
}

export interface Serving {
  readonly transport: Transport;
  readonly task: string;
  readonly size: number;
  /** It collects garbage when it is told to. */
  readonly told?: boolean;
}

/** Whether there is such a subject on a runtime. */
export function exists(runtime: RuntimeName, subject: SubjectName): boolean {
  if (subject === "node-net") return runtime !== "node26";
  if (subject === "native-iterate") return runtime === "deno";
  return subject !== "c";
}

/** The command that starts a subject. */
export function subjectCommand({ runtime, subject }: Target, serving: Serving, folder: string): readonly string[] {
  const { transport, size, told = false } = serving;
  const task = subject === "native-joined" ? `${serving.task}-joined` : serving.task;
  const command = [...runtime.command];
  // Deno has datagrams of its own only with this flag; omnisock does without.
  if (runtime.name === "deno" && !subject.startsWith("omnisock")) command.push("--unstable-net");
  if (runtime.name === "node26") command.push("--disable-warning=ExperimentalWarning");
  if (told && runtime.name === "node26") command.push("--expose-gc");
  if (told && runtime.name === "deno") command.push("--v8-flags=--expose-gc");
  const program = path.join(folder, "subjects", "main.ts");
  return [...command, program, programOf(runtime.name, subject, transport), task, `${size}`, ...(told ? ["told"] : [])];
}

function programOf(runtime: RuntimeName, subject: SubjectName, transport: Transport): string {
  const own = runtime === "node26" ? "node" : runtime;
  if (subject === "native" || subject === "native-joined") return `${own}-${transport}`;
  if (subject === "native-iterate") return `${own}-iterate-${transport}`;
  if (subject === "native-promises") {
    return `${own === "bun" && transport === "tcp" ? own : "node"}-promises-${transport}`;
  }
  return `${subject === "node-net" ? "node" : subject}-${transport}`;
}
