/** What a subject may ask of the runner: the raw peer, the kernel's witnesses, other programs, and temporary paths. */
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import process from "node:process";

import type { Environment, RunOptions, RunResult, StartOptions } from "../harness/case.js";
import { type Namespace, openNamespace } from "../lab/namespace.js";
import { NetworkLab } from "../lab/network.js";
import { available, createKernel } from "../witness/index.js";
import { startChild } from "./children.js";
import { FarEnd, fault } from "./far-end.js";
import { watchMemory } from "./memory-watch.js";
import { Program } from "./program.js";
import type { Runtime } from "./runtimes.js";

export interface Services {
  readonly environment: readonly Environment[];
  /** The command that runs the subject where its services are. */
  enter(command: readonly string[]): readonly string[];
  answer(method: string, params: unknown, pid: number): Promise<unknown>;
  /** Removes what the last case left outside the subject. */
  tidy(): Promise<void>;
  stop(): Promise<void>;
}

export interface ServiceOptions {
  /** Where the compiled suite is. */
  readonly suite: string;
  /** The command that runs a program; its permission flags are replaced by those of the case. */
  readonly program: (file: string, permissions: readonly string[] | undefined) => readonly string[];
  /** Given to the program as its first argument. */
  readonly entry: string;
  /** The runtimes that a program can be started on besides the subject's own. */
  readonly runtimes: () => Promise<readonly Runtime[]>;
  readonly memory: boolean;
  /** Whether the subject shall have a network namespace of its own, if the run may make one. */
  readonly namespace: boolean;
}

/** What another runtime than the subject's gets as its first argument: the library with that runtime's own adapter. */
const ownAdapter = "omnisock";

export async function startServices(options: ServiceOptions): Promise<Services> {
  const namespace = options.namespace && !options.memory ? await tryNamespace() : undefined;
  const lab = namespace === undefined ? undefined : new NetworkLab(namespace);
  const enter = (command: readonly string[]): readonly string[] => namespace?.enter(command, options.suite) ?? command;
  const farEnd = new FarEnd(async () => enter);
  const folders: string[] = [];
  const programs = new Map<number, Program>();

  async function answer(method: string, params: unknown, pid: number): Promise<unknown> {
    if (method.startsWith("peer:")) return await farEnd.ask(method.slice(5), params as object);
    if (method.startsWith("kernel:")) {
      return await createKernel(pid, await farEnd.current()).call(method.slice(7), params as object);
    }
    if (lab !== undefined && method.startsWith("network:")) return await lab.answer(method.slice(8), params as object);
    if (lab !== undefined && method.startsWith("far:")) return await lab.farEnd.ask(method.slice(4), params as object);
    if (method === "clear") return await clear();
    if (method === "run") return await runProgram(params as { program: string; options: RunOptions });
    if (method === "start") return (await launch(params as { program: string; options: StartOptions })).pid;
    if (method === "runtimes") return (await options.runtimes()).map(({ kind }) => kind);
    if (method.startsWith("program:")) return await talk(method.slice(8), params as { pid: number });
    if (method === "temporaryPath") return await temporaryPath((params as { name: string }).name);
    throw fault(`the runner does not know ${method}`);
  }

  /** Between cases; the lab last, as a peer's sockets may stand on what is undone. */
  async function clear(): Promise<void> {
    await Promise.all([farEnd.clear(), lab?.farEnd.clear()]);
    await lab?.restore();
  }

  async function runProgram(request: { program: string; options: RunOptions }): Promise<RunResult> {
    const program = await launch(request);
    program.closeInput();
    const timer = setTimeout(() => program.expire(), request.options.deadline ?? 5_000);
    return await program.end.finally(() => clearTimeout(timer));
  }

  async function launch(request: { program: string; options: StartOptions }): Promise<Program> {
    const { args = [], permissions, inject = [], runtime } = request.options;
    const file = path.join(options.suite, "programs", `${request.program}.js`);
    await fs.access(file).catch(() =>
      Promise.reject(fault(`there is no program ${request.program} in conformance/programs`))
    );
    const command = runtime === undefined
      ? [...options.program(file, permissions), options.entry]
      : [...await commandOn(runtime, file, permissions), ownAdapter];
    const child = startChild(enter([...faulty(inject), ...command, ...args]), { cwd: options.suite });
    watchMemory(child);
    const program = new Program(request.program, child);
    if (program.pid === 0) await program.end;
    programs.set(program.pid, program);
    return program;
  }

  async function commandOn(runtime: string, file: string, permissions?: readonly string[]): Promise<readonly string[]> {
    const found = (await options.runtimes()).find(({ kind }) => kind === runtime);
    if (found === undefined) throw fault(`there is no ${runtime} to run a program on`);
    return found.program(file, permissions);
  }

  async function talk(what: string, params: { pid: number; text?: string; method?: string }): Promise<unknown> {
    const program = programs.get(params.pid);
    if (program === undefined) throw fault(`no program of this case has the process id ${params.pid}`);
    const { text = "", method = "" } = params;
    if (what === "line") return await program.line();
    if (what === "end") return await program.end;
    if (what === "write") return program.write(text);
    if (what === "signal") return program.signal(text as NodeJS.Signals);
    if (what === "kernel") return await createKernel(program.pid, await farEnd.current()).call(method, params);
    throw fault(`the runner does not know program:${what}`);
  }

  async function temporaryPath(name: string): Promise<string> {
    const folder = await fs.mkdtemp(path.join(os.tmpdir(), "omnisock-"));
    folders.push(folder);
    return path.join(folder, name);
  }

  async function tidy(): Promise<void> {
    for (const program of programs.values()) program.kill();
    programs.clear();
    const removals = folders.splice(0).map((folder) => fs.rm(folder, { recursive: true, force: true }));
    await Promise.allSettled([...removals, lab?.restore()]);
  }

  return {
    environment: await survey(options.memory, lab),
    enter,
    answer,
    tidy,
    async stop() {
      await tidy();
      await farEnd.stop();
      await lab?.stop();
    },
  };
}

/** strace(1) in front of a program, whose system calls fail as told; the program keeps its process id. */
function faulty(inject: readonly string[]): readonly string[] {
  if (inject.length === 0) return [];
  const calls = inject.map((fault) => fault.slice(0, fault.indexOf(":"))).join(",");
  const expressions = [`trace=${calls}`, ...inject.map((fault) => `inject=${fault}`)].flatMap((text) => ["-e", text]);
  return ["strace", "--daemonize", "--follow-forks", "--output=/dev/null", ...expressions, "--"];
}

let told = false;

/** Where none is to be had, one line on standard error says why. */
async function tryNamespace(): Promise<Namespace | undefined> {
  try {
    return await openNamespace();
  } catch (error) {
    const [reason] = (error as Error).message.split("\n", 1);
    if (!told) process.stderr.write(`no network namespace, so the cases that need one are unmet: ${reason}\n`);
    told = true;
    return undefined;
  }
}

/** What of the environment is there, seen from the runner, and from inside the namespace where there is one. */
async function survey(memory: boolean, lab: NetworkLab | undefined): Promise<readonly Environment[]> {
  if (memory) return ["ipv6"];
  const { ipv6, ...outside } = available();
  const found: readonly Environment[] = lab === undefined ? ipv6 ? ["ipv6"] : [] : await lab.survey();
  const tools = (Object.keys(outside) as (keyof typeof outside)[]).filter((name) => outside[name]);
  return [...found, ...tools, "kernel", "process"];
}
