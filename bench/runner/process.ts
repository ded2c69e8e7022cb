/** A child process that speaks in lines of JSON, with a deadline on everything. */
import { type ChildProcess, spawn } from "node:child_process";

const children = new Set<ChildProcess>();
process.on("exit", () => children.forEach((child) => child.kill("SIGKILL")));
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => process.exit(130));

/** As many descriptors as this user may have; the process keeps its id. */
const unlimited = ["sh", "-c", 'ulimit -n "$(ulimit -H -n)" 2> /dev/null; exec "$@"', "sh"];

export class Program {
  readonly pid: number;
  readonly name: string;
  readonly #child: ChildProcess;
  readonly #ended: Promise<string>;
  #lines: string[] = [];
  #rest = "";
  #trouble = "";
  #end: string | undefined;
  #wake: () => void = () => {};

  constructor(name: string, command: readonly string[], cwd: string) {
    const [file = "", ...args] = [...unlimited, ...command];
    const child = spawn(file, args, {
      cwd,
      stdio: ["pipe", "pipe", "pipe"],
      env: { ...process.env, NO_COLOR: "1" },
    });
    children.add(child);
    this.#child = child;
    this.name = name;
    this.pid = child.pid ?? 0;
    child.stdin?.on("error", () => {});
    child.stdout?.setEncoding("utf8").on("data", (text: string) => this.#read(text));
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.#trouble = (this.#trouble + text).slice(-2_000);
    });
    this.#ended = new Promise((resolve) => {
      child.on("error", (error) => (this.#trouble += error.message));
      child.on("close", (code, signal) => {
        children.delete(child);
        const trouble = gist(this.#trouble);
        this.#end = `ended with ${signal ?? code}${trouble === "" ? "" : `: ${trouble}`}`;
        this.#wake();
        resolve(this.#end);
      });
    });
  }

  /** How it ended, once it has. */
  get end(): string | undefined {
    return this.#end;
  }

  /** The next line. */
  async next<Line>(milliseconds: number): Promise<Line> {
    const late = performance.now() + milliseconds;
    while (this.#lines.length === 0) {
      if (this.#end !== undefined) throw new Error(`${this.name} ${this.#end}`);
      const left = late - performance.now();
      if (left <= 0) throw new Error(`${this.name} said nothing within ${milliseconds} ms: ${gist(this.#trouble)}`);
      let timer: ReturnType<typeof setTimeout> | undefined;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        timer = setTimeout(resolve, left);
      });
      clearTimeout(timer);
    }
    return JSON.parse(this.#lines.shift() as string) as Line;
  }

  tell(): void {
    this.#child.stdin?.write("\n");
  }

  /** Waits for its own end. */
  async finished(milliseconds: number): Promise<string> {
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), milliseconds);
    const end = await this.#ended;
    clearTimeout(timer);
    return end;
  }

  async stop(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#ended;
  }

  #read(text: string): void {
    const lines = (this.#rest + text).split("\n");
    this.#rest = lines.pop() ?? "";
    this.#lines.push(...lines.filter((line) => line.startsWith("{")));
    this.#wake();
  }
}

/** The line of an error message that says what happened, else the beginning. */
function gist(text: string): string {
  const lines = text.split("\n").map((line) => line.trim()).filter((line) => line !== "");
  return (lines.find((line) => /^\S*(Error|error|panic)\b.*:/.test(line)) ?? lines.slice(0, 3).join(" ")).slice(0, 300);
}
