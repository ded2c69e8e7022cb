/** What is measured. */
import type { SubjectName, Transport } from "./subjects.ts";

export interface Workload {
  readonly id: string;
  readonly title: string;
  /** Of `value` in a sample. */
  readonly unit: "round trips/s" | "MiB/s" | "connections/s" | "datagrams/s" | "bytes per connection" | "ms";
  readonly better: "higher" | "lower";
  readonly kind: "load" | "idle" | "import" | "first-byte";
  readonly transport: Transport;
  /** What the peer does, and what the subject does. */
  readonly role: string;
  readonly task: string;
  readonly connections: number;
  /** Bytes of a message. */
  readonly size: number;
  readonly subjects: readonly SubjectName[];
  /** How many times as long as others it is warmed up: what runs once for each connection is compiled late. */
  readonly warmth?: number;
}

const plain: readonly SubjectName[] = ["native", "node-net", "omnisock", "c"];
const views: readonly SubjectName[] = [...plain, "omnisock-iterate", "omnisock-webstreams"];
const datagrams: readonly SubjectName[] = [...plain, "omnisock-libc"];
/** Where there is a program with promises and nothing else. */
const promises = [
  "echo-64-64",
  "growth-10",
  "growth-1000",
  "accept",
  "idle",
  "udp-echo-64",
  "udp-receive-64",
  "udp-send-64",
];

const base = {
  better: "higher",
  kind: "load",
  transport: "tcp",
  connections: 1,
  size: 64,
} as const;

function label(size: number): string {
  return size % 1024 === 0 ? `${size / 1024} KiB` : `${size.toLocaleString("en")} B`;
}

function echo(connections: number, size: number): Workload {
  return {
    ...base,
    id: `echo-${connections}-${size}`,
    title: `echo, ${connections.toLocaleString("en")} connection${connections > 1 ? "s" : ""}, ${label(size)}`,
    unit: "round trips/s",
    role: "echo",
    task: "echo",
    connections,
    size,
    subjects: connections === 64 ? views : plain,
  };
}

function bulk(role: "bulk-receive" | "bulk-send", title: string): Workload {
  const task = role === "bulk-receive" ? "sink" : "source";
  return { ...base, id: role, title, unit: "MiB/s", role, task, size: 65_536, subjects: views };
}

function udp(role: "udp-echo" | "udp-receive" | "udp-send", title: string, size: number): Workload {
  return {
    ...base,
    id: `${role}-${size}`,
    title: `${title}, window 64, ${label(size)}`,
    unit: role === "udp-echo" ? "round trips/s" : "datagrams/s",
    transport: "udp",
    role,
    task: role,
    size,
    subjects: role === "udp-echo" ? [...datagrams, "native-iterate", "omnisock-iterate"] : datagrams,
  };
}

export const growthSteps = [10, 100, 1_000, 5_000] as const;

function growth(connections: number): Workload {
  return {
    ...echo(connections, 64),
    id: `growth-${connections}`,
    title: `echo as it grows, ${connections.toLocaleString("en")} connections, 64 B`,
    subjects: ["native", "omnisock", "c"],
  };
}

const measured: readonly Workload[] = [
  bulk("bulk-receive", "bulk receive, chunks of 64 KiB"),
  bulk("bulk-send", "bulk send, chunks of 64 KiB"),
  ...[64, 4_096].flatMap((size) => [1, 64, 1_000].map((connections) => echo(connections, size))),
  {
    ...base,
    id: "accept",
    title: "short connections, 64 under way",
    unit: "connections/s",
    role: "accept",
    task: "accept",
    connections: 64,
    subjects: [...plain, "omnisock-iterate"],
    warmth: 6,
  },
  {
    ...base,
    id: "pipeline",
    title: "16 writes of 32 B per turn, 16 connections",
    unit: "round trips/s",
    role: "pipeline",
    task: "pipeline",
    connections: 16,
    subjects: [...plain, "native-joined"],
  },
  udp("udp-echo", "UDP echo", 64),
  udp("udp-echo", "UDP echo", 1_400),
  udp("udp-receive", "UDP receive", 64),
  udp("udp-receive", "UDP receive", 1_400),
  udp("udp-send", "UDP send", 64),
  udp("udp-send", "UDP send", 1_400),
  ...growthSteps.map(growth),
  {
    ...base,
    id: "idle",
    title: "memory of an idle connection, 10,000 open",
    unit: "bytes per connection",
    better: "lower",
    kind: "idle",
    role: "idle",
    task: "echo",
    connections: 10_000,
    subjects: plain,
  },
  {
    ...base,
    id: "import",
    title: "time to import",
    unit: "ms",
    better: "lower",
    kind: "import",
    role: "",
    task: "import",
    subjects: ["native", "node-net", "omnisock"],
  },
  {
    ...base,
    id: "first-byte",
    title: "a whole process that ends after its first byte",
    unit: "ms",
    better: "lower",
    kind: "first-byte",
    role: "",
    task: "first-byte",
    subjects: ["native", "node-net", "omnisock"],
  },
];

export const workloads: readonly Workload[] = measured.map((workload) =>
  promises.includes(workload.id) ? { ...workload, subjects: [...workload.subjects, "native-promises"] } : workload
);
