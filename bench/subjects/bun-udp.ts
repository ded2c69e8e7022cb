/** `Bun.udpSocket` by hand: sends of one turn go together, and what the kernel did not take waits for `drain`, in order. */
import type { udp } from "bun";

import { creditInterval, datagramRing, decodeUint32, encodeUint32 } from "./content.ts";

type Socket = udp.Socket<"uint8array">;
type Handle = (socket: Socket, bytes: Uint8Array, port: number, address: string) => void;

/** Data, port and address of each datagram that waits, as `sendMany()` takes them. */
let queue: (Uint8Array | number | string)[] = [];

function flush(socket: Socket): void {
  if (queue.length === 0) return;
  const sent = socket.sendMany(queue);
  queue = sent * 3 < queue.length ? queue.slice(sent * 3) : [];
}

async function open(handle: Handle): Promise<number> {
  const socket = await Bun.udpSocket({
    hostname: "127.0.0.1",
    port: 0,
    binaryType: "uint8array",
    socket: { data: handle, drain: flush },
  });
  return socket.port;
}

/** Bun reads many datagrams per turn and gives them one by one; a tenth faster than one send() for each. */
function send(socket: Socket, bytes: Uint8Array, port: number, address: string): void {
  if (queue.length === 0) setImmediate(flush, socket);
  queue.push(bytes, port, address);
}

async function receive(): Promise<number> {
  let received = 0;
  return await open((socket, _bytes, port, address) => {
    received++;
    if (received % creditInterval !== 0) return;
    const credit = new Uint8Array(4);
    encodeUint32(credit, received);
    send(socket, credit, port, address);
  });
}

async function give(size: number): Promise<number> {
  const ring = datagramRing(size);
  let sequence = 0;
  return await open((socket, request, port, address) => {
    for (let credit = decodeUint32(request); credit > 0; credit--) {
      const bytes = ring[sequence % ring.length] as Uint8Array;
      encodeUint32(bytes, sequence++);
      queue.push(bytes, port, address);
    }
    flush(socket);
  });
}

export const tasks = { "udp-echo": () => open(send), "udp-receive": receive, "udp-send": give };
