/**
 * One end of a full-duplex transfer: sends a seeded sequence, receives the other's, half-closes, and tells what it got.
 * `transfer.js server|client PORT BYTES SEED`; the server prints its port first.
 */
import { createHash } from "node:crypto";

import type { Connection, IpAddress } from "omnisock";

import { pattern } from "../harness/pattern.js";
import { args, sockets } from "../harness/program.js";

const { connect, listen } = sockets;
const chunk = 65_536;
const [role, port, length, seed] = args;

const connection = role === "server" ? await acceptOne() : await connect({ host: "127.0.0.1", port: Number(port) });
const [received] = await Promise.all([receive(connection), send(connection, Number(length), Number(seed))]);
await connection.close();
console.log(JSON.stringify(received));

async function acceptOne(): Promise<Connection> {
  const server = await listen({ host: "127.0.0.1", port: 0 });
  console.log((server.address as IpAddress).port);
  const accepted = await server.accept();
  await server.close();
  return accepted;
}

async function send(to: Connection, bytes: number, seed: number): Promise<void> {
  for (let offset = 0; offset < bytes; offset += chunk) {
    await to.write(pattern(seed, Math.min(chunk, bytes - offset), offset));
  }
  await to.shutdown("write");
}

async function receive(from: Connection): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash("sha256");
  let bytes = 0;
  for (let part = await from.read(); part !== null; part = await from.read()) {
    hash.update(part);
    bytes += part.byteLength;
  }
  return { bytes, sha256: hash.digest("hex") };
}
