/** `node:dgram` by hand. */
import dgram from "node:dgram";
import type { RemoteInfo, Socket } from "node:dgram";

import { creditInterval, datagramRing, decodeUint32, encodeUint32 } from "./content.ts";

function open(handle: (socket: Socket, bytes: Uint8Array, from: RemoteInfo) => void): Promise<number> {
  const socket = dgram.createSocket({
    type: "udp4",
    // An address needs no look-up, and this one does not wait for a turn of the loop.
    lookup: (address, _options, found) => found(null, address, 4),
  });
  socket.on("message", (bytes, from) => handle(socket, bytes, from));
  return new Promise((resolve) => socket.bind({ port: 0, address: "127.0.0.1" }, () => resolve(socket.address().port)));
}

async function receive(): Promise<number> {
  let received = 0;
  return await open((socket, _bytes, { port, address }) => {
    received++;
    if (received % creditInterval !== 0) return;
    const credit = new Uint8Array(4);
    encodeUint32(credit, received);
    socket.send(credit, port, address);
  });
}

async function send(size: number): Promise<number> {
  const ring = datagramRing(size);
  let sequence = 0;
  return await open((socket, request, { port, address }) => {
    for (let credit = decodeUint32(request); credit > 0; credit--) {
      const bytes = ring[sequence % ring.length] as Uint8Array;
      encodeUint32(bytes, sequence++);
      socket.send(bytes, port, address);
    }
  });
}

export const tasks = {
  "udp-echo": () => open((socket, bytes, { port, address }) => socket.send(bytes, port, address)),
  "udp-receive": receive,
  "udp-send": send,
};
