/**
 * Listens with each of the given backlogs, on TCP or at a path, and asks ss(8) for the queue length that the kernel made
 * of it (Send-Q of a listener). `backlog.js (tcp | PATH) (NUMBER | default)...`
 */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

import { args, sockets } from "../harness/program.js";

const [where = "tcp", ...backlogs] = args;
const lengths: number[] = [];
for (const given of backlogs) {
  const backlog = given === "default" ? {} : { backlog: Number(given) };
  const server = await sockets.listen(
    where === "tcp" ? { host: "127.0.0.1", ...backlog } : { path: where, ...backlog },
  );
  const { address } = server;
  lengths.push(
    address.family === "unix"
      ? queueLength("-Hlxn", ["src", address.path])
      : queueLength("-Hltn", [`sport = :${address.port}`]),
  );
  await server.close();
}
console.log(JSON.stringify({ lengths, most: Number(readFileSync("/proc/sys/net/core/somaxconn", "utf8")) }));

/** Send-Q of the one listener that the filter finds: the second column after its state. */
function queueLength(kind: string, filter: readonly string[]): number {
  const columns = execFileSync("ss", [kind, ...filter], { encoding: "utf8" }).trim().split(/\s+/);
  return Number(columns[columns.indexOf("LISTEN") + 2]);
}
