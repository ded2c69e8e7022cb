/** omnisock with `for await`, over the listener and over each connection. */
import { type Connection, listen } from "omnisock";

import { checkContent, chunk, decodeUint32, encodeCount, greeting } from "./content.ts";

async function serve(handle: (connection: Connection) => Promise<void>): Promise<number> {
  const server = await listen({ host: "127.0.0.1", port: 0 });
  void (async () => {
    for await (const connection of server) void handle(connection);
  })();
  return server.address.port;
}

async function echo(connection: Connection): Promise<void> {
  for await (const bytes of connection) await connection.write(bytes);
  await connection.close();
}

async function sink(connection: Connection): Promise<void> {
  let received = 0;
  for await (const bytes of connection) {
    checkContent(bytes, received);
    received += bytes.byteLength;
  }
  await connection.write(encodeCount(received));
  await connection.close();
}

async function source(connection: Connection): Promise<void> {
  for await (const request of connection) {
    for (let left = decodeUint32(request); left > 0; left--) await connection.write(chunk);
    break;
  }
  await connection.close();
}

async function greet(connection: Connection): Promise<void> {
  void connection.write(greeting);
  await connection.close();
}

export const tasks = {
  echo: () => serve(echo),
  sink: () => serve(sink),
  source: () => serve(source),
  accept: () => serve(greet),
};
