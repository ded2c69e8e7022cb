/**
 * A server: prints its port or path, or the code of the error. Every connection gets the process id in one line, and then, by MODE,
 * is closed at once (`greet`) or gets its own bytes back until EOF (`echo`). SIGTERM: no further connection, those that are
 * open are served to their end. SIGUSR2: counted; a line of stdin asks for the count. `serve.js MODE LISTEN-OPTIONS`
 */
import process from "node:process";

import type { Connection, Listener, TcpListenOptions } from "omnisock";

import { args, sockets } from "../harness/program.js";
import { nextLine } from "../harness/stdin.js";

const [mode = "", options = "{}"] = args;

try {
  const server: Listener = await sockets.listen(JSON.parse(options) as TcpListenOptions);
  let signals = 0;
  let terminating = false;
  process.on("SIGUSR2", () => void signals++);
  process.once("SIGTERM", async () => {
    terminating = true;
    console.log("terminating");
    await server.shutdown({ graceful: 10_000 });
    process.exit(0);
  });
  const { address } = server;
  console.log(address.family === "unix" ? address.path : address.port);
  void nextLine().then(() => console.log(signals));
  await acceptFrom(server).catch((error) => {
    if (!terminating) throw error;
  });
} catch (error) {
  console.log((error as { code?: string }).code);
}

async function acceptFrom(server: Listener): Promise<never> {
  for (;;) void serve(await server.accept()).catch(() => {});
}

async function serve(connection: Connection): Promise<void> {
  await connection.write(`${process.pid}\n`);
  if (mode === "echo") {
    for (let chunk = await connection.read(); chunk !== null; chunk = await connection.read()) {
      await connection.write(chunk);
    }
  }
  await connection.close();
}
