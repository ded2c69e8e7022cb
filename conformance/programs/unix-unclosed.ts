/** Listens on a path and ends without closing it: `exit` ends in order, `kill` by SIGKILL. `unix-unclosed.js PATH exit|kill` */
import process from "node:process";

import { args, sockets } from "../harness/program.js";

const [path = "", end] = args;
const server = await sockets.listen({ path });
console.log("listening");
server.unref();
if (end === "kill") setTimeout(() => process.kill(process.pid, "SIGKILL"), 10);
