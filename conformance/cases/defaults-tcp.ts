/** Defaults of TCP sockets: what the kernel has for a socket that was told nothing. */
import type { Case } from "../harness/case.js";
import { clientEnds } from "../harness/tcp.js";
import { across, client, everyTcp, inKernel as env, listener, option, summary } from "../harness/specimen.js";
import { orSystem, sizeClass, sysctl } from "../harness/sysctl.js";

export const cases: readonly Case[] = [
  {
    id: "defaults/tcp-receive-buffer",
    level: "INFO",
    assertion: "SO_RCVBUF of TCP sockets that have received nothing, as a class",
    source: "Linux tcp(7), tcp_rmem",
    env,
    async run(t) {
      const system = sysctl("ipv4/tcp_rmem", 1);
      t.info(await across(t, await everyTcp(t), "SOL_SOCKET SO_RCVBUF", (size) => sizeClass(size, system)));
    },
  },
  {
    id: "defaults/tcp-send-buffer",
    level: "INFO",
    assertion: "SO_SNDBUF of TCP listeners, which the kernel does not grow by itself, as a class",
    source: "Linux tcp(7), tcp_wmem",
    env,
    async run(t) {
      t.info(sizeClass(await option(t, await listener(t), "SOL_SOCKET SO_SNDBUF"), sysctl("ipv4/tcp_wmem", 1)));
    },
  },
  {
    id: "defaults/tcp-ttl",
    level: "INFO",
    assertion: "IP_TTL of TCP sockets",
    source: "Linux ip(7), ip_default_ttl",
    env,
    async run(t) {
      const system = sysctl("ipv4/ip_default_ttl");
      t.info(await across(t, await everyTcp(t), "IPPROTO_IP IP_TTL", (ttl) => orSystem(ttl, system)));
    },
  },
  {
    id: "defaults/tcp-hops",
    level: "INFO",
    assertion: "IPV6_UNICAST_HOPS of TCP sockets",
    source: "Linux ipv6(7)",
    env: [...env, "ipv6"],
    async run(t) {
      const system = sysctl("ipv6/conf/lo/hop_limit");
      t.info(
        await across(t, await everyTcp(t, "::1"), "IPPROTO_IPV6 IPV6_UNICAST_HOPS", (hops) => orSystem(hops, system)),
      );
    },
  },
  {
    id: "defaults/tcp-tos",
    level: "INFO",
    assertion: "IP_TOS of TCP sockets",
    source: "RFC 2474; Linux ip(7)",
    env,
    run: async (t) => t.info(await across(t, await everyTcp(t), "IPPROTO_IP IP_TOS")),
  },
  {
    id: "defaults/tcp-traffic-class",
    level: "INFO",
    assertion: "IPV6_TCLASS of TCP sockets",
    source: "RFC 3542 §6.5",
    env: [...env, "ipv6"],
    run: async (t) => t.info(await across(t, await everyTcp(t, "::1"), "IPPROTO_IPV6 IPV6_TCLASS")),
  },
  {
    id: "defaults/tcp-priority",
    level: "INFO",
    assertion: "SO_PRIORITY of TCP sockets",
    source: "Linux socket(7)",
    env,
    run: async (t) => t.info(await across(t, await everyTcp(t), "SOL_SOCKET SO_PRIORITY")),
  },
  {
    id: "defaults/tcp-keepalive-probes",
    level: "INFO",
    assertion: "Idle time, interval and count of keepalive probes once keepAlive is on, against the system's",
    source: "RFC 9293 §3.8.4; Linux tcp(7)",
    env,
    async run(t) {
      const { conn } = await clientEnds(t, { keepAlive: true });
      const socket = { name: "client", port: conn.localAddress.port };
      const told = async (name: string, setting: string): Promise<string> =>
        orSystem(await option(t, socket, `IPPROTO_TCP ${name}`), sysctl(`ipv4/${setting}`));
      const idle = await told("TCP_KEEPIDLE", "tcp_keepalive_time");
      const interval = await told("TCP_KEEPINTVL", "tcp_keepalive_intvl");
      const count = await told("TCP_KEEPCNT", "tcp_keepalive_probes");
      t.info(`idle: ${idle}, interval: ${interval}, count: ${count}`);
    },
  },
  {
    id: "defaults/tcp-keepalive-idle-probes",
    level: "INFO",
    assertion: "Interval and count of keepalive probes when only the idle time is given, against the system's",
    source: "Linux tcp(7); libuv uv_tcp_keepalive()",
    env,
    needs: ["tcp.keepAliveIdle"],
    refusal: (t) => clientEnds(t, { keepAlive: { idle: 60_000 } }),
    async run(t) {
      const { conn } = await clientEnds(t, { keepAlive: { idle: 60_000 } });
      const socket = { name: "client", port: conn.localAddress.port };
      const interval = await option(t, socket, "IPPROTO_TCP TCP_KEEPINTVL");
      const count = await option(t, socket, "IPPROTO_TCP TCP_KEEPCNT");
      t.info(summary([
        ["interval", orSystem(interval, sysctl("ipv4/tcp_keepalive_intvl"))],
        ["count", orSystem(count, sysctl("ipv4/tcp_keepalive_probes"))],
      ]));
    },
  },
  {
    id: "defaults/tcp-linger",
    level: "INFO",
    assertion: "SO_LINGER of TCP sockets: whether close(2) waits or resets",
    source: "POSIX setsockopt(), SO_LINGER",
    env,
    run: async (t) =>
      t.info(await across(t, await everyTcp(t), "SOL_SOCKET SO_LINGER", (on) => on === 0 ? "off" : "on")),
  },
  {
    id: "defaults/tcp-fin-timeout",
    level: "INFO",
    assertion: "TCP_LINGER2 of TCP sockets: how long an orphan stays in FIN-WAIT-2",
    source: "Linux tcp(7)",
    env,
    async run(t) {
      const system = sysctl("ipv4/tcp_fin_timeout");
      t.info(await across(t, await everyTcp(t), "IPPROTO_TCP TCP_LINGER2", (time) => orSystem(time, system)));
    },
  },
  {
    id: "defaults/tcp-reuse-address",
    level: "INFO",
    assertion: "SO_REUSEADDR of TCP sockets",
    source: "POSIX setsockopt(), SO_REUSEADDR",
    env,
    run: async (t) => t.info(await across(t, await everyTcp(t), "SOL_SOCKET SO_REUSEADDR")),
  },
  {
    id: "defaults/tcp-reuse-port",
    level: "INFO",
    assertion: "SO_REUSEPORT of TCP sockets",
    source: "Linux socket(7)",
    env,
    run: async (t) => t.info(await across(t, await everyTcp(t), "SOL_SOCKET SO_REUSEPORT")),
  },
  {
    id: "defaults/tcp-quick-ack",
    level: "INFO",
    assertion: "TCP_QUICKACK of connections that have carried nothing",
    source: "Linux tcp(7)",
    env,
    run: async (t) => t.info(await option(t, await client(t), "IPPROTO_TCP TCP_QUICKACK")),
  },
  {
    id: "defaults/tcp-cork",
    level: "INFO",
    assertion: "TCP_CORK of TCP sockets",
    source: "Linux tcp(7)",
    env,
    run: async (t) => t.info(await across(t, await everyTcp(t), "IPPROTO_TCP TCP_CORK")),
  },
  {
    id: "defaults/tcp-user-timeout",
    level: "INFO",
    assertion: "TCP_USER_TIMEOUT of TCP sockets; 0 is the system's time",
    source: "RFC 5482; Linux tcp(7)",
    env,
    run: async (t) => t.info(await across(t, await everyTcp(t), "IPPROTO_TCP TCP_USER_TIMEOUT")),
  },
  {
    id: "defaults/tcp-syn-retries",
    level: "INFO",
    assertion: "TCP_SYNCNT of connecting sockets: how often a SYN is repeated before ETIMEDOUT",
    source: "Linux tcp(7), tcp_syn_retries",
    env,
    async run(t) {
      t.info(orSystem(await option(t, await client(t), "IPPROTO_TCP TCP_SYNCNT"), sysctl("ipv4/tcp_syn_retries")));
    },
  },
  {
    id: "defaults/tcp-defer-accept",
    level: "INFO",
    assertion: "TCP_DEFER_ACCEPT of listeners: whether a connection is accepted before its first byte",
    source: "Linux tcp(7)",
    env,
    run: async (t) => t.info(await option(t, await listener(t), "IPPROTO_TCP TCP_DEFER_ACCEPT")),
  },
  {
    id: "defaults/tcp-fast-open",
    level: "INFO",
    assertion: "TCP_FASTOPEN of listeners and TCP_FASTOPEN_CONNECT of clients",
    source: "RFC 7413; Linux tcp(7)",
    env,
    async run(t) {
      const queue = await option(t, await listener(t), "IPPROTO_TCP TCP_FASTOPEN");
      const connect = await option(t, await client(t), "IPPROTO_TCP TCP_FASTOPEN_CONNECT");
      t.info(`listener: ${queue}, client: ${connect}`);
    },
  },
  {
    id: "defaults/tcp-urgent-inline",
    level: "INFO",
    assertion: "SO_OOBINLINE of connections: whether urgent bytes are part of the stream",
    source: "POSIX setsockopt(), SO_OOBINLINE; RFC 6093",
    env,
    run: async (t) => t.info(await across(t, await everyTcp(t), "SOL_SOCKET SO_OOBINLINE")),
  },
  {
    id: "defaults/tcp-path-mtu",
    level: "INFO",
    assertion: "IP_MTU_DISCOVER of TCP sockets; 1 is path MTU discovery, the system's default",
    source: "RFC 1191; Linux ip(7)",
    env,
    run: async (t) => t.info(await across(t, await everyTcp(t), "IPPROTO_IP IP_MTU_DISCOVER")),
  },
];
