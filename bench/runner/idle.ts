/** What an open connection costs that does nothing: the subject's memory before and after, divided. */
import { readFileSync } from "node:fs";

import type { Bench } from "./bench.ts";
import { Program } from "./process.ts";
import { type Figures, peerCommand, type PeerResult, type Platform, startSubject, startWithin } from "./sample.ts";
import type { SubjectName } from "./subjects.ts";
import type { Workload } from "./workloads.ts";

/** Connections of the warm-up, after which the runtime has compiled and allocated what it needs once. */
const warmConnections = 200;

export async function sampleIdle(
  bench: Bench,
  workload: Workload,
  { platform, subject: name }: { readonly platform: Platform; readonly subject: SubjectName },
): Promise<Figures> {
  const subject = startSubject(bench, workload, { platform, subject: name, told: true });
  const connections = Math.min(workload.connections, descriptorLimit() - 100);
  const start = (port: number, changes: Partial<Workload>): Program => {
    const timing = { port, pid: subject.pid, deadline: 60, warmup: 0, seconds: 0.3 };
    return new Program("the peer", peerCommand(bench, { ...workload, connections, ...changes }, timing), bench.folder);
  };
  try {
    const { port } = await subject.next<{ port: number }>(startWithin);
    const warm = start(port, { role: "echo", connections: warmConnections });
    const { error } = await warm.next<PeerResult>(startWithin);
    if (error !== undefined) throw new Error(error);
    await warm.stop();
    const before = await settledMemory(subject, platform);
    const peer = start(port, {});
    try {
      const { error, open } = await peer.next<{ error?: string; open: number }>(60_000);
      if (error !== undefined) throw new Error(error);
      const after = await settledMemory(subject, platform);
      if (subject.end !== undefined) throw new Error(`${subject.name} ${subject.end}`);
      return { value: (after - before) / open };
    } finally {
      await peer.stop();
    }
  } finally {
    await subject.stop();
  }
}

/** The hard limit of descriptors, which every process here raises itself to. */
function descriptorLimit(): number {
  const [, hard = "1024"] = /^Max open files\s+\S+\s+(\S+)/m.exec(readFileSync("/proc/self/limits", "utf8")) ?? [];
  return hard === "unlimited" ? Infinity : Number(hard);
}

/** Bytes that are the process's own part of physical memory, after it has collected its garbage. */
async function settledMemory(subject: Program, platform: Platform): Promise<number> {
  if (platform !== "c") {
    subject.tell();
    const { collected } = await subject.next<{ collected: boolean }>(30_000);
    if (!collected) throw new Error(`${subject.name} cannot be told to collect its garbage`);
  }
  return memoryOf(subject.pid);
}

/** PSS: memory that several processes share counts in part. */
export function memoryOf(pid: number): number {
  const [, kibibytes] = /^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8")) ?? [];
  if (kibibytes === undefined) throw new Error("the kernel does not tell of the subject's memory");
  return Number(kibibytes) * 1024;
}
