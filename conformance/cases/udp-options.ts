/** Options of UDP sockets, read back from the kernel. */
import type { DatagramSocket } from "omnisock";

import type { Case, Context } from "../harness/case.js";
import { equal, refuses, rejects, throws } from "../harness/expect.js";
import { sysctl } from "../harness/sysctl.js";
import { loopbacks } from "../harness/tcp.js";
import { openUdp } from "../harness/udp.js";

function asked(t: Context, udp: DatagramSocket, level: string, name: string): Promise<number> {
  return t.kernel.option(udp.address.port, { level, name });
}

export const cases: readonly Case[] = [
  {
    id: "udp.options/broadcast",
    level: "SHOULD",
    assertion: "SO_BROADCAST is off by default, and broadcast switches it, given to bind() or set later",
    source: "Linux socket(7)",
    env: ["kernel", "root"],
    async run(t) {
      const udp = await openUdp(t);
      equal(await asked(t, udp, "SOL_SOCKET", "SO_BROADCAST"), 0, "SO_BROADCAST by default");
      udp.setOption("broadcast", true);
      equal(await asked(t, udp, "SOL_SOCKET", "SO_BROADCAST"), 1, "SO_BROADCAST after setOption(true)");
      udp.setOption("broadcast", false);
      equal(await asked(t, udp, "SOL_SOCKET", "SO_BROADCAST"), 0, "SO_BROADCAST after setOption(false)");
      equal(
        await asked(t, await openUdp(t, { host: "127.0.0.1", broadcast: true }), "SOL_SOCKET", "SO_BROADCAST"),
        1,
        "SO_BROADCAST with bind({ broadcast: true })",
      );
    },
  },
  {
    id: "udp.options/ttl",
    level: "SHOULD",
    assertion: "ttl reaches IP_TTL from 1 to 255, given to bind() or set later; 0 and 256 are RangeErrors",
    source: "RFC 1122 §4.1.4; Linux ip(7)",
    env: ["kernel", "root"],
    async run(t) {
      equal(
        await asked(t, await openUdp(t, { host: "127.0.0.1", ttl: 17 }), "IPPROTO_IP", "IP_TTL"),
        17,
        "IP_TTL with bind({ ttl: 17 })",
      );
      const udp = await openUdp(t);
      for (const ttl of [1, 255, 33]) {
        udp.setOption("ttl", ttl);
        equal(await asked(t, udp, "IPPROTO_IP", "IP_TTL"), ttl, `IP_TTL after setOption(${ttl})`);
      }
      for (const ttl of [0, 256, -1, 1.5]) {
        throws(() => udp.setOption("ttl", ttl), { name: "RangeError" }, `ttl ${ttl}`);
      }
      equal(await asked(t, udp, "IPPROTO_IP", "IP_TTL"), 33, "IP_TTL after the wrong values");
    },
  },
  {
    id: "udp.options/bad-type",
    level: "MUST",
    surface: "omnisock",
    assertion: "A value of a wrong type and a name of no option are TypeErrors, to setOption() and to bind()",
    source: "omnisock errors",
    async run(t) {
      const udp = await openUdp(t);
      const wrong = [
        ["ttl", "64"],
        ["ttl", null],
        ["ttl", true],
        ["ttl", 64n],
        ["multicastTtl", "1"],
        ["multicastTtl", {}],
        ["broadcast", 1],
        ["broadcast", "true"],
        ["broadcast", null],
        ["multicastLoopback", 0],
        ["multicastInterface", 1],
      ] as const;
      for (const [name, value] of wrong) {
        const what = `${name}: ${String(value)}`;
        await refuses(() => udp.setOption(name, value as never), { name: "TypeError" }, `setOption ${what}`);
        await rejects(t.sockets.bind({ host: "127.0.0.1", [name]: value }), { name: "TypeError" }, `bind with ${what}`);
      }
      for (const name of ["noSuchOption", "nodelay", "toString", "__proto__"]) {
        throws(() => udp.setOption(name as "ttl", 1), { name: "TypeError" }, `setOption ${name}`);
      }
    },
  },
  {
    id: "udp.options/dontfrag",
    level: "MAY",
    assertion:
      "Path MTU discovery is the system's unless `mtuDiscover` says otherwise, and other names for it are TypeErrors",
    source: "RFC 8085 §3.2; Linux ip(7)",
    env: ["kernel", "proc", "root"],
    async run(t) {
      const udp = await openUdp(t);
      for (const name of ["dontFragment", "dontfrag", "pathMtuDiscovery"]) {
        throws(() => udp.setOption(name as "ttl", 1), { name: "TypeError", message: name }, `setOption ${name}`);
        const binding = t.sockets.bind({ host: "127.0.0.1", [name]: true });
        await rejects(binding, { name: "TypeError", message: name }, `bind with ${name}`);
      }
      const system = sysctl("ipv4/ip_no_pmtu_disc") === 0 ? 1 : 0;
      const value = await asked(t, udp, "IPPROTO_IP", "IP_MTU_DISCOVER");
      equal(value, system, "IP_MTU_DISCOVER");
      t.info(value);
    },
  },
  {
    id: "udp.options/recverr",
    level: "INFO",
    assertion: "IP_RECVERR and IPV6_RECVERR: whether a socket is told of the ICMP errors that any of its peers caused",
    source: "Linux ip(7), ipv6(7)",
    env: ["kernel", "root", "ipv6"],
    async run(t) {
      const v4 = await asked(t, await openUdp(t), "IPPROTO_IP", "IP_RECVERR");
      const v6 = await asked(t, await openUdp(t, { host: "::1" }), "IPPROTO_IPV6", "IPV6_RECVERR");
      t.info(`ipv4 ${v4}, ipv6 ${v6}`);
    },
  },
  {
    id: "udp.options/checksum-default",
    level: "MUST",
    assertion: "UDP checksums are on: SO_NO_CHECK is off, bound or connected, for both families",
    source: "RFC 1122 §4.1.3.4; RFC 8085 §3.4",
    env: ["kernel", "root"],
    async run(t) {
      for (const host of await loopbacks(t)) {
        const udp = await openUdp(t, { host });
        equal(await asked(t, udp, "SOL_SOCKET", "SO_NO_CHECK"), 0, `SO_NO_CHECK at ${host}`);
        if (!t.sockets.supports("udp.connect").supported) continue;
        await t.within(2000, "connect", udp.connect((await t.peer.bind({ host, port: 0 })).address));
        equal(await asked(t, udp, "SOL_SOCKET", "SO_NO_CHECK"), 0, `SO_NO_CHECK at ${host} when connected`);
      }
    },
  },
  {
    id: "udp.options/reuse-default",
    level: "INFO",
    assertion: "SO_REUSEADDR and SO_REUSEPORT of a socket that was not told otherwise",
    source: "Linux socket(7)",
    env: ["kernel", "root"],
    async run(t) {
      const udp = await openUdp(t);
      const address = await asked(t, udp, "SOL_SOCKET", "SO_REUSEADDR");
      const port = await asked(t, udp, "SOL_SOCKET", "SO_REUSEPORT");
      t.info(`SO_REUSEADDR ${address}, SO_REUSEPORT ${port}`);
    },
  },
];
