/** A sample for authors; it goes when the groups are there. */
import type { Case } from "../harness/case.js";
import { bytesEqual, rejects } from "../harness/expect.js";

export const cases: readonly Case[] = [
  {
    id: "sample/echo",
    level: "MUST",
    assertion: "What a raw peer gets is what was written",
    source: "RFC 9293 §3.8",
    async run(t) {
      const listener = await t.peer.listen({ host: "127.0.0.1", port: 0 });
      const conn = await t.within(1000, "connect", t.sockets.connect(listener.address as { host: string; port: number }));
      t.defer(() => conn.close());
      const far = await listener.accept();
      await conn.write("hello");
      bytesEqual((await far.receive(5)).data, "hello", "what the peer got");
    },
  },
  {
    id: "sample/refused",
    level: "MUST",
    assertion: "A closed port refuses",
    source: "RFC 9293 §3.10.7.1",
    async run(t) {
      const port = await t.peer.closedPort();
      await rejects(t.within(1000, "connect", t.sockets.connect({ host: "127.0.0.1", port })), { code: "ECONNREFUSED" }, "connect to a closed port");
    },
  },
  {
    id: "sample/value",
    level: "INFO",
    assertion: "The size of the answer",
    source: "none",
    env: ["kernel"],
    async run(t) {
      t.info((await t.kernel.descriptors()) > 0);
    },
  },
];
