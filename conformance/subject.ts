/**
 * The suite inside the runtime under test: it imports the library by its package name, lets uvu run the cases one after
 * the other, and tells the runner over stdio what came of each.
 *
 * Started as `<runtime> .conformance/subject.js <token>`; the job comes as the first line on stdin.
 */
import process from "node:process";

import type { Case, Kernel, Peer } from "./harness/case.js";
import { type Channel, openChannel } from "./harness/channel.js";
import type { Surroundings } from "./harness/context.js";
import { catchEscapes, defaultDeadline, judge } from "./harness/judge.js";
import { show } from "./harness/expect.js";
import { type Library, libraryOf } from "./harness/library.js";
import type { Network } from "./harness/network.js";
import { startTranscript } from "./harness/transcript.js";
import type { Job } from "./harness/wire.js";

const channel = openChannel(process.argv[2] ?? "");
try {
  await perform(await channel.job, channel);
} catch (error) {
  channel.emit({ event: "fault", message: `${show(error)}\n${(error as Error | null)?.stack ?? ""}` });
}
process.exit(0);

async function perform(job: Job, channel: Channel): Promise<void> {
  const library = libraryOf(await import(job.entry) as object);
  const { cases } = await import(job.cases) as { cases: readonly Case[] };
  channel.emit({ event: "plan", cases: cases.map((one) => one.id), gaps: declaredGaps(cases, library) });

  const transcript = startTranscript(library.sockets, (call) => channel.emit({ event: "call", ...call }));
  const surroundings: Surroundings = {
    sockets: transcript.sockets,
    transcript,
    foreign: library.foreign,
    subject: job.subject,
    channel,
    ...await witnesses(job, channel),
  };
  const byId = new Map(cases.map((one) => [one.id, one]));
  const chosen = job.only.flatMap((id) => byId.get(id) ?? []);
  catchEscapes();

  // uvu's own command line defers the suites in this way, so that they run when `exec` is called and not before.
  Object.assign(globalThis, { UVU_DEFER: 1, UVU_INDEX: 0, UVU_QUEUE: [[null]] });
  const before = process.listeners("exit");
  const { suite, exec } = await import("uvu");
  // uvu turns an early exit(0) into exit code 1; the runner sees every early end, and shall see it as it was.
  for (const listener of process.listeners("exit")) if (!before.includes(listener)) process.off("exit", listener);
  const groups = new Set(chosen.map(group));
  let settled = 0;
  for (const name of groups) {
    const test = suite(name);
    for (const one of chosen.filter((other) => group(other) === name)) {
      test(one.id, async () => {
        transcript.begin();
        channel.emit({ event: "start", id: one.id, deadline: one.deadline ?? defaultDeadline });
        const { outcome, clean } = await judge(one, surroundings, job.environment);
        channel.emit({ event: "settle", id: one.id, outcome });
        settled += 1;
        if (clean || settled === chosen.length || job.unspoilt === true) return;
        channel.emit({ event: "leave" });
        process.exit(0);
      });
    }
    test.run();
  }
  await exec();
  channel.emit({ event: "done", settled });
}

function group(one: Case): string {
  return one.id.slice(0, one.id.indexOf("/"));
}

/** The sentence of every feature that some case needs and the library says it lacks. */
function declaredGaps(cases: readonly Case[], library: Library): Record<string, string> {
  const features = library.features ?? [...new Set(cases.flatMap((one) => one.needs ?? []))];
  return Object.fromEntries(features.flatMap((feature) => {
    const support = library.sockets.supports(feature);
    return support.supported === false ? [[feature, support.reason]] : [];
  }));
}

type Witnesses = Pick<Surroundings, "peer" | "kernel" | "network">;

async function witnesses(job: Job, channel: Channel): Promise<Witnesses> {
  if (job.peer === "none") return { kernel: {} as Kernel, network: {} as Network, peer: {} as Peer };
  const { createKernelClient } = await import("./witness/client.js");
  const { createNetwork } = await import("./lab/client.js");
  const network = createNetwork((method, params) => channel.ask(method, params));
  const kernel = createKernelClient((method, params) => channel.ask(`kernel:${method}`, params));
  if (job.peer === "memory") {
    // Only here, since no other subject has any use for the memory adapter.
    const module = "./peer/memory.js";
    const { createMemoryPeer } = await import(module) as { createMemoryPeer: () => Promise<Peer> };
    return { kernel, network, peer: await createMemoryPeer() };
  }
  const { createPeer } = await import("./peer/client.js");
  return { kernel, network, peer: createPeer((method, params) => channel.ask(`peer:${method}`, params)) };
}
