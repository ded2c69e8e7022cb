/**
 * A server: prints its port or path, or the code of the error. Every connection gets the process id in one line, and then, by MODE,
 * is closed at once (`greet`) or gets its own bytes back until EOF (`echo`). SIGTERM: no further connection, those that are
 * open are served to their end. SIGUSR2: counted, and the count printed at the end. `serve.js MODE LISTEN-OPTIONS`
 */
import process from "node:process";

import type { Connection, Listener, TcpListenOptions } from "omnisock";

import { args, sockets } from "../harness/program.js";

const [mode = "", options = "{}"] = args;

try {
  const server: Listener = await sockets.listen(JSON.parse(options) as TcpListenOptions);
  let signals = 0;
  process.on("SIGUSR2", () => void signals++);
  process.once("SIGTERM", async () => {
    console.log("terminating");
    await server.shutdown({ graceful: 10_000 });
    console.log(`signals ${signals}`);
    process.exit(0);
  });
  const { address } = server;
  console.log(address.family === "unix" ? address.path : address.port);
  for await (const connection of server) void serve(connection).catch(() => {});
} catch (error) {
  console.log((error as { code?: string }).code);
}

async function serve(connection: Connection): Promise<void> {
  await connection.write(`${process.pid}\n`);
  if (mode === "echo") { for await (const chunk of connection) await connection.write(chunk); }
  await connection.close();
}
