/** Becomes a user without privileges and listens on the highest port that is reserved; prints the code of the failure. */
import { readFileSync } from "node:fs";
import process from "node:process";

import { sockets } from "../harness/program.js";

const port = Number(readFileSync("/proc/sys/net/ipv4/ip_unprivileged_port_start", "utf8")) - 1;
process.setgid?.(65534);
process.setuid?.(65534);
try {
  const server = await sockets.listen({ host: "127.0.0.1", port });
  await server.close();
  console.log(`listens on ${port}`);
} catch (error) {
  console.log((error as { code?: string }).code);
}
