/** `node:net` with the least that gives promises: no bound, no error, no end of one direction. */
import net from "node:net";
import type { AddressInfo, Socket } from "node:net";

import { Box, echo, greet, type Stream } from "./calls.ts";

class SocketStream implements Stream {
  readonly #socket: Socket;
  readonly #arrived = new Box<Uint8Array | null>();

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("data", (bytes: Buffer) => this.#arrived.put(bytes));
    socket.on("end", () => this.#arrived.put(null));
  }

  read(): Promise<Uint8Array | null> {
    return this.#arrived.take();
  }

  write(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve) => this.#socket.write(bytes, () => resolve()));
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#socket.once("close", () => resolve());
      this.#socket.destroySoon();
    });
  }
}

async function serve(handle: (stream: Stream) => Promise<void>): Promise<number> {
  const accepted = new Box<Stream>();
  const server = net.createServer({ noDelay: true }, (socket) => accepted.put(new SocketStream(socket)));
  void (async () => {
    for (;;) void handle(await accepted.take());
  })();
  return await new Promise((resolve) =>
    server.listen({ port: 0, host: "127.0.0.1", backlog: 511 }, () => resolve((server.address() as AddressInfo).port))
  );
}

export const tasks = { echo: () => serve(echo), accept: () => serve(greet) };
