/** A program of the suite in a process of its own: its lines as they come, and how it ended. */
import type { ChildProcessWithoutNullStreams } from "node:child_process";

import type { RunResult } from "../harness/case.js";
import { lines } from "../harness/wire.js";
import { fault } from "./far-end.js";

const outputLimit = 1 << 20;

export class Program {
  readonly pid: number;
  /** Rejects, as the suite's fault, if it could not be started. */
  readonly end: Promise<RunResult>;
  readonly #name: string;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #lines: string[] = [];
  readonly #readers: ((line: string | undefined) => void)[] = [];
  #stdout = "";
  #stderr = "";
  #expired = false;
  #over = false;

  constructor(name: string, child: ChildProcessWithoutNullStreams) {
    this.#name = name;
    this.#child = child;
    this.pid = child.pid ?? 0;
    const split = lines(outputLimit, (line) => this.#give(line));
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      this.#stdout = (this.#stdout + text).slice(-outputLimit);
      split(text);
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-outputLimit);
    });
    this.end = this.#ended();
    this.end.catch(() => {});
  }

  /** The next line of stdout that no call has got; rejects when the program ends without one. */
  async line(): Promise<string> {
    const line = this.#lines.shift() ??
      (this.#over ? undefined : await new Promise<string | undefined>((resolve) => void this.#readers.push(resolve)));
    if (line !== undefined) return line;
    const { code, signal, stderr } = await this.end;
    throw new Error(`${this.#name} ended (${signal ?? `exit ${code}`}) without a further line; stderr: ${stderr}`);
  }

  write(text: string): void {
    this.#child.stdin.write(text);
  }

  closeInput(): void {
    this.#child.stdin.end();
  }

  signal(name: NodeJS.Signals): void {
    if (!this.#child.kill(name)) throw new Error(`${this.#name} is gone; it cannot be sent ${name}`);
  }

  /** Ends it because its time is over. */
  expire(): void {
    this.#expired = true;
    this.kill();
  }

  kill(): void {
    this.#child.kill("SIGKILL");
  }

  async #ended(): Promise<RunResult> {
    const began = performance.now();
    const [code, signal] = await new Promise<[number | null, string | null]>((resolve, reject) => {
      this.#child.once("error", (error) => reject(fault(`cannot start ${this.#name}: ${error.message}`)));
      this.#child.once("close", (code, signal) => resolve([code, signal]));
    }).finally(() => {
      this.#over = true;
      for (const read of this.#readers) read(undefined);
    });
    const milliseconds = Math.round(performance.now() - began);
    return { code, signal, stdout: this.#stdout, stderr: this.#stderr, expired: this.#expired, milliseconds };
  }

  #give(line: string): void {
    const read = this.#readers.shift();
    if (read === undefined) this.#lines.push(line);
    else read(line);
  }
}
