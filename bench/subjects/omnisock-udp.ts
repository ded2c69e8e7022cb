/** omnisock with calls: `receive`, `send`. */
import { bind, type DatagramSocket } from "omnisock";

import { creditInterval, datagramRing, decodeUint32, encodeUint32 } from "./content.ts";

async function open(serve: (socket: DatagramSocket) => Promise<void>): Promise<number> {
  const socket = await bind({ host: "127.0.0.1", port: 0 });
  void serve(socket);
  return socket.address.port;
}

/** Does not wait for each send, as the native programs do not. */
async function echo(socket: DatagramSocket): Promise<void> {
  for (;;) {
    const { data, from } = await socket.receive();
    void socket.send(data, from);
  }
}

async function receive(socket: DatagramSocket): Promise<void> {
  for (let received = 1;; received++) {
    const { from } = await socket.receive();
    if (received % creditInterval !== 0) continue;
    const credit = new Uint8Array(4);
    encodeUint32(credit, received);
    void socket.send(credit, from);
  }
}

async function send(socket: DatagramSocket, size: number): Promise<void> {
  const ring = datagramRing(size);
  let sequence = 0;
  for (;;) {
    const { data, from } = await socket.receive();
    let last: Promise<void> | undefined;
    for (let credit = decodeUint32(data); credit > 0; credit--) {
      const bytes = ring[sequence % ring.length] as Uint8Array;
      encodeUint32(bytes, sequence++);
      last = socket.send(bytes, from);
    }
    await last;
  }
}

export const tasks = {
  "udp-echo": () => open(echo),
  "udp-receive": () => open(receive),
  "udp-send": (size: number) => open((socket) => send(socket, size)),
};
