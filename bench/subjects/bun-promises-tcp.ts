/** `Bun.listen` with the least that gives promises: no bound, no error, no end of one direction. */
import type { Socket } from "bun";

import { Box, echo, greet, type Stream } from "./calls.ts";

class SocketStream implements Stream {
  readonly #socket: Socket<SocketStream>;
  readonly arrived: Box<Uint8Array | null> = new Box();
  closed: (() => void) | undefined;

  constructor(socket: Socket<SocketStream>) {
    this.#socket = socket;
  }

  read(): Promise<Uint8Array | null> {
    return this.arrived.take();
  }

  write(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve) => {
      if (this.#socket.write(bytes) !== bytes.byteLength) throw new Error("the kernel did not take all");
      resolve();
    });
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.closed = resolve;
      this.#socket.end();
    });
  }
}

async function serve(handle: (stream: Stream) => Promise<void>): Promise<number> {
  const accepted = new Box<Stream>();
  void (async () => {
    for (;;) void handle(await accepted.take());
  })();
  const listener = Bun.listen<SocketStream>({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      binaryType: "uint8array",
      open(socket) {
        socket.data = new SocketStream(socket);
        accepted.put(socket.data);
      },
      data: ({ data: stream }, bytes: Uint8Array) => stream.arrived.put(bytes),
      close: ({ data: stream }) => {
        stream.arrived.put(null);
        stream.closed?.();
      },
    },
  });
  return listener.port;
}

export const tasks = { echo: () => serve(echo), accept: () => serve(greet) };
