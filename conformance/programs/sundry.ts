/**
 * Does with sockets of every kind what it is told on stdin, and prints each command when it is done. `sundry.js PORT PATH`
 * `open`: a listener, a UDP socket, a Unix listener, a client of each and their accepted ends. `use`: every way in which a
 * connection can end, and attempts that fail. `close`: closes what is open.
 */
import type { Connection, DatagramSocket, Listener } from "omnisock";

import { args, sockets } from "../harness/program.js";
import { leaveInput, nextLine } from "../harness/stdin.js";

const { bind, connect, listen, supports } = sockets;
const host = "127.0.0.1";
const [silent = "", path = ""] = args;
const held: (Connection | DatagramSocket | Listener)[] = [];

const commands: Readonly<Record<string, () => Promise<void>>> = {
  async open() {
    const tcp = await listen({ host });
    const unix = await listen({ path });
    const udp = await bind({ host });
    held.push(
      tcp,
      unix,
      udp,
      ...await Promise.all([connect({ host, port: tcp.address.port }), tcp.accept(), connect({ path }), unix.accept()]),
    );
    await udp.send("to itself", { host, port: udp.address.port });
    await udp.receive();
  },
  async use() {
    const server = await listen({ host });
    const at = { host, port: server.address.port };
    for (let round = 0; round < 20; round++) {
      const [client, accepted] = await Promise.all([connect(at), server.accept()]);
      await client.write("question");
      await accepted.read();
      await endings[round % endings.length]?.(client, accepted);
      await Promise.allSettled([client.closed, accepted.closed]);
    }
    await connect({ host, port: Number(silent), timeout: 20 }).catch(() => {});
    await connect({ path: `${path}.missing` }).catch(() => {});
    await listen(at).catch(() => {});
    // One that nobody accepts.
    const left = await connect(at);
    await server.close();
    await left.close();
  },
  async close() {
    await Promise.all(held.splice(0).map((one) => one.close()));
  },
};

const endings: readonly ((one: Connection, other: Connection) => Promise<unknown>)[] = [
  (one, other) => Promise.all([one.close(), other.close()]),
  (one, other) => Promise.all([one.shutdown("write"), other.shutdown("write"), one.read(), other.read()]),
  async (one, other) => {
    if (supports("tcp.reset").supported) await other.reset();
    else await Promise.all([other.close(), one.close()]);
    await one.read().catch(() => {});
  },
  async (one, other) => {
    await one.close();
    for await (const _ of other);
    await other[Symbol.asyncDispose]();
  },
];

console.log("ready");
for (let command = await nextLine(); command !== undefined && command !== "leave"; command = await nextLine()) {
  await commands[command]?.();
  console.log(command);
}
leaveInput();
