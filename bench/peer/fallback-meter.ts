/** Time, processor time and latencies of the far end on Node. */
import { execFileSync } from "node:child_process";
import { readFileSync, writeSync } from "node:fs";
import { createHistogram } from "node:perf_hooks";
import process from "node:process";

export interface Parameters {
  readonly role: string;
  readonly port: number;
  readonly pid: number;
  readonly connections: number;
  readonly size: number;
  readonly window: number;
  readonly warmup: number;
  readonly seconds: number;
  readonly deadline: number;
}

export function fail(text: string): never {
  writeSync(1, `${JSON.stringify({ error: text })}\n`);
  process.exit(1);
}

let parameters: Parameters;

export function begin(given: Parameters): void {
  parameters = given;
}

const latency = createHistogram();
/** What happened in the measured time. */
export const meter = { operations: 0, bytes: 0, lost: 0, running: false, over: false };
let began = 0;
let ended = 0;
let subject = 0;
let own = 0;

/** Seconds; the kernel counts them in ticks. */
function processorTime(pid: number): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
    return (Number(fields[11]) + Number(fields[12])) / ticks;
  } catch {
    return 0;
  }
}

const ticks = Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }));

function ownTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

export function startMeter(): void {
  Object.assign(meter, { operations: 0, bytes: 0, lost: 0, running: true });
  latency.reset();
  subject = processorTime(parameters.pid);
  own = ownTime();
  began = performance.now();
}

export function stopMeter(): void {
  ended = performance.now();
  subject = processorTime(parameters.pid) - subject;
  own = ownTime() - own;
  meter.running = false;
  meter.over = true;
}

/** Measures after the warm-up; `then` is called when the time is over. */
export function schedule(then: () => void): void {
  setTimeout(() => {
    startMeter();
    setTimeout(() => {
      stopMeter();
      then();
    }, parameters.seconds * 1000);
  }, parameters.warmup * 1000);
}

/** One thing that was done, and when it was begun. */
export function count(bytes: number, since?: number): void {
  if (!meter.running) return;
  meter.operations++;
  meter.bytes += bytes;
  if (since !== undefined) latency.record(Math.max(1, Math.round((performance.now() - since) * 1e6)));
}

export function printResult(): never {
  const { operations, bytes, lost } = meter;
  const tell = (fraction: number) => latency.percentile(fraction) / 1000;
  const latencies = latency.count > 0 ? { p50: tell(50), p99: tell(99) } : {};
  const times = { seconds: (ended - began) / 1000, cpu: subject, peerCpu: own };
  writeSync(1, `${JSON.stringify({ operations, bytes, lost, ...times, ...latencies })}\n`);
  process.exit(0);
}
