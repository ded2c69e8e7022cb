/**
 * What an open connection costs that does nothing: the subject's memory with a tenth of the connections and with all of them,
 * so that neither what a runtime allocates once nor what it has in reserve is counted.
 */
import type { Bench } from "./bench.ts";
import { descriptorLimit, memoryOf } from "./proc.ts";
import { Program } from "./process.ts";
import { type Figures, peerCommand, type Platform, startSubject, startWithin } from "./sample.ts";
import type { SubjectName } from "./subjects.ts";
import type { Workload } from "./workloads.ts";

export async function sampleIdle(
  bench: Bench,
  workload: Workload,
  { platform, subject: name }: { readonly platform: Platform; readonly subject: SubjectName },
): Promise<Figures> {
  const subject = startSubject(bench, workload, { platform, subject: name, told: true });
  const connections = Math.min(workload.connections, descriptorLimit() - 100);
  const peers: Program[] = [];
  /** Opens so many more, which stay open, and tells the subject's memory then. */
  const open = async (port: number, count: number): Promise<number> => {
    const timing = { port, pid: subject.pid, deadline: 120, warmup: 0, seconds: 0 };
    const command = peerCommand(bench, { ...workload, connections: count }, timing);
    const peer = new Program("the peer", command, bench.folder);
    peers.push(peer);
    const { error } = await peer.next<{ error?: string }>(60_000);
    if (error !== undefined) throw new Error(error);
    return await settledMemory(subject, platform);
  };
  try {
    const { port } = await subject.next<{ port: number }>(startWithin);
    const few = Math.round(connections / 10);
    const before = await open(port, few);
    const after = await open(port, connections - few);
    if (subject.end !== undefined) throw new Error(`${subject.name} ${subject.end}`);
    const value = (after - before) / (connections - few);
    return connections === workload.connections
      ? { value }
      : { value, note: `${connections} connections, as many as may be open` };
  } finally {
    await Promise.all(peers.map((peer) => peer.stop()));
    await subject.stop();
  }
}

/** A reading that differs from the one before by less is the last one. */
const steady = 64 * 1024;

/** Memory after collecting garbage, once what runtimes give back to the system later has been given back. */
async function settledMemory(subject: Program, platform: Platform): Promise<number> {
  let last = Infinity;
  for (let reading = 0; reading < 12; reading++) {
    if (platform !== "c") {
      subject.tell();
      const { collected } = await subject.next<{ collected: boolean }>(30_000);
      if (!collected) throw new Error(`${subject.name} cannot be told to collect its garbage`);
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
    const bytes = memoryOf(subject.pid);
    if (Math.abs(last - bytes) < steady) return bytes;
    last = bytes;
  }
  return last;
}
