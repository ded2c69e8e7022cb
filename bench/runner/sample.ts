/** One sample: a fresh process under test, and the far end against it. */
import type { Bench } from "./bench.ts";
import { sampleIdle } from "./idle.ts";
import { Program } from "./process.ts";
import { sampleStart } from "./start.ts";
import { exists, type RuntimeName, subjectCommand, type SubjectName } from "./subjects.ts";
import type { Workload } from "./workloads.ts";

/** Where it runs; the limit belongs to no runtime. */
export type Platform = RuntimeName | "c";

export interface Sample {
  readonly workload: string;
  readonly platform: Platform;
  readonly subject: SubjectName;
  readonly round: number;
  /** Which one of its group in this round. */
  readonly order: number;
  /** In the workload's unit. */
  readonly value?: number;
  /** Processor time of the subject per operation, microseconds. */
  readonly cpu?: number;
  /** Microseconds. */
  readonly p50?: number;
  readonly p99?: number;
  /** Datagrams of the measured time that did not come through. */
  readonly lost?: number;
  /** What part of the measured time each end was running: an end near 1 was the limit. */
  readonly busy?: { readonly subject: number; readonly peer: number };
  /** What was not as the workload says. */
  readonly note?: string;
  readonly failure?: string;
}

/** The measured part of a sample. */
export type Figures = Omit<Sample, "workload" | "platform" | "subject" | "round" | "order">;

export interface PeerResult {
  readonly error?: string;
  readonly operations: number;
  readonly bytes: number;
  readonly lost: number;
  readonly seconds: number;
  readonly cpu: number;
  readonly peerCpu: number;
  readonly p50?: number;
  readonly p99?: number;
}

/** The subjects of a workload on one platform. */
export function subjectsOn(platform: Platform, workload: Workload, only: readonly SubjectName[]): SubjectName[] {
  return workload.subjects.filter((subject) =>
    (platform === "c" ? subject === "c" : exists(platform, subject)) && (only.length === 0 || only.includes(subject))
  );
}

export const startWithin = 15_000;

export async function measure(
  bench: Bench,
  workload: Workload,
  { platform, subject }: { readonly platform: Platform; readonly subject: SubjectName },
): Promise<Figures> {
  try {
    if (workload.kind === "idle") return await sampleIdle(bench, workload, { platform, subject });
    if (workload.kind !== "load") return await sampleStart(bench, workload, { platform, subject });
    return await sampleLoad(bench, workload, { platform, subject });
  } catch (error) {
    return { failure: (error as Error).message };
  }
}

/** Starts the process under test. */
export function startSubject(
  bench: Bench,
  workload: Workload,
  { platform, subject, told = false }: {
    readonly platform: Platform;
    readonly subject: SubjectName;
    readonly told?: boolean;
  },
): Program {
  const { transport, task, size } = workload;
  if (platform === "c") {
    const role = transport === "tcp" ? "serve-stream" : "serve-datagram";
    return new Program("the C server", [...bench.peer.command, role, `task=${task}`, `size=${size}`], bench.folder);
  }
  const runtime = bench.runtimes.find(({ name }) => name === platform);
  if (runtime === undefined) throw new Error(`there is no ${platform}`);
  const command = subjectCommand({ runtime, subject }, { transport, task, size, told }, bench.folder);
  return new Program(`${subject} on ${platform}`, command, bench.folder);
}

/** What the peer is told. */
export function peerCommand(
  bench: Bench,
  { role, connections, size }: Workload,
  { port, pid, deadline, warmup, seconds }: {
    readonly port: number;
    readonly pid: number;
    readonly deadline: number;
    readonly warmup: number;
    readonly seconds: number;
  },
): readonly string[] {
  const values = { port, pid, connections, size, warmup, seconds, deadline: Math.ceil(deadline), window: 64 };
  return [...bench.peer.command, role, ...Object.entries(values).map(([name, value]) => `${name}=${value}`)];
}

async function sampleLoad(
  bench: Bench,
  workload: Workload,
  target: { readonly platform: Platform; readonly subject: SubjectName },
): Promise<Figures> {
  const { seconds } = bench.timing;
  const warmup = bench.timing.warmup * (workload.warmth ?? 1);
  const subject = startSubject(bench, workload, target);
  try {
    const { port } = await subject.next<{ port: number }>(startWithin);
    const deadline = 4 * (warmup + seconds) + 15;
    const command = peerCommand(bench, workload, { port, pid: subject.pid, deadline, warmup, seconds });
    const peer = new Program("the peer", command, bench.folder);
    try {
      const result = await peer.next<PeerResult>(deadline * 1000 + 3_000);
      if (result.error !== undefined) {
        // What the subject said about it comes a little later than what the peer saw.
        const end = subject.end ?? await within(500, subject);
        throw new Error(`${result.error}${end === undefined ? "" : `; ${subject.name} ${end}`}`);
      }
      if (subject.end !== undefined) throw new Error(`${subject.name} ${subject.end}`);
      return figuresOf(workload, result);
    } finally {
      await peer.stop();
    }
  } finally {
    await subject.stop();
  }
}

async function within(milliseconds: number, program: Program): Promise<string | undefined> {
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
  return program.end;
}

function figuresOf({ unit }: Workload, result: PeerResult): Figures {
  const { operations, bytes, lost, seconds, cpu, peerCpu, p50, p99 } = result;
  if (operations === 0) throw new Error("nothing was done in the measured time");
  return {
    value: unit === "MiB/s" ? bytes / 2 ** 20 / seconds : operations / seconds,
    cpu: cpu * 1e6 / operations,
    busy: { subject: cpu / seconds, peer: peerCpu / seconds },
    ...(p50 === undefined ? {} : { p50 }),
    ...(p99 === undefined ? {} : { p99 }),
    ...(lost === 0 ? {} : { lost }),
  };
}
