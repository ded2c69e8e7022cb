/** Opens one of each kind and prints how each call ended. `permissions.js HOST PORT PATH` */
import { args, sockets } from "../harness/program.js";

const { bind, connect, listen } = sockets;
const [host = "", port = "", path = ""] = args;

const calls: Readonly<Record<string, () => Promise<{ close(): Promise<void> }>>> = {
  connect: () => connect({ host, port: Number(port) }),
  listen: () => listen({ host }),
  bind: () => bind({ host }),
  "listen on a path": () => listen({ path }),
  "connect to a path": () => connect({ path }),
};

const ends: Record<string, unknown> = {};
const opened: { close(): Promise<void> }[] = [];
for (const [name, call] of Object.entries(calls)) {
  try {
    opened.push(await call());
    ends[name] = { code: "none" };
  } catch (error) {
    const { name: kind, code, message } = error as Error & { code?: string };
    ends[name] = { kind, code, message };
  }
}
await Promise.all(opened.map((one) => one.close()));
console.log(JSON.stringify(ends));
