/** What a subject may ask of the runner: the raw peer, the kernel's witnesses, other programs, and temporary paths. */
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";

import type { Environment, RunOptions, RunResult } from "../harness/case.js";
import { available, createKernel } from "../witness/index.js";
import { startChild } from "./children.js";
import { FarEnd, fault } from "./far-end.js";

export interface Services {
  readonly environment: readonly Environment[];
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
  readonly memory: boolean;
}

const outputLimit = 1 << 20;

export function startServices(options: ServiceOptions): Services {
  const farEnd = new FarEnd();
  const folders: string[] = [];
  const programs = new Set<ReturnType<typeof startChild>>();

  async function answer(method: string, params: unknown, pid: number): Promise<unknown> {
    if (method.startsWith("peer:")) return await farEnd.ask(method.slice(5), params as object);
    if (method.startsWith("kernel:")) {
      return await createKernel(pid, await farEnd.current()).call(method.slice(7), params as object);
    }
    if (method === "clear") return await farEnd.clear();
    if (method === "run") return await runProgram(params as { program: string; options: RunOptions });
    if (method === "temporaryPath") return await temporaryPath((params as { name: string }).name);
    throw fault(`the runner does not know ${method}`);
  }

  async function runProgram(request: { program: string; options: RunOptions }): Promise<RunResult> {
    const { args = [], deadline = 5_000, permissions } = request.options;
    const file = path.join(options.suite, "programs", `${request.program}.js`);
    await fs.access(file).catch(() =>
      Promise.reject(fault(`there is no program ${request.program} in conformance/programs`))
    );
    const child = startChild([...options.program(file, permissions), options.entry, ...args], { cwd: options.suite });
    programs.add(child);
    const began = performance.now();
    let [stdout, stderr, expired] = ["", "", false];
    child.stdin.end();
    child.stdout.setEncoding("utf8").on("data", (text: string) => void (stdout = (stdout + text).slice(-outputLimit)));
    child.stderr.setEncoding("utf8").on("data", (text: string) => void (stderr = (stderr + text).slice(-outputLimit)));
    const timer = setTimeout(() => {
      expired = true;
      child.kill("SIGKILL");
    }, deadline);
    const [code, signal] = await new Promise<[number | null, string | null]>((resolve, reject) => {
      child.once("error", (error) => reject(fault(`cannot start ${request.program}: ${error.message}`)));
      child.once("close", (code, signal) => resolve([code, signal]));
    }).finally(() => {
      clearTimeout(timer);
      programs.delete(child);
    });
    return { code, signal, stdout, stderr, expired, milliseconds: Math.round(performance.now() - began) };
  }

  async function temporaryPath(name: string): Promise<string> {
    const folder = await fs.mkdtemp(path.join(os.tmpdir(), "omnisock-"));
    folders.push(folder);
    return path.join(folder, name);
  }

  async function tidy(): Promise<void> {
    for (const program of programs) program.kill("SIGKILL");
    const removals = folders.splice(0).map((folder) => fs.rm(folder, { recursive: true, force: true }));
    await Promise.allSettled(removals);
  }

  return {
    environment: survey(options.memory),
    answer,
    tidy,
    async stop() {
      await tidy();
      await farEnd.stop();
    },
  };
}

/** What of the environment is there, seen from the runner. */
function survey(memory: boolean): Environment[] {
  const found: Partial<Record<Environment, boolean>> = memory
    ? { ipv6: true }
    : { ...available(), kernel: true, process: true };
  return (Object.keys(found) as Environment[]).filter((name) => found[name] === true);
}
