/** `node:net` by hand. */
import net from "node:net";
import type { AddressInfo, ServerOpts, Socket } from "node:net";

import { checkContent, chunk, decodeUint32, encodeCount, greeting, parts } from "./content.ts";

function serve(options: ServerOpts, handle: (socket: Socket) => void): Promise<number> {
  const server = net.createServer({ noDelay: true, ...options }, handle);
  return new Promise((resolve) =>
    server.listen({ port: 0, host: "127.0.0.1", backlog: 511 }, () => resolve((server.address() as AddressInfo).port))
  );
}

function echo(socket: Socket): void {
  socket.on("data", (bytes: Buffer) => {
    if (!socket.write(bytes)) socket.pause();
  });
  socket.on("drain", () => socket.resume());
}

function sink(socket: Socket): void {
  let received = 0;
  socket.on("data", (bytes: Buffer) => {
    checkContent(bytes, received);
    received += bytes.byteLength;
  });
  socket.on("end", () => socket.end(encodeCount(received)));
}

function source(socket: Socket): void {
  socket.once("data", (request: Buffer) => {
    let left = decodeUint32(request);
    const send = (): void => {
      while (left > 0) {
        left--;
        if (!socket.write(chunk)) return;
      }
      socket.end();
    };
    socket.on("drain", send);
    send();
  });
}

function pipeline(socket: Socket): void {
  socket.on("data", () => {
    for (const part of parts) socket.write(part);
  });
}

function joined(socket: Socket): void {
  socket.on("data", () => {
    socket.cork();
    for (const part of parts) socket.write(part);
    socket.uncork();
  });
}

function greet(socket: Socket): void {
  socket.write(greeting);
  socket.destroySoon();
}

export const tasks = {
  echo: () => serve({}, echo),
  sink: () => serve({ allowHalfOpen: true }, sink),
  // More than one chunk under way: libuv then writes several with one writev(2).
  source: () => serve({ highWaterMark: 16 * chunk.byteLength }, source),
  pipeline: () => serve({}, pipeline),
  "pipeline-joined": () => serve({}, joined),
  accept: () => serve({}, greet),
};
