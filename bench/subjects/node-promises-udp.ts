/** `node:dgram` with the least that gives promises. */
import dgram from "node:dgram";
import type { RemoteInfo, Socket } from "node:dgram";

import { Box, type Datagrams, datagramTasks } from "./calls.ts";

interface Received {
  readonly data: Uint8Array;
  readonly from: RemoteInfo;
}

class SocketDatagrams implements Datagrams<RemoteInfo> {
  readonly #socket: Socket;
  readonly #arrived = new Box<Received>();

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("message", (data, from) => this.#arrived.put({ data, from }));
  }

  receive(): Promise<Received> {
    return this.#arrived.take();
  }

  send(data: Uint8Array, { port, address }: RemoteInfo): Promise<void> {
    return new Promise((resolve) => this.#socket.send(data, port, address, () => resolve()));
  }
}

function open(serve: (socket: Datagrams<RemoteInfo>) => Promise<void>): Promise<number> {
  const socket = dgram.createSocket({ type: "udp4", lookup: (address, _options, found) => found(null, address, 4) });
  void serve(new SocketDatagrams(socket));
  return new Promise((resolve) => socket.bind({ port: 0, address: "127.0.0.1" }, () => resolve(socket.address().port)));
}

export const tasks = datagramTasks(open);
