/**
 * Listens, takes every descriptor but the one of a client, waits, and frees them again. Tells whether a client had to
 * wait, what that cost of a processor, and whether the next one was accepted. `emfile.js`
 */
import { execFileSync } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import process from "node:process";

import type { Connection, IpAddress } from "omnisock";

import { sockets } from "../harness/program.js";

const limit = 256;
const idle = 400;

const server = await sockets.listen({ host: "127.0.0.1", port: 0 });
const accepted: Connection<IpAddress>[] = [];
void (async () => {
  for (;;) {
    try {
      accepted.push(await server.accept());
    } catch {
      // A library that tells of it leaves it to the program to try again.
      await sleep(20);
    }
  }
})();

// Deno 2.9 opens what it needs for signals late, and panics if there is no descriptor for it: so it shall have it now.
process.on("SIGUSR2", () => {});
execFileSync("prlimit", ["--pid", `${process.pid}`, `--nofile=${limit}:${limit}`]);
const held: number[] = [];
const clients: Connection<IpAddress>[] = [];
takeAll();
let waited = false;
let busy = 0;
// The runtime may give back a descriptor of its own meanwhile, with which the client is accepted: then the next one has to wait.
for (let attempt = 0; attempt < 6 && !waited; attempt++) {
  closeSync(held.pop() as number);
  const client = await connectOnce();
  if (client !== undefined) clients.push(client);
  takeAll();
  const before = process.cpuUsage();
  await sleep(idle);
  const { user, system } = process.cpuUsage(before);
  busy = (user + system) / 1000 / idle;
  takeAll();
  waited = !clients.every(has);
}

for (const descriptor of held) closeSync(descriptor);
const fresh = await sockets.connect({ host: "127.0.0.1", port: server.address.port });
for (let since = 0; !has(fresh) && since < 3_000; since += 10) await sleep(10);

console.log(JSON.stringify({ waited, busy, fresh: has(fresh) }));
await server.close();
await Promise.allSettled([fresh, ...clients, ...accepted].map((conn) => conn.close()));
process.exit(0);

/** A client of the listener, or nothing if another took the descriptor. */
async function connectOnce(): Promise<Connection<IpAddress> | undefined> {
  try {
    return await sockets.connect({ host: "127.0.0.1", port: server.address.port });
  } catch (error) {
    if ((error as { code?: string }).code === "EMFILE") return undefined;
    throw error;
  }
}

/** Opens files until there is no descriptor left. */
function takeAll(): void {
  try {
    for (;;) held.push(openSync("/dev/null", "r"));
  } catch (error) {
    if ((error as { code?: string }).code !== "EMFILE") throw error;
  }
}

function has(client: Connection<IpAddress>): boolean {
  return accepted.some((conn) => conn.remoteAddress.port === client.localAddress.port);
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
