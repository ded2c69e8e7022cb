/** Defaults of UDP sockets: what the kernel has for a socket that was told nothing. */
import type { Case } from "../harness/case.js";
import { inKernel as env, option, summary, udp } from "../harness/specimen.js";
import { orSystem, sizeClass, sysctl } from "../harness/sysctl.js";

export const cases: readonly Case[] = [
  {
    id: "defaults/udp-buffers",
    level: "INFO",
    assertion: "SO_RCVBUF and SO_SNDBUF of UDP sockets, as classes",
    source: "Linux socket(7), rmem_default, wmem_default",
    env,
    async run(t) {
      const socket = await udp(t);
      const receive = sizeClass(await option(t, socket, "SOL_SOCKET SO_RCVBUF"), sysctl("core/rmem_default"));
      const send = sizeClass(await option(t, socket, "SOL_SOCKET SO_SNDBUF"), sysctl("core/wmem_default"));
      t.info(summary([["receive", receive], ["send", send]]));
    },
  },
  {
    id: "defaults/udp-ttl",
    level: "INFO",
    assertion: "IP_TTL and IPV6_UNICAST_HOPS of UDP sockets",
    source: "Linux ip(7), ip_default_ttl",
    env: [...env, "ipv6"],
    async run(t) {
      const ttl = await option(t, await udp(t), "IPPROTO_IP IP_TTL");
      const hops = await option(t, await udp(t, "::1"), "IPPROTO_IPV6 IPV6_UNICAST_HOPS");
      t.info(summary([
        ["ipv4", orSystem(ttl, sysctl("ipv4/ip_default_ttl"))],
        ["ipv6", orSystem(hops, sysctl("ipv6/conf/lo/hop_limit"))],
      ]));
    },
  },
  {
    id: "defaults/udp-tos",
    level: "INFO",
    assertion: "IP_TOS and IPV6_TCLASS of UDP sockets",
    source: "RFC 2474; RFC 3542 §6.5",
    env: [...env, "ipv6"],
    async run(t) {
      t.info(summary([
        ["ipv4", await option(t, await udp(t), "IPPROTO_IP IP_TOS")],
        ["ipv6", await option(t, await udp(t, "::1"), "IPPROTO_IPV6 IPV6_TCLASS")],
      ]));
    },
  },
  {
    id: "defaults/udp-multicast-ttl",
    level: "INFO",
    assertion: "IP_MULTICAST_TTL and IPV6_MULTICAST_HOPS of UDP sockets",
    source: "RFC 1112 §6.1; RFC 3493 §5.2",
    env: [...env, "ipv6"],
    async run(t) {
      t.info(summary([
        ["ipv4", await option(t, await udp(t), "IPPROTO_IP IP_MULTICAST_TTL")],
        ["ipv6", await option(t, await udp(t, "::1"), "IPPROTO_IPV6 IPV6_MULTICAST_HOPS")],
      ]));
    },
  },
  {
    id: "defaults/udp-multicast-loop",
    level: "INFO",
    assertion: "IP_MULTICAST_LOOP and IPV6_MULTICAST_LOOP of UDP sockets",
    source: "RFC 1112 §6.1; RFC 3493 §5.2",
    env: [...env, "ipv6"],
    async run(t) {
      t.info(summary([
        ["ipv4", await option(t, await udp(t), "IPPROTO_IP IP_MULTICAST_LOOP")],
        ["ipv6", await option(t, await udp(t, "::1"), "IPPROTO_IPV6 IPV6_MULTICAST_LOOP")],
      ]));
    },
  },
  {
    id: "defaults/udp-multicast-all",
    level: "INFO",
    assertion: "IP_MULTICAST_ALL of UDP sockets: 1 receives datagrams to groups that only other sockets joined",
    source: "Linux ip(7)",
    env,
    run: async (t) => t.info(await option(t, await udp(t), "IPPROTO_IP IP_MULTICAST_ALL")),
  },
  {
    id: "defaults/udp-broadcast",
    level: "INFO",
    assertion: "SO_BROADCAST of UDP sockets",
    source: "POSIX setsockopt(), SO_BROADCAST",
    env,
    run: async (t) => t.info(await option(t, await udp(t), "SOL_SOCKET SO_BROADCAST")),
  },
  {
    id: "defaults/udp-control-data",
    level: "INFO",
    assertion:
      "Which of the data beside a datagram the kernel is asked for: destination, TTL, TOS, time, count of drops",
    source: "Linux ip(7), socket(7)",
    env,
    async run(t) {
      const socket = await udp(t);
      const asked: string[] = [];
      for (
        const which of [
          "IPPROTO_IP IP_PKTINFO",
          "IPPROTO_IP IP_RECVTTL",
          "IPPROTO_IP IP_RECVTOS",
          "SOL_SOCKET SO_TIMESTAMP",
          "SOL_SOCKET SO_RXQ_OVFL",
        ]
      ) {
        if (await option(t, socket, which) !== 0) asked.push(which.split(" ")[1] ?? which);
      }
      t.info(asked.length === 0 ? "none" : asked.join(", "));
    },
  },
  {
    id: "defaults/udp-offload",
    level: "INFO",
    assertion: "UDP_GRO, UDP_SEGMENT and UDP_CORK of UDP sockets",
    source: "Linux udp(7)",
    env,
    async run(t) {
      const socket = await udp(t);
      t.info(summary([
        ["UDP_GRO", await option(t, socket, "IPPROTO_UDP UDP_GRO")],
        ["UDP_SEGMENT", await option(t, socket, "IPPROTO_UDP UDP_SEGMENT")],
        ["UDP_CORK", await option(t, socket, "IPPROTO_UDP UDP_CORK")],
      ]));
    },
  },
];
