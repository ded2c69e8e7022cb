/** `Deno.listen` by hand. */
import { checkContent, chunk, decodeUint32, encodeCount, greeting, parts, whole } from "./content.ts";
import { deno, type DenoConn } from "./deno.ts";

async function serve(handle: (conn: DenoConn) => Promise<void>): Promise<number> {
  const listener = deno.listen({ hostname: "127.0.0.1", port: 0 });
  void (async () => {
    for (;;) void handle(await listener.accept());
  })();
  return listener.addr.port;
}

/** The rest of a write that the kernel took in part. */
async function writeRest(conn: DenoConn, bytes: Uint8Array, sent: number): Promise<void> {
  while (sent < bytes.byteLength) sent += await conn.write(bytes.subarray(sent));
}

async function echo(conn: DenoConn): Promise<void> {
  conn.setNoDelay(true);
  const buffer = new Uint8Array(16_384);
  for (let count: number | null; (count = await conn.read(buffer)) !== null;) {
    const bytes = buffer.subarray(0, count);
    const sent = await conn.write(bytes);
    if (sent < count) await writeRest(conn, bytes, sent);
  }
  conn.close();
}

async function sink(conn: DenoConn): Promise<void> {
  const buffer = new Uint8Array(262_144);
  let received = 0;
  for (let count: number | null; (count = await conn.read(buffer)) !== null;) {
    checkContent(buffer, received);
    received += count;
  }
  await writeRest(conn, encodeCount(received), 0);
  conn.close();
}

async function source(conn: DenoConn): Promise<void> {
  const request = new Uint8Array(4);
  if (await conn.read(request) !== null) {
    for (let left = decodeUint32(request); left > 0; left--) {
      const sent = await conn.write(chunk);
      if (sent < chunk.byteLength) await writeRest(conn, chunk, sent);
    }
  }
  conn.close();
}

async function pipeline(conn: DenoConn): Promise<void> {
  conn.setNoDelay(true);
  const request = new Uint8Array(64);
  while (await conn.read(request) !== null) {
    const sent = await Promise.all(parts.map((part) => conn.write(part)));
    if (sent.some((count, index) => count !== parts[index]?.byteLength)) throw new Error("a small write was cut");
  }
  conn.close();
}

async function joined(conn: DenoConn): Promise<void> {
  conn.setNoDelay(true);
  const request = new Uint8Array(64);
  while (await conn.read(request) !== null) await writeRest(conn, whole, 0);
  conn.close();
}

async function greet(conn: DenoConn): Promise<void> {
  await conn.write(greeting);
  conn.close();
}

export const tasks = {
  echo: () => serve(echo),
  sink: () => serve(sink),
  source: () => serve(source),
  pipeline: () => serve(pipeline),
  "pipeline-joined": () => serve(joined),
  accept: () => serve(greet),
};
