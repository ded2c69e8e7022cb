/**
 * Datagrams of random sizes there and back while memory is collected all the time: what comes back is compared byte by byte,
 * at once and once more later, when memory that was used again would show. Prints counts and memory.
 * `datagram-soak.js SECONDS SEED`
 */
import process from "node:process";

import type { Datagram, DatagramSocket, IpAddress } from "omnisock";

import { args, sockets } from "../harness/program.js";

const seconds = Number(args[0] ?? 10);
let state = Number(args[1] ?? 1);
const host = "127.0.0.1";
const longest = 65_507;
/** Datagrams under way, and what they may take of the kernel's buffer, which counts more than their bytes. */
const window = 64;
const room = 150_000;
const overhead = 1_024;
/** Datagrams that are kept to be compared again. */
const kept: { readonly datagram: Datagram<IpAddress>; readonly mark: number }[] = [];
let junk: Uint8Array[] = [];

interface Sent {
  readonly mark: number;
  readonly length: number;
}

/** xorshift: the same sequence for the same seed on every runtime. */
function random(below: number): number {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return (state >>> 0) % below;
}

/** Empty and longest ones too, and mostly short ones. */
function randomLength(): number {
  const dice = random(100);
  if (dice < 2) return 0;
  if (dice < 4) return longest;
  return random(dice < 80 ? 2_000 : longest + 1);
}

function payload({ mark, length }: Sent): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) bytes[i] = byteAt(mark, i);
  return bytes;
}

function byteAt(mark: number, i: number): number {
  return (mark * 31 + i * 7 + (i >> 8)) & 0xff;
}

function compare({ data, truncated }: Datagram<IpAddress>, { mark, length }: Sent, when: string): void {
  if (data.byteLength !== length || truncated) {
    throw new Error(`datagram ${mark} has ${data.byteLength} bytes ${when}, not ${length}`);
  }
  for (let i = 0; i < length; i++) {
    if (data[i] !== byteAt(mark, i)) throw new Error(`datagram ${mark} of ${length} bytes: byte ${i} is wrong ${when}`);
  }
}

const { Bun: bun, gc } = globalThis as { Bun?: { gc(now: boolean): void }; gc?: () => void };

function collect(): void {
  if (bun !== undefined) bun.gc(true);
  else gc?.();
}

function keep(datagram: Datagram<IpAddress>, sent: Sent): void {
  if (random(10) === 0) kept.push({ datagram, mark: sent.mark });
  if (kept.length <= 40) return;
  const [one] = kept.splice(random(kept.length), 1);
  if (one === undefined) return;
  compare(one.datagram, { mark: one.mark, length: one.datagram.data.byteLength }, "later");
}

/** Garbage of the sizes that datagrams have, so that what is freed is used again. */
function litter(): void {
  junk.push(new Uint8Array(random(4_000)).fill(0xee));
  if (junk.length > 100) junk = [];
}

async function echo(socket: DatagramSocket): Promise<void> {
  for await (const { data, from } of socket) {
    const sent = socket.send(data, from);
    if (random(2) === 0) await sent;
    else sent.catch(fail);
  }
}

function fail(error: unknown): void {
  console.error(error);
  process.exit(1);
}

const far = await sockets.bind({ host });
const near = await sockets.bind({ host });
const ended = echo(far).catch(fail);
const under: Sent[] = [];
let next: Sent | undefined;
let used = 0;
let mark = 0;
let received = 0;
let bytes = 0;

await run(seconds / 4);
const before = measured();
await run(seconds);
const after = measured();
await near.close();
await far.close();
await ended;
console.log(JSON.stringify({ received, bytes, collections: Math.floor(received / 25), before, after }));

async function run(time: number): Promise<void> {
  const until = performance.now() + 1_000 * time;
  while (performance.now() < until || under.length > 0) {
    if (performance.now() < until) fill();
    const datagram = await near.receive({ timeout: 20_000 });
    const sent = under.shift();
    if (sent === undefined) throw new Error("there is one datagram more than was sent");
    compare(datagram, sent, "when it came");
    used -= weight(sent);
    received += 1;
    bytes += sent.length;
    keep(datagram, sent);
    litter();
    if (received % 25 === 0) collect();
  }
}

function fill(): void {
  while (under.length < window) {
    next ??= { mark: ++mark, length: randomLength() };
    if (under.length > 0 && used + weight(next) > room) return;
    const sent = next;
    next = undefined;
    under.push(sent);
    used += weight(sent);
    // The bytes may be changed as soon as the promise resolves.
    const data = payload(sent);
    near.send(data, far.address).then(() => data.fill(0xff), fail);
  }
}

function weight({ length }: Sent): number {
  return 2 * length + overhead;
}

function measured(): number {
  collect();
  return process.memoryUsage().rss;
}
