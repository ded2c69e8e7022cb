/**
 * Options of sockets that open and close at random: each socket has a mark of its own, and whatever is read is compared
 * with it. Prints counts, descriptors and memory. `options-soak.js CALLS SEED`
 */
import { readdirSync } from "node:fs";
import process from "node:process";

import type { Connection, DatagramSocket, IpAddress, Listener, UnixAddress } from "omnisock";

import { args, sockets } from "../harness/program.js";

const calls = Number(args[0] ?? 100_000);
let state = Number(args[1] ?? 1);
const folder = args[2] ?? "";
const host = "127.0.0.1";
/** So many sockets are open at once, at most. */
const crowd = 40;

/** A socket, what it was marked with last, and how it is marked. */
interface Marked {
  readonly kind: "tcp" | "udp" | "unix" | "listener";
  readonly socket: {
    setOption(name: string, value: unknown): void;
    getOption(name: string): unknown;
    close(): Promise<void>;
  };
  readonly option: string;
  mark: number;
}

/** xorshift: the same sequence for the same seed on every runtime. */
function random(below: number): number {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return (state >>> 0) % below;
}

const server = await sockets.listen({ host }) as Listener<IpAddress>;
const path = `${folder}/soak`;
const unix = folder === "" ? undefined : await sockets.listen({ path }) as Listener<UnixAddress>;
const open: Marked[] = [];
const closing = new Set<Promise<void>>();
let marks = 1_000;
let done = 0;
let opened = 0;
let refused = 0;

// Deno opens a pair of Unix sockets of its own after some 2,000 connections.
await run(calls > 50_000 ? calls / 2 : Math.min(2_000, calls));
const before = await measured();
await run(calls);
const after = await measured();
await server.close();
await unix?.close();
console.log(JSON.stringify({ calls: done, opened, refused, before, after }));

async function run(until: number): Promise<void> {
  while (done < until) {
    const dice = random(100);
    if (open.length < 4 || dice < 4 && open.length < crowd) await openOne();
    else if (dice < 8) await closeOne();
    else check(open[random(open.length)] as Marked, dice < 50);
  }
}

async function openOne(): Promise<void> {
  const kinds = unix === undefined ? ["tcp", "udp", "listener"] as const : ["tcp", "udp", "listener", "unix"] as const;
  const kind = kinds[random(kinds.length)] as Marked["kind"];
  if (kind === "tcp") {
    const client = sockets.connect({ host, port: server.address.port });
    for (const end of await Promise.all([client, server.accept()])) keep("tcp", end, "mark");
  } else if (kind === "unix") {
    const client = sockets.connect({ path });
    for (const end of await Promise.all([client, (unix as Listener<UnixAddress>).accept()])) {
      keep("unix", end, "sendBufferSize");
    }
  } else if (kind === "udp") keep("udp", await sockets.bind({ host }), "mark");
  else keep("listener", await sockets.listen({ host }), "priority");
}

function keep(kind: Marked["kind"], socket: Connection | DatagramSocket | Listener, option: string): void {
  const one: Marked = { kind, socket: socket as unknown as Marked["socket"], option, mark: -1 };
  open.push(one);
  opened += 1;
  check(one, true);
}

/** Both ends of a connection are closed one by one, in any order; a reset of the other end is no matter here. */
async function closeOne(): Promise<void> {
  const [one] = open.splice(random(open.length), 1);
  const ended = one?.socket.close().catch(() => {}).finally(() => closing.delete(ended as Promise<void>));
  if (ended !== undefined) closing.add(ended);
  await new Promise((resolve) => setTimeout(resolve));
}

function check(one: Marked, set: boolean): void {
  done += 1;
  try {
    if (set) {
      const mark = markFor(one.option);
      one.socket.setOption(one.option, mark);
      one.mark = mark;
    }
    if (one.mark < 0) return;
    const value = one.socket.getOption(one.option);
    const expected = one.option === "sendBufferSize" ? 2 * one.mark : one.mark;
    if (value !== expected) throw new Error(`${one.option} of a ${one.kind} socket is ${value}, not ${expected}`);
  } catch (error) {
    const { code } = error as { code?: string };
    // The other end may be gone; sockets that nothing tells apart have no options.
    if (code === "ECONNRESET" || code === "EBADF") return void open.splice(open.indexOf(one), 1);
    if (code !== "ENOTSUP" || one.kind !== "unix") throw error;
    refused += 1;
  }
}

function markFor(option: string): number {
  if (option === "priority") return random(7);
  marks += 1;
  return option === "sendBufferSize" ? 20_000 + marks % 40_000 : marks;
}

/** With no socket but the listeners. */
async function measured(): Promise<{ readonly descriptors: number; readonly memory: number }> {
  await Promise.allSettled([...open.splice(0).map(({ socket }) => socket.close()), ...closing]);
  closing.clear();
  return { descriptors: descriptors(), memory: process.memoryUsage().rss };
}

function descriptors(): number {
  return readdirSync("/proc/self/fd").length;
}
