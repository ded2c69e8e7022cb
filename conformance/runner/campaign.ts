/** All cases of one subject, in as many processes as it takes: every case that was asked for gets a verdict. */
import type { Outcome } from "../harness/verdict.js";
import type { Event, Job } from "../harness/wire.js";
import { runSession, type SessionEnd, type SessionOptions } from "./session.js";
import { startTrace, type Trace } from "./trace.js";

export interface CampaignOptions extends Omit<SessionOptions, "job" | "take" | "patience"> {
  readonly job: Job;
  /** Every id that the suite is known to hold; the subject must find the same. */
  readonly known: readonly string[];
  readonly patience?: SessionOptions["patience"];
  readonly settled?: (id: string, outcome: Outcome, milliseconds: number) => void;
  /** Called when a case is over and between processes. */
  readonly tidy: () => Promise<void>;
}

export interface Record {
  readonly id: string;
  readonly outcome: Outcome;
  readonly milliseconds: number;
  /** What the process printed while the case ran. */
  readonly noise: string;
  /** What it did, for the evidence. */
  readonly trace: readonly string[];
}

export interface Campaign {
  readonly records: readonly Record[];
  readonly gaps: Readonly<{ [feature: string]: string }>;
  readonly processes: number;
}

const defaultPatience = { start: 30_000, between: 10_000, beyond: 8_000 };

/** So many lost processes in a row, and the rest is not run: the subject is broken as a whole. */
const lostLimit = 12;

export async function runCampaign(options: CampaignOptions): Promise<Campaign> {
  const { job, known } = options;
  const records = new Map<string, Record>();
  let remaining = [...job.only];
  let gaps = {};
  let processes = 0;
  let lost = 0;
  let trace: Trace | undefined;

  function settle(id: string, outcome: Outcome, milliseconds: number, noise: string): void {
    records.set(id, { id, outcome, milliseconds, noise, trace: trace?.lines() ?? [] });
    trace = undefined;
    remaining = remaining.filter((other) => other !== id);
    options.settled?.(id, outcome, milliseconds);
  }

  async function answer(method: string, params: unknown, pid: number): Promise<unknown> {
    const answered = method === "clear" ? undefined : trace?.asked(method, params);
    try {
      const result = await options.answer(method, params, pid);
      answered?.(result);
      return result;
    } catch (error) {
      answered?.(error);
      throw error;
    }
  }

  while (remaining.length > 0) {
    let running: { id: string; since: number } | undefined;
    let last: { id: string; outcome: Outcome } | undefined;
    let planned = false;
    processes += 1;

    const end = await runSession({
      ...options,
      answer,
      patience: options.patience ?? defaultPatience,
      job: { ...job, only: remaining },
      take(event: Event) {
        if (event.event === "plan") {
          planned = true;
          ({ gaps } = event);
          return comparePlans(known, event.cases);
        } else if (event.event === "start") {
          running = { id: event.id, since: performance.now() };
          trace = startTrace();
        } else if (event.event === "call") {
          trace?.call(event.line, event.again);
        } else if (event.event === "settle") {
          settle(event.id, event.outcome, performance.now() - (running?.since ?? performance.now()), "");
          last = event;
          running = undefined;
          void options.tidy();
        }
        return undefined;
      },
    });
    await options.tidy();

    const noise = end.noise;
    if (last !== undefined && last.outcome.verdict !== "pass") addNoise(records, last.id, noise);
    if (end.how === "fault" || !planned) {
      const message = end.how === "fault" ? end.message : `no plan was announced: ${end.message}`;
      for (const id of remaining) {
        settle(id, { verdict: "harness-error", message: firstLine(message) }, 0, joined(message, noise));
      }
    } else if (end.how === "died" || end.how === "stalled") {
      lose(end, running, last);
    } else if (end.how === "done") {
      for (const id of remaining) settle(id, { verdict: "notrun", message: "the suite ended without it" }, 0, noise);
    }
    lost = lostCase(end, last?.outcome) ? lost + 1 : 0;
    if (lost >= lostLimit) {
      const message = `given up: ${lostLimit} processes in a row were lost`;
      for (const id of remaining) settle(id, { verdict: "notrun", message }, 0, "");
    }
  }
  return { records: job.only.flatMap((id) => records.get(id) ?? []), gaps, processes };

  /** The process is gone: the case that ran, or else the one that ran last, is to blame. */
  function lose(
    end: SessionEnd,
    running: { id: string; since: number } | undefined,
    last: { id: string } | undefined,
  ): void {
    const verdict = end.how === "stalled" ? "timeout" : "crash";
    if (running !== undefined) {
      const message = end.how === "stalled"
        ? `the event loop did not turn: ${end.message}`
        : `the process ${end.message}`;
      settle(running.id, { verdict, message }, performance.now() - running.since, end.noise);
    } else if (last !== undefined) {
      settle(last.id, { verdict, message: `the process ${end.message} right after the case had ended` }, 0, end.noise);
    } else {
      for (const id of remaining) {
        settle(id, { verdict: "harness-error", message: `no case began: ${end.message}` }, 0, end.noise);
      }
    }
  }
}

function lostCase(end: SessionEnd, last: Outcome | undefined): boolean {
  return end.how === "died" || end.how === "stalled" || last?.verdict === "timeout" || last?.verdict === "crash";
}

/** What is wrong unless the subject found exactly the cases that the runner knows. */
function comparePlans(known: readonly string[], found: readonly string[]): string | undefined {
  if (found.length === 0) return "the plan is empty: the suite holds no cases";
  const missing = known.filter((id) => !found.includes(id));
  const extra = found.filter((id) => !known.includes(id));
  if (missing.length === 0 && extra.length === 0) return undefined;
  return `the plan differs from the suite: missing ${missing.join(", ") || "none"}; unknown ${
    extra.join(", ") || "none"
  }`;
}

function addNoise(records: Map<string, Record>, id: string, noise: string): void {
  const record = records.get(id);
  if (record !== undefined) records.set(id, { ...record, noise });
}

function firstLine(text: string): string {
  return text.split("\n", 1)[0] ?? "";
}

function joined(...parts: readonly string[]): string {
  return parts.filter((part) => part !== "").join("\n");
}
