/** Connects where nothing listens, in three ways that fail, and tells how often it heard of each. `refused.js PORT` */
import process from "node:process";

import { args, sockets } from "../harness/program.js";

const port = Number(args[0]);
let unhandled = 0;
process.on("unhandledRejection", () => unhandled++);
process.on("uncaughtException", () => unhandled++);

const rejections: unknown[] = [];
for (
  const options of [{ host: "127.0.0.1", port }, { host: "localhost", port }, { host: "127.0.0.1", port, timeout: 0 }]
) {
  await sockets.connect(options).catch(({ code }: { code?: unknown }) => rejections.push(code));
}
// What would be told twice is told within a few turns of the event loop.
await new Promise((resolve) => setTimeout(resolve, 50));
console.log(JSON.stringify({ rejections, unhandled }));
