/** omnisock with `for await`, each send waited for. */
import { bind } from "omnisock";

async function echo(): Promise<number> {
  const socket = await bind({ host: "127.0.0.1", port: 0 });
  void (async () => {
    for await (const { data, from } of socket) await socket.send(data, from);
  })();
  return socket.address.port;
}

export const tasks = { "udp-echo": echo };
