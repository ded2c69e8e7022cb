/** Link-local addresses, which mean nothing without their zone. */
import type { Case } from "../harness/case.js";
import { bytesEqual, equal, ok } from "../harness/expect.js";
import { endpoint, soon } from "../harness/tcp.js";
import { openUdp } from "../harness/udp.js";

export const cases: readonly Case[] = [
  {
    id: "address/v6-scope",
    level: "SHOULD",
    assertion:
      "A link-local address with its zone, as name or as index, can be listened on, connected to and sent to, and is reported with its zone",
    source: "RFC 4007 §11; RFC 3493 §3.3",
    env: ["netns", "veth", "ipv6"],
    async run(t) {
      const { near, distant, far } = await t.network.link();
      const zones = [near.name, `${near.index}`];
      const theirs = await far.listen({ host: `${distant.linkLocal}%${distant.index}`, port: 0 });
      for (const zone of zones) {
        const server = await t.within(soon, "listen", t.sockets.listen({ host: `${near.linkLocal}%${zone}`, port: 0 }));
        t.defer(() => server.close());
        ok(zones.includes(server.address.scopeId ?? ""), `zone of the listener's address: ${server.address.scopeId}`);
        const peer = await far.connect({ host: `${near.linkLocal}%${distant.index}`, port: server.address.port });
        const accepted = await t.within(soon, "accept", server.accept());
        t.defer(() => accepted.reset());
        ok(
          zones.includes(accepted.remoteAddress.scopeId ?? ""),
          `zone of the accepted connection's peer: ${accepted.remoteAddress.scopeId}`,
        );
        await peer.send("in");
        bytesEqual(await t.within(soon, "read", accepted.read()), "in", "bytes from the peer");

        const to = { host: `${distant.linkLocal}%${zone}`, port: endpoint(theirs.address).port };
        const conn = await t.within(soon, "connect", t.sockets.connect(to));
        t.defer(() => conn.reset());
        equal(conn.remoteAddress.host, distant.linkLocal, "whom the connection is to");
        ok(
          zones.includes(conn.localAddress.scopeId ?? ""),
          `zone of the connection's own address: ${conn.localAddress.scopeId}`,
        );

        const receiver = await far.bind({ host: `${distant.linkLocal}%${distant.index}`, port: 0 }, {
          through: distant.index,
        });
        const udp = await openUdp(t, { host: "::" });
        await t.within(
          soon,
          "send",
          udp.send("out", { host: `${distant.linkLocal}%${zone}`, port: receiver.address.port }),
        );
        bytesEqual((await t.within(soon, "arrival", receiver.receive())).data, "out", "datagram to the peer");
        await receiver.send("back", { host: `${near.linkLocal}%${distant.index}`, port: udp.address.port });
        const { from } = await t.within(soon, "receive", udp.receive());
        ok(zones.includes(from.scopeId ?? ""), `zone of the datagram's sender: ${from.scopeId}`);
      }
    },
  },
];
