/** Writes seen on the wire, and writes into a network that has gone. */
import type { Case } from "../harness/case.js";
import { sleep } from "../harness/context.js";
import { bytesEqual, equal, rejects, show } from "../harness/expect.js";
import { distinct, sentBy } from "../harness/segments.js";
import { endpoint, soon } from "../harness/tcp.js";
import { ends, kernelRows } from "../harness/traffic.js";

export const cases: readonly Case[] = [
  {
    id: "tcp.write/wire-coalesced",
    level: "SHOULD",
    assertion:
      "Small writes of one turn leave in one segment although noDelay is on; with `cork: false` each leaves by itself",
    source: "omnisock guarantee 10",
    env: ["netns"],
    async run(t) {
      for (const [options, segments] of [[{}, 1], [{ cork: false }, 20]] as const) {
        const { conn, far } = await ends(t, "client", options);
        const capture = await t.network.capture({ port: conn.localAddress.port });
        const texts = Array.from({ length: 20 }, (_, i) => `line ${i}\n`);
        await t.within(soon, "20 writes", Promise.all(texts.map((text) => conn.write(text))));
        bytesEqual((await far.receive(texts.join("").length)).data, texts.join(""), "bytes that the peer got");
        const ours = distinct(sentBy(await capture.segments(), conn.localAddress)).filter(({ length }) => length > 0);
        equal(ours.length, segments, `segments with ${show(options)}`);
      }
    },
  },
  {
    id: "tcp.write/peer-vanishes",
    level: "MUST",
    assertion:
      "When the peer is silent for good after a write, the kernel's end of patience is an error of reads and of `closed`, never EOF",
    source: "RFC 9293 §3.8.3 (R2, MUST-20); Linux tcp(7), tcp_retries2",
    env: ["netns", "veth"],
    deadline: 20_000,
    async run(t) {
      const link = await t.network.link();
      const listener = await link.far.listen({ host: link.distant.ipv4[0], port: 0 });
      const conn = await t.within(soon, "connect", t.sockets.connect(endpoint(listener.address)));
      t.defer(() => conn.reset());
      await listener.accept();
      await t.network.sysctl("net.ipv4.tcp_retries2", 2);
      await link.setUp(false);
      const reading = conn.read();
      await t.within(soon, "write", conn.write("into the void"));
      const gone = { name: "SocketError", code: ["ETIMEDOUT", "EHOSTUNREACH"] };
      await t.within(15_000, "the kernel's end", rejects(reading, gone, "the read that waited"));
      await t.within(soon, "closed", rejects(conn.closed, gone, "closed"));
      await t.within(soon, "write", rejects(conn.write("x"), gone, "a later write"));
    },
  },
  {
    id: "tcp.write/link-returns",
    level: "MUST",
    assertion: "A network that is gone for a moment costs time only: every byte arrives when it is back",
    source: "RFC 9293 §3.8; omnisock guarantee 1",
    env: ["netns", "veth", "proc"],
    deadline: 10_000,
    async run(t) {
      const link = await t.network.link();
      const listener = await link.far.listen({ host: link.distant.ipv4[0], port: 0 });
      const conn = await t.within(soon, "connect", t.sockets.connect(endpoint(listener.address)));
      t.defer(() => conn.reset());
      const far = await listener.accept();
      await link.setUp(false);
      await t.within(soon, "write", conn.write("patience"));
      await sleep(300);
      const held = async (): Promise<boolean> => (await kernelRows(t, conn)).ours?.sendQueue === 8;
      await t.until(soon, "the kernel holds the bytes that nobody acknowledged", held);
      await link.setUp(true);
      bytesEqual((await t.within(8_000, "arrival", far.receive(8))).data, "patience", "what the peer got");
      await far.send("here");
      bytesEqual(await t.within(soon, "read", conn.read()), "here", "what comes back");
    },
  },
];
