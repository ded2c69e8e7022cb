/** Opens and closes connections to itself one after the other; tells the number of open descriptors before and after. `churn.js COUNT` */
import { readdirSync } from "node:fs";

import type { IpAddress } from "omnisock";

import { args, sockets } from "../harness/program.js";

const { connect, listen } = sockets;
const count = Number(args[0]);
const server = await listen({ host: "127.0.0.1", port: 0 });
const { port } = server.address as IpAddress;

// A runtime opens descriptors of its own in its first thousands of connections: Deno a pair of Unix sockets, after 2,000.
await cycle(4000);
const before = descriptors();
await cycle(count);
const after = descriptors();
await server.close();
console.log(JSON.stringify({ before, after }));

async function cycle(times: number): Promise<void> {
  for (let i = 0; i < times; i++) {
    const [client, accepted] = await Promise.all([connect({ host: "127.0.0.1", port }), server.accept()]);
    await client.write("x");
    await accepted.read();
    await client.close();
    if (await accepted.read() !== null) throw new Error("no EOF");
    await accepted.close();
  }
}

function descriptors(): number {
  return readdirSync("/proc/self/fd").length;
}
