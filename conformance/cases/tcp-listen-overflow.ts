/** A listener's full queue, seen from the connecting side. */
import type { Case } from "../harness/case.js";
import { equal } from "../harness/expect.js";
import { openings } from "../harness/segments.js";
import { endpoint } from "../harness/tcp.js";
import { staysPending } from "../harness/traffic.js";

export const cases: readonly Case[] = [
  {
    id: "tcp.listen/overflow",
    level: "INFO",
    assertion:
      "What connect() does while the listener's queue is full, and when there is room again, without and with tcp_abort_on_overflow",
    source: "Linux listen(2); tcp(7), tcp_abort_on_overflow",
    env: ["netns"],
    deadline: 10_000,
    async run(t) {
      const told: string[] = [];
      for (const abort of [0, 1]) {
        await t.network.sysctl("net.ipv4.tcp_abort_on_overflow", abort);
        const listener = await t.peer.listen({ host: "127.0.0.1", port: 0 }, { backlog: 0 });
        const { host, port } = endpoint(listener.address);
        await t.peer.connect({ host, port });
        const capture = await t.network.capture({ port });
        const connecting = t.sockets.connect({ host, port });
        const waited = await staysPending(connecting, 150);
        equal(openings(await capture.segments()).length, 1, "SYNs sent");
        await listener.accept();
        const conn = await t.within(4_000, "connect", connecting);
        await conn.close();
        told.push(waited ? "waits, then connects" : "connects at once");
      }
      t.info([...new Set(told)].join("; "));
    },
  },
];
