/** Streams of the far end on Node. */
import net from "node:net";
import type { Socket } from "node:net";
import process from "node:process";

import { count, fail, meter, type Parameters, printResult, schedule, startMeter, stopMeter } from "./fallback-meter.ts";

const chunkSize = 65_536;
const chunk = patterned(chunkSize, 0);
const connecting = 128;
let number = process.pid * 4096;

function patterned(length: number, offset: number): Buffer {
  return Buffer.from(Array.from({ length }, (_, index) => ((offset + index) % chunkSize) % 251));
}

function open(port: number): Socket {
  const index = ++number;
  const local = [127, 1 + (index >> 16) % 250, (index >> 8) & 255, 2 + (index & 255) % 250].join(".");
  const spread = process.platform === "linux" ? { localAddress: local } : {};
  return net.connect({ port, host: "127.0.0.1", noDelay: true, allowHalfOpen: true, ...spread });
}

/** As exchange.c. */
export function exchange({ role, port, connections, size }: Parameters): void {
  const asked = role === "pipeline" ? 1 : size;
  const links: { send: () => void }[] = [];
  let answered = 0;
  let waiting = 0;
  const add = (): void => {
    const socket = open(port);
    const request = patterned(asked, links.length);
    const reply = role === "pipeline" ? patterned(512, 0) : request;
    let received = 0;
    let since = 0;
    let sequence = 0n;
    let first = true;
    const send = (): void => {
      if (asked >= 8) request.writeBigUInt64LE(++sequence);
      received = 0;
      waiting++;
      since = performance.now();
      socket.write(request);
    };
    links.push({ send });
    socket.once("connect", send);
    socket.on("end", () => fail("the subject closed a connection"));
    socket.on("data", (bytes: Buffer) => {
      if (!bytes.equals(reply.subarray(received, received + bytes.length))) fail("the subject sent other bytes");
      received += bytes.length;
      if (received < reply.length) return;
      waiting--;
      count(reply.length, since);
      if (first) {
        first = false;
        answered++;
        if (links.length < connections) add();
        if (answered === connections) loaded();
        return;
      }
      if (!meter.over) send();
      else if (waiting === 0) printResult();
    });
  };
  const loaded = (): void => {
    if (role === "idle") {
      console.log(JSON.stringify({ open: connections }));
      process.stdin.once("data", () => process.exit(0));
      return;
    }
    for (const { send } of links) send();
    schedule(() => {});
  };
  for (let index = 0; index < Math.min(connections, connecting); index++) add();
}

/** Sends while `more()`, then compares the count that comes back. */
async function sendChunks(port: number, more: (sent: number) => boolean): Promise<number> {
  const socket = open(port);
  let answer = Buffer.alloc(0);
  socket.on("data", (bytes: Buffer) => (answer = Buffer.concat([answer, bytes])));
  const over = new Promise((resolve) => socket.once("end", resolve));
  let sent = 0;
  while (more(sent)) {
    sent++;
    if (!socket.write(chunk)) await new Promise((resolve) => socket.once("drain", resolve));
  }
  socket.end();
  await over;
  const received = answer.length === 8 ? Number(answer.readBigUInt64LE()) : -1;
  if (received !== sent * chunkSize) fail(`the subject received ${received} of ${sent * chunkSize} bytes`);
  return sent;
}

export async function bulkReceive({ port, warmup, seconds }: Parameters): Promise<void> {
  const began = performance.now();
  const warm = await sendChunks(port, (sent) => sent === 0 || performance.now() - began < warmup * 1000);
  const wanted = Math.max(64, Math.round(warm / ((performance.now() - began) / 1000) * seconds));
  startMeter();
  await sendChunks(port, (sent) => sent < wanted);
  stopMeter();
  Object.assign(meter, { operations: wanted, bytes: wanted * chunkSize });
  printResult();
}

async function receiveChunks(port: number, chunks: number): Promise<void> {
  const socket = open(port);
  const twice = Buffer.concat([chunk, chunk]);
  const request = Buffer.alloc(4);
  request.writeUInt32LE(chunks);
  socket.write(request);
  let received = 0;
  for await (const bytes of socket as AsyncIterable<Buffer>) {
    const from = received % chunkSize;
    if (bytes.compare(twice, from, from + bytes.length) !== 0) fail(`the subject sent other bytes after ${received}`);
    received += bytes.length;
  }
  socket.end();
  if (received !== chunks * chunkSize) fail(`the subject sent ${received} of ${chunks * chunkSize} bytes`);
}

export async function bulkSend({ port, warmup, seconds }: Parameters): Promise<void> {
  const began = performance.now();
  let warm = 0;
  for (; warm === 0 || performance.now() - began < warmup * 1000; warm += 512) await receiveChunks(port, 512);
  const wanted = Math.max(64, Math.round(warm / ((performance.now() - began) / 1000) * seconds));
  startMeter();
  await receiveChunks(port, wanted);
  stopMeter();
  Object.assign(meter, { operations: wanted, bytes: wanted * chunkSize });
  printResult();
}

/** As accept.c. */
export function accepts({ port, connections }: Parameters): void {
  let left = connections;
  const start = (): void => {
    const since = performance.now();
    const socket = open(port);
    let greeting = "";
    socket.on("data", (bytes) => (greeting += bytes.toString("latin1")));
    socket.on("end", () => {
      if (greeting !== "A") fail("the subject sent something else than its byte");
      socket.end();
      count(0, since);
      if (!meter.over) start();
      else if (--left === 0) printResult();
    });
  };
  for (let index = 0; index < connections; index++) start();
  schedule(() => {});
}
