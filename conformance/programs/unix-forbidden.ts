/**
 * Gives up its privileges and connects to a socket that it may not write to, and listens in a folder that it may not write
 * to; prints the code of each. `unix-forbidden.js PATH`, at which a socket is
 */
import { chmodSync } from "node:fs";
import path from "node:path";
import process from "node:process";

import { args, sockets } from "../harness/program.js";

const [socket = ""] = args;
const folder = path.dirname(socket);
// Everybody may look into the folder, so that it is the socket that forbids.
chmodSync(folder, 0o755);
chmodSync(socket, 0o600);
process.setgid?.(65534);
process.setuid?.(65534);
console.log(JSON.stringify({
  connect: await outcome(() => sockets.connect({ path: socket })),
  listen: await outcome(() => sockets.listen({ path: path.join(folder, "other") })),
}));

async function outcome(open: () => Promise<{ close(): Promise<void> }>): Promise<string> {
  try {
    await (await open()).close();
    return "opened";
  } catch (error) {
    return String((error as { code?: string }).code);
  }
}
