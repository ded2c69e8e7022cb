/** Multicast between two hosts, and the memberships that the kernel has. */
import type { DatagramSocket } from "omnisock";

import type { Case, Context } from "../harness/case.js";
import { bytesEqual, equal, throws } from "../harness/expect.js";
import type { Link } from "../harness/network.js";
import { staysPending } from "../harness/traffic.js";
import { openUdp } from "../harness/udp.js";

const soon = 2_000;
const group = "239.77.66.55";
const group6 = "ff02::6f6d:1";
const specific = "232.77.66.55";

/** How many sockets are members of a group, by interface. */
async function members(t: Context, address: string): Promise<Readonly<Record<string, number>>> {
  const rows = (await t.kernel.groups()).filter((row) => row.group === address);
  return Object.fromEntries(rows.map((row) => [row.interface, row.users]));
}

const needed = {
  needs: ["udp.multicast"],
  refusal: async (t: Context): Promise<void> => (await openUdp(t, {})).join(group),
} as const;

export const cases: readonly Case[] = [
  {
    id: "udp.multicast/interface",
    level: "SHOULD",
    assertion: "`multicastInterface` chooses the interface that groups are sent through",
    source: "RFC 3493 §5.2; Linux ip(7), IP_MULTICAST_IF",
    ...needed,
    env: ["netns", "veth", "ipv6"],
    async run(t) {
      const { near, distant, far } = await t.network.link();
      for (const family of ["ipv4", "ipv6"] as const) {
        const [any, to] = family === "ipv4" ? ["0.0.0.0", group] : ["::", group6];
        const [cable, here] = family === "ipv4" ? [near.ipv4[0], "127.0.0.1"] : [`::%${near.name}`, "::%lo"];
        const there = await far.bind({ host: any, port: 0 });
        await there.join(to, distant.index);
        const { port } = there.address;
        const local = await t.peer.bind({ host: any, port });
        await local.join(to, 1);
        for (const [through, receiver, text] of [[cable, there, "cable"], [here, local, "loopback"]] as const) {
          const udp = await openUdp(t, { host: any, multicastInterface: through });
          await t.within(soon, "send", udp.send(`${family} ${text}`, { host: to, port }));
          const { data } = await t.within(soon, `arrival through ${through}`, receiver.receive());
          bytesEqual(data, `${family} ${text}`, "datagram received");
        }
      }
    },
  },
  {
    id: "udp.multicast/v6-join",
    level: "SHOULD",
    assertion:
      "An IPv6 group is joined on the interface given by name, by index or as the group's zone, on no other, and on none that does not exist",
    source: "RFC 3493 §5.2; RFC 4007 §11",
    ...needed,
    env: ["netns", "veth", "ipv6", "proc"],
    async run(t) {
      const { near, distant, far } = await t.network.link();
      const sender = await far.bind({ host: "::", port: 0 }, { through: distant.index });
      // Without a choice it would be loopback.
      const ways: readonly ((udp: DatagramSocket) => void)[] = [
        (udp) => udp.join(group6, { interface: near.name }),
        (udp) => udp.join(group6, { interface: `${near.index}` }),
        (udp) => udp.join(`${group6}%${near.name}`),
        (udp) => udp.join(`${group6}%${near.index}`),
      ];
      for (const [i, join] of ways.entries()) {
        const udp = await openUdp(t, { host: "::" });
        join(udp);
        equal(await members(t, group6), { [near.name]: 1 }, `members, way ${i}`);
        await sender.send(`way ${i}`, { host: group6, port: udp.address.port });
        bytesEqual((await t.within(soon, "receive", udp.receive())).data, `way ${i}`, "datagram received");
        await udp.close();
      }
      const udp = await openUdp(t, { host: "::" });
      for (const none of ["absent0", "4711"]) {
        const wrong = { name: "SocketError", code: ["ENODEV", "EADDRNOTAVAIL"] };
        throws(() => udp.join(group6, { interface: none }), wrong, `join on ${none}`);
      }
      equal(await members(t, group6), {}, "members after the joins that failed");
    },
  },
  {
    id: "udp.multicast/ssm",
    level: "MAY",
    assertion: "join() with `source` gives that source's datagrams alone, until leave()",
    source: "RFC 3678 §4.1.2; RFC 4607",
    needs: ["udp.sourceMulticast"],
    refusal: async (t) => (await openUdp(t, {})).join(specific, { source: "198.51.100.2" }),
    env: ["netns", "veth"],
    async run(t) {
      const { near, distant, far } = await t.network.link();
      const [wanted, other] = distant.ipv4;
      const through = { through: distant.index };
      const udp = await openUdp(t, {});
      const to = { host: specific, port: udp.address.port };
      const [right, wrong] = [
        await far.bind({ host: wanted, port: 0 }, through),
        await far.bind({ host: other, port: 0 }, through),
      ];
      const membership = { interface: near.ipv4[0], source: wanted };
      udp.join(specific, membership);
      await wrong.send("wrong source", to);
      await right.send("right source", to);
      const { data, from } = await t.within(soon, "receive", udp.receive());
      bytesEqual(data, "right source", "first datagram received");
      equal(from.host, wanted, "its sender");
      udp.leave(specific, membership);
      await right.send("too late", to);
      equal(await staysPending(udp.receive({ timeout: 150 }), 100), true, "nothing comes after leave()");
    },
  },
  {
    id: "udp.multicast/close-leaves",
    level: "SHOULD",
    assertion: "close() ends the socket's memberships in the kernel",
    source: "RFC 1112; Linux ip(7), IP_ADD_MEMBERSHIP",
    ...needed,
    env: ["netns", "veth", "ipv6", "proc"],
    async run(t) {
      const { near } = await t.network.link();
      const four = await openUdp(t, {});
      four.join(group, { interface: near.ipv4[0] });
      const six = await openUdp(t, { host: "::" });
      six.join(group6, { interface: near.name });
      for (const [udp, address] of [[four, group], [six, group6]] as const) {
        equal(await members(t, address), { [near.name]: 1 }, `members of ${address}`);
        await t.within(soon, "close", udp.close());
        await t.until(soon, "no member", async () => Object.keys(await members(t, address)).length === 0);
      }
    },
  },
  {
    id: "udp.multicast/controller-state",
    level: "SHOULD",
    assertion: "The kernel's memberships are those of the joins and leaves, by interface and by socket",
    source: "RFC 3376 §4; Linux ip(7), IP_ADD_MEMBERSHIP",
    ...needed,
    env: ["netns", "veth", "proc"],
    async run(t) {
      const { near } = await t.network.link();
      const through = (link: Link["near"]): { readonly interface: string } => ({ interface: link.ipv4[0] });
      const [first, second] = [await openUdp(t, {}), await openUdp(t, {})];
      equal(await members(t, group), {}, "members before");
      first.join(group, through(near));
      equal(await members(t, group), { [near.name]: 1 }, "after one join");
      second.join(group, through(near));
      equal(await members(t, group), { [near.name]: 2 }, "after a join of another socket");
      first.join(group, { interface: "127.0.0.1" });
      equal(await members(t, group), { lo: 1, [near.name]: 2 }, "after a join on another interface");
      first.leave(group, through(near));
      equal(await members(t, group), { lo: 1, [near.name]: 1 }, "after leaving one interface");
      second.leave(group, through(near));
      first.leave(group, { interface: "127.0.0.1" });
      equal(await members(t, group), {}, "after leaving all");
    },
  },
];
