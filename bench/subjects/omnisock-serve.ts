/** What the programs through omnisock's iteration and streams share: a listener that is iterated over. */
import { type Connection, listen } from "omnisock";

/** The port on which `handle` serves. */
export async function serve(handle: (connection: Connection) => Promise<void>): Promise<number> {
  const server = await listen({ host: "127.0.0.1", port: 0 });
  void (async () => {
    for await (const connection of server) void handle(connection);
  })();
  return server.address.port;
}
