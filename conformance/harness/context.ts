/** What a running case is given, and how it is cleaned up afterwards. */
import type { Sockets } from "omnisock";

import { createKernelClient } from "../witness/client.js";
import type { Context, Kernel, Peer, RunResult, Started } from "./case.js";
import type { Channel } from "./channel.js";
import type { Foreign } from "./foreign.js";
import { reportedLacks } from "./lacks.js";
import type { Network } from "./network.js";
import type { Transcript } from "./transcript.js";
import type { Job } from "./wire.js";

/** What one deferred action, and all of them together, may take before they are left behind. */
const deferBound = { each: 1_000, all: 3_000 };

/** What is the same for every case of one process. */
export interface Surroundings {
  readonly sockets: Sockets;
  readonly subject: Job["subject"];
  readonly peer: Peer;
  readonly kernel: Kernel;
  readonly network: Network;
  readonly channel: Channel;
  readonly transcript: Transcript;
  /** There if the library under test is a foreign one. */
  readonly foreign?: Foreign | undefined;
}

export interface Trial {
  readonly context: Context;
  readonly value: () => string | number | boolean | undefined;
  /** What `within` and `until` are waiting for, to say so when the deadline strikes. */
  readonly waiting: () => readonly string[];
  /** Runs the deferred actions, last in, first out; false if one did not end in time. */
  readonly cleanUp: () => Promise<boolean>;
  /** The first thing that a foreign library was found to lack, also before anything asks. */
  readonly lack: Promise<string>;
}

export function startTrial(surroundings: Surroundings): Trial {
  const { channel, transcript, foreign, ...rest } = surroundings;
  const deferred: (() => unknown)[] = [];
  const waits = new Set<string>();
  let value: string | number | boolean | undefined;
  let lacking: (sentence: string) => void = () => {};
  const lack = new Promise<string>((resolve) => void (lacking = resolve));
  foreign?.begin(lacking);

  /** Waits with a limit, and under a name that the deadline's message can give. */
  async function wait<T>(ms: number, label: string, promise: Promise<T>, reason: string): Promise<T> {
    waits.add(label);
    try {
      return await expire(ms, promise, () => new Error(reason));
    } finally {
      waits.delete(label);
    }
  }

  async function within<T>(ms: number, what: string, promise: Promise<T>): Promise<T> {
    try {
      const came = await wait(ms, `${what} (${ms} ms)`, promise, `${what}: not within ${ms} ms`);
      transcript.came(what, came);
      return came;
    } catch (error) {
      transcript.failed(what, error);
      throw error;
    }
  }

  async function until(ms: number, what: string, probe: () => boolean | Promise<boolean>): Promise<void> {
    const end = performance.now() + ms;
    const reason = `${what}: not true within ${ms} ms`;
    while (!await wait(Math.max(1, end - performance.now()), `${what} (${ms} ms)`, Promise.resolve(probe()), reason)) {
      if (performance.now() >= end) throw new Error(reason);
      await sleep(5);
    }
  }

  const context: Context = {
    ...rest,
    async run(program, options) {
      const result = await channel.ask("run", { program, options: options ?? {} }) as RunResult;
      for (const sentence of reportedLacks(result.stderr)) lacking(sentence);
      return result;
    },
    async start(program, options) {
      const pid = await channel.ask("start", { program, options: options ?? {} }) as number;
      return startedProgram(channel, pid, lacking);
    },
    runtimes: () => channel.ask("runtimes", {}) as Promise<readonly string[]>,
    defer: (action) => void deferred.push(action),
    info: (given) => void (value = given),
    within,
    until,
    temporaryPath: (name) => channel.ask("temporaryPath", { name: name ?? "socket" }) as Promise<string>,
  };

  async function cleanUp(): Promise<boolean> {
    foreign?.end();
    const end = performance.now() + deferBound.all;
    let clean = true;
    for (let action = deferred.pop(); action !== undefined; action = deferred.pop()) {
      const bound = Math.max(10, Math.min(deferBound.each, end - performance.now()));
      const ended = await expire(bound, attempt(action), () => undefined).catch(() => false);
      clean &&= ended;
    }
    await foreign?.closeAll();
    return clean;
  }

  return { context, value: () => value, waiting: () => [...waits], cleanUp, lack };
}

function startedProgram(channel: Channel, pid: number, lacking: (sentence: string) => void): Started {
  const end = (channel.ask("program:end", { pid }) as Promise<RunResult>).then((result) => {
    for (const sentence of reportedLacks(result.stderr)) lacking(sentence);
    return result;
  });
  // A case that ends the program need not look at how it ended.
  end.catch(() => {});
  return {
    pid,
    end,
    line: () => channel.ask("program:line", { pid }) as Promise<string>,
    write: async (text) => void await channel.ask("program:write", { pid, text }),
    signal: async (name) => void await channel.ask("program:signal", { pid, text: name }),
    kernel: createKernelClient((method, params) => channel.ask("program:kernel", { ...params, pid, method })),
  };
}

async function attempt(action: () => unknown): Promise<boolean> {
  try {
    await action();
  } catch {
    // The case may have ended in any state; what it wanted to close may be gone.
  }
  return true;
}

/** The promise, or after `ms` the rejection that `reason` makes. */
export function expire<T>(ms: number, promise: Promise<T>, reason: () => unknown): Promise<T> {
  let timer: ReturnType<typeof setTimeout>;
  const limit = new Promise<never>((_resolve, reject) => void (timer = setTimeout(() => reject(reason()), ms)));
  return Promise.race([promise, limit]).finally(() => clearTimeout(timer));
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
