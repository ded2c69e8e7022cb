/** Cases that misbehave in every way the harness must survive, each with the verdict that it must get. */
import process from "node:process";

import type { Feature } from "omnisock";

import type { Case } from "../case.js";
import { equal } from "../expect.js";
import type { Verdict } from "../verdict.js";
import { gap, SocketError } from "./sockets.js";

export interface Misbehaviour extends Case {
  readonly verdict: Verdict;
  /** Must occur in the outcome's message. */
  readonly message?: string;
  /** Must occur in what the process printed. */
  readonly printed?: string;
}

const blank = { level: "MUST", assertion: "The harness copes", source: "DESIGN §6" } as const;

const missing = ["missing.feature" as Feature];

function forever(): Promise<never> {
  return new Promise(() => {});
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

const list: readonly (Pick<Misbehaviour, "verdict" | "run"> & Partial<Misbehaviour> & { readonly name: string })[] = [
  { name: "a-pass", verdict: "pass", run: async () => {} },
  {
    name: "hang",
    verdict: "timeout",
    message: "waiting for the end of time",
    deadline: 300,
    run: (t) => t.within(60_000, "the end of time", forever()),
  },
  {
    name: "spin",
    verdict: "timeout",
    message: "the event loop did not turn",
    deadline: 200,
    async run() {
      for (;;) performance.now();
    },
  },
  {
    name: "throw-outside",
    verdict: "crash",
    message: "outside its promise",
    run: () => {
      setTimeout(() => {
        throw new Error("outside its promise");
      }, 5);
      return forever();
    },
  },
  {
    name: "exit",
    verdict: "crash",
    message: "ended with exit code 0",
    printed: "last words",
    run: async () => {
      console.error("last words");
      await pause(50);
      process.exit(0);
    },
  },
  {
    name: "exit-later",
    verdict: "crash",
    message: "ended with exit code 7",
    run: async (t) => t.defer(() => process.exit(7)),
  },
  {
    name: "kill",
    verdict: "crash",
    message: "killed by SIGKILL",
    run: () => {
      process.kill(process.pid, "SIGKILL");
      return forever();
    },
  },
  {
    name: "devour",
    verdict: "crash",
    message: "its resident set passed 600 MiB",
    async run() {
      for (const kept: Uint8Array[] = [];; await pause(1)) kept.push(new Uint8Array(1 << 25).fill(kept.length + 1));
    },
  },
  {
    name: "reject",
    verdict: "fail",
    message: "left alone",
    run: async () => {
      void Promise.reject(new Error("left alone"));
      await pause(50);
    },
  },
  {
    name: "reject-call",
    verdict: "fail",
    message: "nobody waits",
    run: async (t) => {
      void t.sockets.connect({ host: "nowhere", port: 1 });
      await pause(50);
    },
  },
  {
    name: "reject-late",
    verdict: "fail",
    message: "left behind",
    run: async (t) => {
      t.defer(() => void Promise.reject(new Error("left behind")));
    },
  },
  {
    name: "garbage",
    verdict: "pass",
    run: async () => {
      process.stdout.write(`{"event":"done","settled":99}\n${"x".repeat(100_000)}\n\u0000\u001b[2J no line end`);
      console.error("more of it");
    },
  },
  { name: "must", verdict: "fail", message: "the number", run: async () => equal(1, 2, "the number") },
  { name: "should", verdict: "nonstrict", level: "SHOULD", run: async () => equal(1, 2, "the number") },
  {
    name: "throw-nothing",
    verdict: "fail",
    run: async () => {
      throw undefined;
    },
  },
  { name: "info", verdict: "info", level: "INFO", run: async (t) => t.info(42) },
  { name: "info-nothing", verdict: "harness-error", level: "INFO", run: async () => {} },
  { name: "unmet", verdict: "unmet", env: ["root"], run: forever },
  {
    name: "gap-proven",
    verdict: "unsupported",
    message: gap,
    needs: missing,
    run: forever,
    refusal: () => {
      throw new SocketError("ENOTSUP", `thing: ENOTSUP (${gap})`);
    },
  },
  {
    name: "gap-works",
    verdict: "fail",
    message: "the call works",
    needs: missing,
    run: forever,
    refusal: () => "worked",
  },
  {
    name: "gap-other-error",
    verdict: "fail",
    message: "not proven",
    needs: missing,
    run: forever,
    refusal: async () => {
      throw new SocketError("EINVAL", gap);
    },
  },
  { name: "gap-no-refusal", verdict: "harness-error", needs: missing, run: forever },
  {
    name: "peer-gone",
    verdict: "harness-error",
    message: "no such service",
    run: async (t) => void await t.run("missing"),
  },
  { name: "defer-hangs", verdict: "pass", run: async (t) => t.defer(forever) },
  { name: "open-question", verdict: "pass", run: async (t) => void t.temporaryPath("never answered") },
  { name: "z-pass", verdict: "pass", run: async (t) => t.until(1_000, "the turn", () => true) },
];

/** The last of them drops what uvu has still to run, as a forgotten `.run()` would. */
const forgetting: readonly Misbehaviour[] = [
  {
    ...blank,
    id: "y-forget/it",
    verdict: "pass",
    run: async () => {
      const queue = (globalThis as unknown as { UVU_QUEUE: unknown[][] }).UVU_QUEUE;
      for (const group of queue) group.length = 0;
    },
  },
  { ...blank, id: "z-forgotten/it", verdict: "notrun", run: async () => {} },
];

export const cases: readonly Misbehaviour[] = [
  ...list.map(({ name, ...rest }) => ({ ...blank, id: `self/${name}`, ...rest })),
  ...forgetting,
];
