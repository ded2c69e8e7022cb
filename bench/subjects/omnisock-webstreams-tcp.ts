/** omnisock through its Web Streams views. */
import type { Connection } from "omnisock";

import { checkContent, chunk, decodeUint32, encodeCount } from "./content.ts";
import { serve } from "./omnisock-serve.ts";

async function echo(connection: Connection): Promise<void> {
  await connection.readable.pipeTo(connection.writable);
  await connection.close();
}

async function sink(connection: Connection): Promise<void> {
  const reader = connection.readable.getReader();
  let received = 0;
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    checkContent(next.value, received);
    received += next.value.byteLength;
  }
  const writer = connection.writable.getWriter();
  await writer.write(encodeCount(received));
  await writer.close();
  await connection.close();
}

async function source(connection: Connection): Promise<void> {
  const { value: request } = await connection.readable.getReader().read();
  const writer = connection.writable.getWriter();
  if (request !== undefined) {
    for (let left = decodeUint32(request); left > 0; left--) {
      await writer.ready;
      void writer.write(chunk);
    }
  }
  await writer.close();
  await connection.close();
}

export const tasks = { echo: () => serve(echo), sink: () => serve(sink), source: () => serve(source) };
