/** omnisock with `for await`, over the listener and over each connection. */
import type { Connection } from "omnisock";

import { greet } from "./calls.ts";
import { checkContent, chunk, decodeUint32, encodeCount } from "./content.ts";
import { serve } from "./omnisock-serve.ts";

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

export const tasks = {
  echo: () => serve(echo),
  sink: () => serve(sink),
  source: () => serve(source),
  accept: () => serve(greet),
};
