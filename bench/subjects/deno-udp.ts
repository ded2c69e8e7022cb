/** `Deno.listenDatagram` by hand, each datagram into the same buffer. */
import { creditInterval, datagramRing, decodeUint32, encodeUint32 } from "./content.ts";
import { deno, type DenoAddress, type DenoDatagrams } from "./deno.ts";

async function open(
  handle: (socket: DenoDatagrams, bytes: Uint8Array, from: DenoAddress) => Promise<unknown> | undefined,
): Promise<number> {
  const socket = deno.listenDatagram({ hostname: "127.0.0.1", port: 0, transport: "udp" });
  void (async () => {
    const buffer = new Uint8Array(65_507);
    for (;;) {
      const [bytes, from] = await socket.receive(buffer);
      const sending = handle(socket, bytes, from);
      if (sending !== undefined) await sending;
    }
  })();
  return socket.addr.port;
}

async function receive(): Promise<number> {
  let received = 0;
  const credit = new Uint8Array(4);
  return await open((socket, _bytes, from) => {
    received++;
    if (received % creditInterval !== 0) return undefined;
    encodeUint32(credit, received);
    return socket.send(credit, from);
  });
}

async function send(size: number): Promise<number> {
  const ring = datagramRing(size);
  let sequence = 0;
  return await open((socket, request, from) => {
    const sends = Array.from({ length: decodeUint32(request) }, () => {
      const bytes = ring[sequence % ring.length] as Uint8Array;
      encodeUint32(bytes, sequence++);
      return socket.send(bytes, from);
    });
    return Promise.all(sends);
  });
}

export const tasks = {
  "udp-echo": () => open((socket, bytes, from) => socket.send(bytes, from)),
  "udp-receive": receive,
  "udp-send": send,
};
