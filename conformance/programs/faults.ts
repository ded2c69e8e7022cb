/**
 * Uses every kind of socket once, and tells as JSON how each step ended: `ok`, or name and code of the error. It is run
 * with system calls that fail. Nothing in it waits longer than `patience`.
 */
import type { Connection, IpAddress, Listener } from "omnisock";

import { pattern } from "../harness/pattern.js";
import { sockets } from "../harness/program.js";

const patience = 1_500;
const payload = pattern(3, 1_000);
const ends: Record<string, string> = {};

async function step<T>(name: string, action: () => Promise<T>): Promise<T | undefined> {
  try {
    const value = await action();
    ends[name] = "ok";
    return value;
  } catch (error) {
    const { name: kind, code, message } = error as Error & { code?: string };
    ends[name] = `${kind} ${code ?? message}`;
    return undefined;
  }
}

async function receive(conn: Connection): Promise<void> {
  let received = 0;
  while (received < payload.length) {
    const chunk = await conn.read({ timeout: patience });
    if (chunk === null) throw new Error("EOF too early");
    if (chunk.some((byte, i) => byte !== payload[received + i])) throw new Error("wrong bytes");
    received += chunk.length;
  }
}

async function tcp(server: Listener<IpAddress>): Promise<void> {
  const { host, port } = server.address;
  const accepting = step("accept", () => server.accept({ timeout: patience }));
  const client = await step("connect", () => sockets.connect({ host, port, timeout: patience }));
  const accepted = client === undefined ? undefined : await accepting;
  if (client !== undefined && accepted !== undefined) {
    await step("setOption", async () => client.setOption("keepAlive", true));
    await step("write", () => client.write(payload, { timeout: patience }));
    await step("read", () => receive(accepted));
    await step("answer", () => accepted.write(payload, { timeout: patience }));
    await step("read answer", () => receive(client));
    await step("shutdown", () => client.shutdown("write", { timeout: patience }));
  }
  for (const [name, conn] of [["close client", client], ["close accepted", accepted]] as const) {
    if (conn !== undefined) await step(name, () => conn.close({ timeout: patience }));
  }
}

const server = await step("listen", () => sockets.listen({ host: "127.0.0.1", port: 0 }));
if (server !== undefined) {
  await tcp(server);
  await step("close listener", () => server.close());
}
const udp = await step("bind", () => sockets.bind({ host: "127.0.0.1" }));
if (udp !== undefined) {
  await step("send", () => udp.send("datagram", udp.address));
  if (ends["send"] === "ok") await step("receive", () => udp.receive({ timeout: patience }));
  await step("close udp", () => udp.close());
}
console.log(JSON.stringify(ends));
