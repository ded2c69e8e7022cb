/** omnisock with calls: `accept`, `read`, `write`. */
import { type Connection, listen } from "omnisock";

import { echo, greet } from "./calls.ts";
import { checkContent, chunk, decodeUint32, encodeCount, parts } from "./content.ts";

async function serve(handle: (connection: Connection) => Promise<void>): Promise<number> {
  const server = await listen({ host: "127.0.0.1", port: 0 });
  void (async () => {
    for (;;) void handle(await server.accept());
  })();
  return server.address.port;
}

async function sink(connection: Connection): Promise<void> {
  let received = 0;
  for (let bytes: Uint8Array | null; (bytes = await connection.read()) !== null;) {
    checkContent(bytes, received);
    received += bytes.byteLength;
  }
  await connection.write(encodeCount(received));
  await connection.close();
}

async function source(connection: Connection): Promise<void> {
  const request = await connection.read();
  if (request !== null) { for (let left = decodeUint32(request); left > 0; left--) await connection.write(chunk); }
  await connection.close();
}

async function pipeline(connection: Connection): Promise<void> {
  while (await connection.read() !== null) {
    let last: Promise<void> | undefined;
    for (const part of parts) last = connection.write(part);
    await last;
  }
  await connection.close();
}

export const tasks = {
  echo: () => serve(echo),
  sink: () => serve(sink),
  source: () => serve(source),
  pipeline: () => serve(pipeline),
  accept: () => serve(greet),
};
