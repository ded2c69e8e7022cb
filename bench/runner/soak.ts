/**
 * Many connections exchanging messages for a while, on each runtime. Every byte is compared by the far end; no error, memory
 * that stays, and the same descriptors as before.
 */
import { linearRegression } from "simple-statistics";

import type { Bench } from "./bench.ts";
import { descriptorsOf, memoryOf } from "./proc.ts";
import { Program } from "./process.ts";
import { peerCommand, type PeerResult, startSubject, startWithin } from "./sample.ts";
import { medianOf } from "./statistics.ts";
import type { RuntimeName } from "./subjects.ts";
import { type Workload, workloads } from "./workloads.ts";

/** What memory may grow by from the warm-up to the end: a part of what it is, but not less than what collectors leave by chance. */
const allowance = { part: 0.1, bytes: 32 * 2 ** 20 };
/** The part of the time in which memory may find its size. */
const settling = 1 / 3;

export async function soak(
  bench: Bench,
  { seconds, connections }: { readonly seconds: number; readonly connections: number },
): Promise<number> {
  let failures = 0;
  for (const { name, version } of bench.runtimes) {
    let text: string;
    try {
      text = `ok   ${name} ${version}: ${await soakOn(bench, name, { seconds, connections })}`;
    } catch (error) {
      failures++;
      text = `FAIL ${name} ${version}: ${(error as Error).message}`;
    }
    console.log(text);
  }
  return failures === 0 ? 0 : 1;
}

async function soakOn(
  bench: Bench,
  runtime: RuntimeName,
  { seconds, connections }: { readonly seconds: number; readonly connections: number },
): Promise<string> {
  const workload = { ...workloads.find(({ id }) => id === "echo-64-64"), connections, size: 256 } as Workload;
  const subject = startSubject(bench, workload, { platform: runtime, subject: "omnisock", told: true });
  const start = (port: number, count: number, time: number): Program => {
    const timing = { port, pid: subject.pid, deadline: time + 60, warmup: 0, seconds: time };
    return new Program("the peer", peerCommand(bench, { ...workload, connections: count }, timing), bench.folder);
  };
  try {
    const { port } = await subject.next<{ port: number }>(startWithin);
    // What a runtime opens for itself when it is first used is there before descriptors are counted.
    await outcome(start(port, 100, 0.5), subject, 0.5);
    await collect(subject);
    const before = await settledDescriptors(subject.pid, Infinity);
    const peer = start(port, connections, seconds);
    const watching = watchMemory(subject, seconds);
    const result = await outcome(peer, subject, seconds);
    const memory = await watching;
    await collect(subject);
    const after = await settledDescriptors(subject.pid, before);
    if (after > before) throw new Error(`${before} descriptors before, ${after} afterwards`);
    return `${result.operations.toLocaleString("en")} round trips over ${connections} connections in ${seconds} s, ` +
      `memory ${judgeMemory(memory)}, ${before} descriptors before and ${after} afterwards`;
  } finally {
    await subject.stop();
  }
}

async function outcome(peer: Program, subject: Program, seconds: number): Promise<PeerResult> {
  try {
    const result = await peer.next<PeerResult>((seconds + 70) * 1000);
    if (result.error !== undefined) throw new Error(`${result.error}; ${subject.name} ${subject.end ?? "lives"}`);
    if (subject.end !== undefined) throw new Error(`${subject.name} ${subject.end}`);
    await peer.finished(10_000);
    return result;
  } finally {
    await peer.stop();
  }
}

async function collect(subject: Program): Promise<void> {
  subject.tell();
  await subject.next(30_000);
}

interface Point {
  readonly second: number;
  readonly bytes: number;
}

/** A point every second or so, each after a collection, so that only what is held is counted. */
async function watchMemory(subject: Program, seconds: number): Promise<Point[]> {
  const points: Point[] = [];
  const began = performance.now();
  for (let second = 0; second < seconds && subject.end === undefined; second = (performance.now() - began) / 1000) {
    try {
      await collect(subject);
      points.push({ second, bytes: memoryOf(subject.pid) });
    } catch {
      // Its end is told by the peer.
      break;
    }
    await new Promise((resolve) => setTimeout(resolve, Math.min(1_000, seconds * 20)));
  }
  return points;
}

/** Throws if the line through the points after the settling rises by more than is allowed. */
function judgeMemory(points: readonly Point[]): string {
  const last = points.at(-1)?.second ?? 0;
  const settled = points.filter(({ second }) => second >= last * settling);
  if (settled.length < 5) throw new Error(`memory was seen ${settled.length} times only`);
  const { m: slope } = linearRegression(settled.map(({ second, bytes }) => [second, bytes]));
  const growth = slope * (last - (settled[0]?.second ?? 0));
  const usual = medianOf(settled.map(({ bytes }) => bytes));
  const allowed = Math.max(usual * allowance.part, allowance.bytes);
  const text = `${mebibytes(usual)} MiB, ${growth < 0 ? "" : "+"}${mebibytes(growth)} MiB after the first third (${
    mebibytes(allowed)
  } allowed)`;
  if (growth > allowed) throw new Error(`memory grows: ${text}`);
  return text;
}

function mebibytes(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(1);
}

/** The open descriptors once they are no more than `wanted`, or after five seconds. */
async function settledDescriptors(pid: number, wanted: number): Promise<number> {
  const late = performance.now() + 5_000;
  let count = descriptorsOf(pid);
  // The far end's closing of the last connections is still under way.
  for (let steady = 0; steady < 3 && performance.now() < late;) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    const next = descriptorsOf(pid);
    steady = next === count && next <= wanted ? steady + 1 : 0;
    count = next;
  }
  return count;
}
