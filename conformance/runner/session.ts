/** One subject process, from its start to its end: events in, answers out, and a watch over its silence. */
import { randomBytes } from "node:crypto";

import { type Answer, type Event, type Job, lines } from "../harness/wire.js";
import { startChild } from "./children.js";
import { watchMemory } from "./memory-watch.js";

/** Answers what the subject asks; an error with `harness: true` is the suite's fault. */
export type Answerer = (method: string, params: unknown, pid: number) => Promise<unknown>;

export interface SessionOptions {
  /** Runtime and arguments up to and including `subject.js`. */
  readonly command: readonly string[];
  readonly cwd: string;
  readonly job: Job;
  readonly answer: Answerer;
  /** A sentence that it returns ends the session as a fault. */
  readonly take: (event: Event) => string | void;
  /** Bytes of resident set past which the process is killed. */
  readonly memoryLimit?: number;
  /** Milliseconds of silence before the first event, between cases, and beyond a case's deadline. */
  readonly patience: { readonly start: number; readonly between: number; readonly beyond: number };
}

export interface SessionEnd {
  /** `stalled`: killed for its silence. `died`: it ended without saying so. */
  readonly how: "done" | "left" | "died" | "stalled" | "fault";
  readonly message: string;
  /** The last lines that were no events. */
  readonly noise: string;
}

const noiseLimit = 4_096;

/** What uvu itself prints: a mark per case and its totals. */
const uvuReport = /^[•✘ ]*(\(\d+ \/ \d+\))?$|^(Total|Passed|Skipped|Duration): +[\d.]+(ms)?$/u;

export function runSession(options: SessionOptions): Promise<SessionEnd> {
  const { job, patience } = options;
  const token = `${randomBytes(9).toString("base64url")}:`;
  const child = startChild([...options.command, token], { cwd: options.cwd });
  let end: Omit<SessionEnd, "noise"> | undefined;
  let noise = "";
  let failure = "";
  let watch: NodeJS.Timeout;
  const overweight = watchMemory(child, options.memoryLimit);

  function expect(ms: number, what: string): void {
    clearTimeout(watch);
    watch = setTimeout(() => {
      end ??= { how: "stalled", message: `silent for ${ms} ms ${what}; killed` };
      child.kill("SIGKILL");
    }, ms);
  }

  function hear(text: string): void {
    const kept = text.trim();
    if (kept !== "" && !uvuReport.test(kept)) noise = `${noise}${kept.slice(-noiseLimit)}\n`.slice(-noiseLimit);
  }

  function take(event: Event): void {
    if (event.event === "start") {
      noise = "";
      expect(event.deadline + patience.beyond, `in ${event.id}`);
    } else if (event.event === "ask") {
      void answer(event.n, event.method, event.params);
      return;
    } else if (event.event === "call") {
      options.take(event);
      return;
    } else {
      expect(patience.between, "between cases");
    }
    if (event.event === "leave") end ??= { how: "left", message: "" };
    if (event.event === "done") end ??= { how: "done", message: `${event.settled} settled` };
    if (event.event === "fault") end ??= { how: "fault", message: event.message };
    const fault = options.take(event);
    if (fault === undefined) return;
    end = { how: "fault", message: fault };
    child.kill("SIGKILL");
  }

  async function answer(n: number, method: string, params: unknown): Promise<void> {
    const reply: Answer = await options.answer(method, params, child.pid ?? 0).then(
      (result) => ({ n, result }),
      (error: { message?: string; code?: string; harness?: boolean }) => ({
        n,
        error: {
          message: String(error.message ?? error),
          ...pick(error.code, "code"),
          ...pick(error.harness, "harness"),
        },
      }),
    );
    if (child.stdin.writable) child.stdin.write(`${JSON.stringify(reply)}\n`);
  }

  const readLine = lines(1 << 26, (line) => {
    if (!line.startsWith(token)) return hear(line);
    let event: Event;
    try {
      event = JSON.parse(line.slice(token.length)) as Event;
    } catch {
      return hear(line);
    }
    if (end?.how !== "fault") take(event);
  });

  child.stdout.setEncoding("utf8").on("data", readLine);
  child.stderr.setEncoding("utf8").on("data", hear);
  child.stdin.write(`${JSON.stringify(job)}\n`);
  expect(patience.start, "before its first event");
  child.on("error", (error) => void (failure = error.message));

  return new Promise((resolve) => {
    child.once("close", (code, signal) => {
      clearTimeout(watch);
      const died = failure !== ""
        ? failure
        : overweight() ?? (signal !== null ? `killed by ${signal}` : `ended with exit code ${code}`);
      resolve({ ...(end ?? { how: "died", message: died }), noise: noise.trim() });
    });
  });
}

function pick<K extends string, T>(value: T | undefined, key: K): { readonly [P in K]?: T } {
  return value === undefined ? {} : { [key]: value } as { [P in K]: T };
}
