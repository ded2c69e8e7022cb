/** Writes to a peer and ends without closing anything. `write-and-exit.js PORT exit|kill|throw` */
import process from "node:process";

import { args, sockets } from "../harness/program.js";

const { bind, connect, listen } = sockets;
const host = "127.0.0.1";
const [port = "", end] = args;
const connection = await connect({ host, port: Number(port) });
await listen({ host });
await bind({ host });
await connection.write(new Uint8Array(100_000));
await new Promise<void>((resolve) => process.stdout.write("written\n", () => resolve()));
if (end === "exit") process.exit(0);
if (end === "kill") process.kill(process.pid, "SIGKILL");
if (end === "throw") {
  setTimeout(() => {
    throw new Error("thrown on purpose");
  }, 0);
}
