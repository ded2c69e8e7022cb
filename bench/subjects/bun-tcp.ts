/** `Bun.listen` by hand: what `write()` did not take waits for `drain`, and nothing is read meanwhile. */
import type { Socket, SocketHandler } from "bun";

import { checkContent, chunk, decodeUint32, encodeCount, greeting, parts, whole } from "./content.ts";

interface State {
  /** What the kernel has not taken. */
  pending: Uint8Array | undefined;
  received: number;
  /** Chunks to send. */
  left: number;
}

type Handlers = SocketHandler<State, "uint8array">;

async function serve(handlers: Omit<Handlers, "binaryType" | "data"> & Partial<Handlers>): Promise<number> {
  const listener = Bun.listen<State>({
    hostname: "127.0.0.1",
    port: 0,
    allowHalfOpen: true,
    socket: {
      binaryType: "uint8array",
      data() {},
      end: (socket) => void socket.end(),
      ...handlers,
      open(socket) {
        socket.data = { pending: undefined, received: 0, left: 0 };
        handlers.open?.(socket);
      },
    } as SocketHandler<State>,
  });
  return listener.port;
}

/** True when the kernel has all of it. */
function send(socket: Socket<State>, bytes: Uint8Array): boolean {
  const sent = socket.write(bytes);
  if (sent === bytes.byteLength) return true;
  if (sent < 0) throw new Error("the connection is gone");
  socket.data.pending = bytes.subarray(sent);
  return false;
}

/** True when nothing waits any more. */
function flush(socket: Socket<State>): boolean {
  const { pending } = socket.data;
  if (pending === undefined) return true;
  socket.data.pending = undefined;
  return send(socket, pending);
}

const echo = {
  data(socket: Socket<State>, bytes: Uint8Array): void {
    if (!send(socket, bytes)) socket.pause();
  },
  drain(socket: Socket<State>): void {
    if (socket.data.pending !== undefined && flush(socket)) socket.resume();
  },
};

const sink = {
  data({ data: state }: Socket<State>, bytes: Uint8Array): void {
    checkContent(bytes, state.received);
    state.received += bytes.byteLength;
  },
  end(socket: Socket<State>): void {
    if (!send(socket, encodeCount(socket.data.received))) throw new Error("no room for eight bytes");
    socket.end();
  },
};

const source = {
  data(socket: Socket<State>, request: Uint8Array): void {
    socket.data.left = decodeUint32(request);
    sendChunks(socket);
  },
  drain(socket: Socket<State>): void {
    if (socket.data.pending !== undefined && flush(socket)) sendChunks(socket);
  },
};

function sendChunks(socket: Socket<State>): void {
  const { data: state } = socket;
  while (state.left > 0) {
    state.left--;
    if (!send(socket, chunk)) return;
  }
  socket.end();
}

const pipeline = {
  data(socket: Socket<State>): void {
    for (const part of parts) if (!send(socket, part)) throw new Error("a small write was cut");
  },
};

const joined = {
  data(socket: Socket<State>): void {
    if (!send(socket, whole)) throw new Error("a small write was cut");
  },
};

const greet = {
  open(socket: Socket<State>): void {
    socket.end(greeting);
  },
};

export const tasks = {
  echo: () => serve(echo),
  sink: () => serve(sink),
  source: () => serve(source),
  pipeline: () => serve(pipeline),
  "pipeline-joined": () => serve(joined),
  accept: () => serve(greet),
};
