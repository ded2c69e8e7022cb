/** Datagrams over a cable: broadcast, and a network that is slower than the program. */
import type { Case } from "../harness/case.js";
import { bytesEqual, equal, ok, settles, show } from "../harness/expect.js";
import { endpoint } from "../harness/tcp.js";
import { openUdp } from "../harness/udp.js";

export const cases: readonly Case[] = [
  {
    id: "udp.send/broadcast-link",
    level: "SHOULD",
    assertion: "A directed broadcast, and one to 255.255.255.255 from a bound address, reach another host on the link",
    source: "RFC 919; Linux ip(7), SO_BROADCAST",
    env: ["netns", "veth"],
    async run(t) {
      const { near, distant, far } = await t.network.link();
      const receiver = await far.bind({ host: "0.0.0.0", port: 0 });
      const udp = await openUdp(t, { host: near.ipv4[0], broadcast: true });
      for (const host of [distant.broadcast, "255.255.255.255"]) {
        await t.within(2_000, "send", udp.send(host, { host, port: receiver.address.port }));
        const { data, from } = await t.within(2_000, "arrival", receiver.receive());
        bytesEqual(data, host, "datagram received");
        equal(from, endpoint(udp.address), "its sender");
      }
    },
  },
  {
    id: "udp.send/would-block",
    level: "MUST",
    assertion:
      "While the network takes no more, send() waits or rejects with ENOBUFS or EAGAIN; the kernel has what resolved",
    source: "POSIX send(), EAGAIN; Linux udp(7)",
    env: ["netns", "veth", "tbf", "proc"],
    deadline: 10_000,
    async run(t) {
      const { near, distant, far, shape } = await t.network.link();
      const receiver = await far.bind({ host: distant.ipv4[0], port: 0 });
      const udp = await openUdp(t, { host: near.ipv4[0] });
      const full = await t.kernel.counter("Udp.SndbufErrors");
      // A full send buffer comes before a full queue.
      await shape({ rate: 1_000_000, queue: 8_000_000 });
      const before = await t.kernel.counter("Udp.OutDatagrams");
      const sends = Array.from({ length: 150 }, () => settles(udp.send(new Uint8Array(1_400), receiver.address)));
      const ended = await t.within(5_000, "every send", Promise.all(sends));
      const refused = ended.filter((end) => end.status === "rejected");
      const odd = refused.find(({ reason }) => !["ENOBUFS", "EAGAIN"].includes(reason.code ?? ""));
      ok(odd === undefined, `a send rejected with ${show(odd?.reason)}`);
      const taken = await t.kernel.counter("Udp.OutDatagrams") - before;
      equal(taken, ended.length - refused.length, "datagrams that the kernel took, against sends that resolved");
      ok(await t.kernel.counter("Udp.SndbufErrors") > full, "the send buffer was full");
      await t.within(2_000, "arrival", receiver.receive());
    },
  },
];
