/**
 * Listens with each of the given backlogs and asks ss(8) for the queue length that the kernel made of it (Send-Q of a
 * listener). `backlog.js (NUMBER | default)...`
 */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

import { args, sockets } from "../harness/program.js";

const lengths: number[] = [];
for (const given of args) {
  const backlog = given === "default" ? undefined : Number(given);
  const server = await sockets.listen({ host: "127.0.0.1", port: 0, ...(backlog === undefined ? {} : { backlog }) });
  // Columns: state, Recv-Q, Send-Q, local address, peer address.
  const row = execFileSync("ss", ["-Hltn", `sport = :${server.address.port}`], { encoding: "utf8" }).trim().split(
    /\s+/,
  );
  lengths.push(Number(row[2]));
  await server.close();
}
console.log(JSON.stringify({ lengths, most: Number(readFileSync("/proc/sys/net/core/somaxconn", "utf8")) }));
