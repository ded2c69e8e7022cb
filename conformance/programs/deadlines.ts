/** Makes every call that takes a `timeout` with one of an hour, closes everything and does nothing more. `deadlines.js PORT` */
import { args, sockets } from "../harness/program.js";

const { bind, connect, listen } = sockets;
const timeout = 3_600_000;
const host = "127.0.0.1";
const controller = new AbortController();
const { signal } = controller;

const server = await listen({ host, timeout });
const [client, accepted] = await Promise.all([
  connect({ host: "localhost", family: "ipv4", port: server.address.port, timeout }),
  server.accept({ timeout, signal }),
]);
const udp = await bind({ host, timeout });
await client.write("xy", { timeout, signal });
await accepted.readInto(new Uint8Array(1), { timeout, signal });
// What is there already, so that the call need not wait.
await accepted.read({ timeout, signal });
await udp.send("x", { host, port: udp.address.port });
await udp.receive({ timeout, signal });
await connect({ host, port: Number(args[0]), timeout }).catch(() => {});
const pending = [client.read({ timeout }), server.accept({ timeout }), udp.receive({ timeout })];
await client.shutdown("write", { timeout });
await accepted.close({ timeout, signal });
await server.shutdown({ graceful: timeout });
await Promise.all([client.close({ timeout }), udp.close()]);
await Promise.allSettled(pending);
console.log("closed");
