/** Opens sockets of every kind and tells which of them block, and which of the process's sockets a child would inherit. `sockets-flags.js PATH` */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";

import type { IpAddress } from "omnisock";

import { args, sockets } from "../harness/program.js";

const closeOnExec = 0o2000000;
const nonBlocking = 0o4000;
const { bind, connect, listen } = sockets;
const [path = ""] = args;
const before = new Set(descriptors());

const tcp = await listen({ host: "127.0.0.1" });
const unix = await listen({ path });
const udp = await bind({ host: "127.0.0.1" });
const client = await connect({ host: "127.0.0.1", port: (tcp.address as IpAddress).port });
const accepted = await tcp.accept();

const opened = descriptors().filter((descriptor) => !before.has(descriptor));
console.log(
  JSON.stringify({
    opened: opened.length,
    blocking: opened.filter((descriptor) => (flags(descriptor) & nonBlocking) === 0),
    inheritable: opened.filter((descriptor) => (flags(descriptor) & closeOnExec) === 0),
  }),
);
await Promise.all([client.close(), accepted.close(), udp.close(), unix.close(), tcp.close()]);

/** The numbers of the process's sockets. */
function descriptors(): string[] {
  return readdirSync("/proc/self/fd").filter((descriptor) => {
    try {
      return readlinkSync(`/proc/self/fd/${descriptor}`).startsWith("socket:");
    } catch {
      return false;
    }
  });
}

function flags(descriptor: string): number {
  return Number.parseInt(
    /^flags:\s*(\d+)/m.exec(readFileSync(`/proc/self/fdinfo/${descriptor}`, "latin1"))?.[1] ?? "0",
    8,
  );
}
