/**
 * Multicast over the loopback interface. Each case takes a group of its own: Linux gives a datagram to every socket on the
 * port as long as any socket of the host is a member.
 */
import type { Case, Context } from "../harness/case.js";
import { bytesEqual, equal, throws } from "../harness/expect.js";
import { openUdp } from "../harness/udp.js";

const through = { interface: "127.0.0.1" };

function someGroup(): string {
  const byte = (): number => 1 + Math.floor(Math.random() * 254);
  return `239.${byte()}.${byte()}.${byte()}`;
}

/** For adapters without multicast: the call that says so. */
async function refuse(t: Context): Promise<void> {
  (await openUdp(t, {})).join("239.1.2.3", through);
}

const needed = { needs: ["udp.multicast"], refusal: refuse } as const;

export const cases: readonly Case[] = [
  {
    id: "udp.multicast/join-recv",
    level: "MUST",
    assertion: "After join() datagrams to the group are received",
    source: "RFC 1112; RFC 3493 §5.2",
    ...needed,
    async run(t) {
      const udp = await openUdp(t, {});
      const peer = await t.peer.bind({ host: "127.0.0.1", port: 0 });
      const to = { host: someGroup(), port: udp.address.port };
      await peer.send("before", to);
      udp.join(to.host, through);
      await peer.send("after", to);
      const { data, from } = await t.within(2000, "receive", udp.receive());
      bytesEqual(data, "after", "first datagram received");
      equal(from, { family: "ipv4", ...peer.address }, "sender");
    },
  },
  {
    id: "udp.multicast/leave-stops",
    level: "MUST",
    assertion: "After leave() datagrams to the group are received no more, others are",
    source: "RFC 1112",
    ...needed,
    async run(t) {
      const udp = await openUdp(t, {});
      const { port } = udp.address;
      const peer = await t.peer.bind({ host: "127.0.0.1", port: 0 });
      const [left, kept] = [someGroup(), someGroup()];
      udp.join(left, through);
      udp.join(kept, through);
      await peer.send("joined", { host: left, port });
      bytesEqual((await t.within(2000, "receive", udp.receive())).data, "joined", "datagram to the group");
      udp.leave(left, through);
      await peer.send("left", { host: left, port });
      await peer.send("kept", { host: kept, port });
      bytesEqual((await t.within(2000, "receive", udp.receive())).data, "kept", "next datagram received");
      udp.join(left, through);
      await peer.send("joined again", { host: left, port });
      bytesEqual(
        (await t.within(2000, "receive", udp.receive())).data,
        "joined again",
        "datagram after the second join()",
      );
    },
  },
  {
    id: "udp.multicast/join-twice",
    level: "SHOULD",
    assertion: "A second join() of the same group is EADDRINUSE and leaves the membership as it is",
    source: "Linux ip(7)",
    ...needed,
    async run(t) {
      const udp = await openUdp(t, {});
      const to = { host: someGroup(), port: udp.address.port };
      udp.join(to.host, through);
      throws(() => udp.join(to.host, through), {
        name: "SocketError",
        code: "EADDRINUSE",
        members: { operation: "join" },
      }, "the second join");
      const peer = await t.peer.bind({ host: "127.0.0.1", port: 0 });
      await peer.send("member", to);
      bytesEqual((await t.within(2000, "receive", udp.receive())).data, "member", "datagram to the group");
    },
  },
  {
    id: "udp.multicast/leave-unjoined",
    level: "SHOULD",
    assertion: "leave() of a group that was not joined, or was left already, is EADDRNOTAVAIL",
    source: "Linux ip(7)",
    ...needed,
    async run(t) {
      const udp = await openUdp(t, {});
      const group = someGroup();
      const none = { name: "SocketError", code: "EADDRNOTAVAIL", members: { operation: "leave" } };
      throws(() => udp.leave(group, through), none, "leave without join");
      udp.join(group, through);
      udp.leave(group, through);
      throws(() => udp.leave(group, through), none, "the second leave");
    },
  },
  {
    id: "udp.multicast/non-multicast",
    level: "MUST",
    assertion: "A group that is no multicast address is a RangeError, one that is no string a TypeError",
    source: "Linux ip(7), EINVAL",
    async run(t) {
      const udp = await openUdp(t, {});
      for (
        const group of [
          "10.0.0.1",
          "223.255.255.255",
          "240.0.0.1",
          "255.255.255.255",
          "::1",
          "fe80::1",
          "all-hosts",
          "",
        ]
      ) {
        throws(() => udp.join(group, through), { name: "RangeError" }, `join ${group}`);
        throws(() => udp.leave(group, through), { name: "RangeError" }, `leave ${group}`);
      }
      for (const group of [undefined, null, 1, {}]) {
        throws(() => udp.join(group as unknown as string), { name: "TypeError" }, `join ${String(group)}`);
      }
      throws(
        () => udp.join("239.1.2.3", { interface: "eth 0" }),
        { name: "RangeError" },
        "an interface that is no address",
      );
      throws(() => udp.join("239.1.2.3", { iface: "127.0.0.1" } as object), { name: "TypeError" }, "an unknown option");
    },
  },
  {
    id: "udp.multicast/ttl",
    level: "SHOULD",
    assertion: "multicastTtl reaches IP_MULTICAST_TTL from 0 to 255; the default is 1",
    source: "RFC 3493 §5.2; Linux ip(7)",
    env: ["kernel", "root"],
    async run(t) {
      const udp = await openUdp(t);
      const ttl = (): Promise<number> =>
        t.kernel.option(udp.address.port, { level: "IPPROTO_IP", name: "IP_MULTICAST_TTL" });
      equal(await ttl(), 1, "IP_MULTICAST_TTL by default");
      for (const value of [0, 255, 7]) {
        udp.setOption("multicastTtl", value);
        equal(await ttl(), value, `IP_MULTICAST_TTL after setOption(${value})`);
      }
      for (const value of [-1, 256]) {
        throws(() => udp.setOption("multicastTtl", value), { name: "RangeError" }, `multicastTtl ${value}`);
      }
    },
  },
  {
    id: "udp.multicast/loop",
    level: "SHOULD",
    assertion: "multicastLoopback is on by default, and switches IP_MULTICAST_LOOP, given to bind() or set later",
    source: "RFC 3493 §5.2; Linux ip(7)",
    env: ["kernel", "root"],
    async run(t) {
      const name = { level: "IPPROTO_IP", name: "IP_MULTICAST_LOOP" };
      const udp = await openUdp(t);
      equal(await t.kernel.option(udp.address.port, name), 1, "IP_MULTICAST_LOOP by default");
      udp.setOption("multicastLoopback", false);
      equal(await t.kernel.option(udp.address.port, name), 0, "IP_MULTICAST_LOOP after setOption(false)");
      const quiet = await openUdp(t, { host: "127.0.0.1", multicastLoopback: false });
      equal(
        await t.kernel.option(quiet.address.port, name),
        0,
        "IP_MULTICAST_LOOP with bind({ multicastLoopback: false })",
      );
    },
  },
  {
    id: "udp.multicast/two-receivers",
    level: "SHOULD",
    assertion: "Two sockets that share port and group with reuseAddress both get each datagram",
    source: "RFC 1112",
    ...needed,
    async run(t) {
      const first = await openUdp(t, { reuseAddress: true });
      const second = await openUdp(t, { port: first.address.port, reuseAddress: true });
      const to = { host: someGroup(), port: first.address.port };
      first.join(to.host, through);
      second.join(to.host, through);
      const peer = await t.peer.bind({ host: "127.0.0.1", port: 0 });
      for (const text of ["one", "two"]) {
        await peer.send(text, to);
        for (const udp of [first, second]) {
          bytesEqual((await t.within(2000, "receive", udp.receive())).data, text, `datagram ${text}`);
        }
      }
    },
  },
];
