/** `Deno.listenDatagram` with `for await`: Deno then takes a new buffer of 64 KiB for every datagram. */
import { deno } from "./deno.ts";

async function echo(): Promise<number> {
  const socket = deno.listenDatagram({ hostname: "127.0.0.1", port: 0, transport: "udp" });
  void (async () => {
    for await (const [bytes, from] of socket) await socket.send(bytes, from);
  })();
  return socket.addr.port;
}

export const tasks = { "udp-echo": echo };
