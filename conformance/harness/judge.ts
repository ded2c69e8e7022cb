/** Runs one case and gives its verdict. */
import process from "node:process";

import type { Case, Environment } from "./case.js";
import { HarnessFault } from "./channel.js";
import { expire, sleep, startTrial, type Surroundings, type Trial } from "./context.js";
import { show } from "./expect.js";
import type { Outcome } from "./verdict.js";

export const defaultDeadline = 5_000;

/** How long a case may go on, in milliseconds, when the foreign library was found to lack something. */
const lackBound = 200;

export interface Judgement {
  readonly outcome: Outcome;
  /** The process can be trusted with the next case. */
  readonly clean: boolean;
}

/** What escapes from the code under test while a case runs, whoever threw it. */
let escaped: ((outcome: Outcome) => void) | undefined;

/** From here on an escaped exception or rejection is the running case's verdict instead of the end of the process. */
export function catchEscapes(): void {
  process.on("unhandledRejection", (reason) => {
    escaped?.({ verdict: "fail", message: `unhandled rejection: ${show(reason)}`, ...place(reason) });
  });
  process.on("uncaughtException", (error) => {
    escaped?.({ verdict: "crash", message: `uncaught exception: ${show(error)}`, ...place(error) });
  });
}

export async function judge(
  one: Case,
  surroundings: Surroundings,
  environment: readonly Environment[],
): Promise<Judgement> {
  const missing = (one.env ?? []).filter((need) => !environment.includes(need));
  if (missing.length > 0) return { outcome: { verdict: "unmet", message: `needs ${missing.join(", ")}` }, clean: true };

  const trial = startTrial(surroundings);
  const deadline = one.deadline ?? defaultDeadline;
  let escape: Outcome | undefined;
  const escaping = new Promise<Outcome>((resolve) => {
    escaped = (outcome) => {
      escape ??= outcome;
      resolve(outcome);
    };
  });
  let over = false;
  const attempting = attempt(one, trial, surroundings.foreign !== undefined).finally(() => void (over = true));
  const lacking = trial.lack.then((message): Outcome => ({ verdict: "unsupported", message }));
  // What is lacking is the verdict, whatever the case makes of it; it may still close what it has opened.
  const abandoned = lacking.then(async (outcome) => (await sleep(lackBound), outcome));
  const ended = await expire(deadline, Promise.race([attempting, escaping, abandoned]), () => "deadline").catch(() =>
    undefined
  );
  const lack = await Promise.race([lacking, sleep(0).then(() => undefined)]);
  const outcome: Outcome = (ended?.verdict === "harness-error" ? undefined : lack) ?? ended ??
    { verdict: "timeout", message: overdue(deadline, trial.waiting()) };

  surroundings.transcript.end();
  const tidy = await trial.cleanUp();
  surroundings.channel.abandon();
  const cleared = await expire(3_000, clear(surroundings), () => undefined).catch(() => false);
  // Two turns of the event loop: time for what the case left behind to escape.
  await sleep(0);
  await sleep(0);
  escaped = undefined;

  const verdict = escape !== undefined && outcome.verdict !== "timeout" && outcome !== escape && outcome !== lack
    ? overruled(outcome, escape)
    : outcome;
  const failed = !["pass", "info", "unsupported"].includes(verdict.verdict);
  return { outcome: verdict, clean: tidy && over && cleared !== false && !failed };
}

/** An escape after a good end is the case's failure; after a failure it is only its consequence. */
function overruled(outcome: Outcome, escape: Outcome): Outcome {
  return ["pass", "info", "unsupported"].includes(outcome.verdict)
    ? { ...escape, message: `${escape.message} (after the case had ended)` }
    : outcome;
}

async function clear(surroundings: Surroundings): Promise<true> {
  const peer = surroundings.peer as { clear?: () => Promise<void> };
  if (peer.clear !== undefined) await peer.clear();
  else await surroundings.channel.ask("clear", {});
  return true;
}

async function attempt(one: Case, trial: Trial, foreign: boolean): Promise<Outcome> {
  const { sockets } = trial.context;
  if (foreign && one.surface === "omnisock") {
    return { verdict: "unsupported", message: "it is a promise that only omnisock makes" };
  }
  try {
    const gaps = (one.needs ?? []).flatMap((feature) => {
      const support = sockets.supports(feature);
      return support.supported === false ? [{ feature, reason: support.reason }] : [];
    });
    if (gaps.length > 0 && foreign) {
      return { verdict: "unsupported", message: gaps.map((gap) => gap.reason).join(" ") };
    }
    if (gaps.length > 0) return await proveGap(one, trial, gaps);
    await one.run(trial.context);
  } catch (error) {
    return failure(one, error);
  }
  const value = trial.value();
  if (one.level !== "INFO") return { verdict: "pass", ...(value === undefined ? {} : { value }) };
  if (value === undefined) {
    return { verdict: "harness-error", message: "an INFO case must record a value with t.info()" };
  }
  return { verdict: "info", value };
}

/** A gap counts only if the call that it names is refused with the declared sentence. */
async function proveGap(
  one: Case,
  trial: Trial,
  gaps: readonly { readonly feature: string; readonly reason: string }[],
): Promise<Outcome> {
  if (one.refusal === undefined) {
    return { verdict: "harness-error", message: `needs ${one.needs?.join(", ")} but has no refusal` };
  }
  const declared = gaps.map((gap) => gap.feature).join(", ");
  let value: unknown;
  try {
    value = await one.refusal(trial.context);
  } catch (error) {
    if (error instanceof HarnessFault) throw error;
    const { name, code, message } = error as { name?: string; code?: string; message?: string };
    const proven = name === "SocketError" && code === "ENOTSUP" &&
      gaps.some((gap) => String(message).includes(gap.reason));
    if (proven) return { verdict: "unsupported", message: gaps.map((gap) => gap.reason).join(" ") };
    const wanted = `SocketError ENOTSUP with "${gaps[0]?.reason}"`;
    return {
      verdict: "fail",
      message: `declared gap not proven (${declared}): got ${show(error)}, expected ${wanted}`,
      ...place(error),
    };
  }
  return {
    verdict: "fail",
    message: `declared gap not proven (${declared}): the call works (${show(value)}); remove the sentence`,
  };
}

function failure(one: Case, error: unknown): Outcome {
  if (error instanceof HarnessFault) return { verdict: "harness-error", message: error.message };
  const details = (error as { details?: unknown } | null)?.details;
  return {
    verdict: one.level === "SHOULD" ? "nonstrict" : "fail",
    message: isAssertion(error) ? error.message : show(error),
    ...(typeof details === "string" ? { details } : {}),
    ...place(error),
  };
}

function isAssertion(error: unknown): error is Error {
  return error instanceof Error && (error.name === "Assertion" || error.name === "Error") && !("errno" in error);
}

function overdue(deadline: number, waits: readonly string[]): string {
  return `not over after ${deadline} ms${waits.length === 0 ? "" : `; waiting for ${waits.join(", ")}`}`;
}

/** The first stack line in a case, or else the first one at all. */
function place(error: unknown): { where?: string } {
  const frames = String((error as Error | null)?.stack ?? "").split("\n").filter((line) => /^\s*at |@/.test(line));
  const frame = frames.find((line) => /[/\\](cases|selftest)/.test(line)) ??
    frames.find((line) => !/uvu|expect\.js/.test(line)) ?? frames[0];
  return frame === undefined ? {} : { where: /\.conformance[/\\](.*?:\d+)/.exec(frame)?.[1] ?? frame.trim() };
}
