/** What options do: timers, limits and addresses that only a socket with the option has. */
import type { Feature } from "omnisock";

import type { Case, Context } from "../harness/case.js";
import { equal, ok, rejects, settles, within } from "../harness/expect.js";
import { optionEnvironment, reads } from "../harness/option-sockets.js";
import {
  acceptedEnds,
  bothRoles,
  clientEnds,
  connected,
  endpoint,
  listening,
  peerListener,
  soon,
} from "../harness/tcp.js";
import { openUdp } from "../harness/udp.js";

const env = optionEnvironment;
const host = "127.0.0.1";

type Given = readonly (readonly [option: string, value: unknown])[];

/** Given to `listen()`, which is refused where it is missing. */
function needing(...options: Given): Pick<Case, "needs" | "refusal"> {
  return {
    needs: options.map(([option]) => `tcp.${option}` as Feature),
    refusal: (t) => t.sockets.listen({ host, ...Object.fromEntries(options) }),
  };
}

/** The same, and in force before bind(2) or connect(2). */
function needingEarly(...options: Given): Pick<Case, "needs" | "refusal"> {
  const { needs = [], ...rest } = needing(...options);
  return { ...rest, needs: [...needs, "options.early"] };
}

/** Nobody has these addresses (RFC 5737, RFC 3849). */
const nobodys = ["203.0.113.7", "2001:db8:ffff::7"] as const;

/** A listener and a UDP socket at an address of nobody, with the option and without. */
async function bindsAnywhere(t: Context, option: "freebind" | "transparent"): Promise<void> {
  for (const address of nobodys) {
    const unavailable = { name: "SocketError", code: "EADDRNOTAVAIL" };
    for (const call of ["listen", "bind"] as const) {
      const open = t.sockets[call] as unknown as (options: object) => Promise<{
        readonly address: { readonly host: string };
        close(): Promise<void>;
      }>;
      const socket = await t.within(soon, call, open({ host: address, [option]: true }));
      t.defer(() => socket.close());
      equal(socket.address.host, address, `address of ${call} with ${option}`);
      await rejects(t.within(soon, call, open({ host: address })), unavailable, `${call} without ${option}`);
    }
  }
}

/** A time of keep-alive and where it is in the kernel. */
const times = [
  ["keepAliveIdle", "TCP_KEEPIDLE", 11_000, 11],
  ["keepAliveInterval", "TCP_KEEPINTVL", 7_000, 7],
  ["keepAliveCount", "TCP_KEEPCNT", 5, 5],
] as const;

async function timesOf(t: Context, port: number): Promise<Record<string, number>> {
  const found: Record<string, number> = {};
  for (const [, name] of times) found[name] = await t.kernel.option(port, { level: "IPPROTO_TCP", name });
  return found;
}

export const cases: readonly Case[] = [
  {
    id: "options/keepalive-timers",
    level: "MUST",
    assertion:
      "keepAlive with idle, interval and count, and userTimeout, given to connect() or listen(), are in force: ss(8) shows the timer, the kernel has each of them",
    source: "RFC 9293 §3.8.4; Linux tcp(7); ss(8)",
    env: [...env, "ss"],
    ...needingEarly(["keepAliveInterval", 3_000], ["keepAliveCount", 4], ["userTimeout", 20_000]),
    async run(t) {
      const options = { keepAlive: { idle: 10_000, interval: 3_000, count: 4 }, userTimeout: 20_000 };
      for (const role of bothRoles) {
        const { conn } = role === "client" ? await clientEnds(t, options) : await acceptedEnds(t, options);
        const { port } = conn.localAddress;
        const line = (await t.kernel.ss(port)).find((one) => one.startsWith("ESTAB")) ?? "";
        // 10 s are "10sec", 9.996 s are "9.996ms".
        const [, left = ""] = /timer:\(keepalive,(\d+sec|\d+\.\d+ms),0\)/.exec(line) ?? [];
        within(Number.parseFloat(left), 6, 10, `seconds to the first probe of the ${role}`);
        equal(await timesOf(t, port), { TCP_KEEPIDLE: 10, TCP_KEEPINTVL: 3, TCP_KEEPCNT: 4 }, `times of the ${role}`);
        const name = "TCP_USER_TIMEOUT";
        equal(await t.kernel.option(port, { level: "IPPROTO_TCP", name }), 20_000, `${name} of the ${role}`);
      }
    },
  },
  {
    id: "options/keepalive-each",
    level: "MUST",
    assertion:
      "Setting one of keepAliveIdle, keepAliveInterval and keepAliveCount, or one member of keepAlive, changes none of the other two",
    source: "Linux tcp(7)",
    env,
    ...needing(["keepAliveIdle", 10_000], ["keepAliveInterval", 3_000], ["keepAliveCount", 4]),
    async run(t) {
      for (const role of bothRoles) {
        const { conn } = await connected(t, role);
        const { port } = conn.localAddress;
        let expected = await timesOf(t, port);
        for (const [option, name, value, kernel] of times) {
          ok(expected[name] !== kernel, `${name} was another value before`);
          conn.setOption(option, value);
          expected = { ...expected, [name]: kernel };
          equal(await timesOf(t, port), expected, `times of the ${role} after ${option}`);
        }
        for (
          const [member, name, value, kernel] of [
            ["idle", "TCP_KEEPIDLE", 20_000, 20],
            ["interval", "TCP_KEEPINTVL", 9_000, 9],
            ["count", "TCP_KEEPCNT", 3, 3],
          ] as const
        ) {
          conn.setOption("keepAlive", { [member]: value });
          expected = { ...expected, [name]: kernel };
          equal(await timesOf(t, port), expected, `times of the ${role} after keepAlive: { ${member} }`);
        }
        conn.setOption("keepAlive", false);
        equal(await timesOf(t, port), expected, `times of the ${role} after keepAlive: false`);
      }
    },
  },
  {
    id: "options/user-timeout-breaks",
    level: "MUST",
    assertion:
      "userTimeout of 1 s ends a connection whose peer is gone with ETIMEDOUT 1 s after something was written, for both roles",
    source: "RFC 5482; Linux tcp(7), TCP_USER_TIMEOUT",
    env: ["netns", "veth", "kernel"],
    deadline: 20_000,
    ...needingEarly(["userTimeout", 1_000]),
    async run(t) {
      const link = await t.network.link();
      for (const role of bothRoles) {
        const conn = role === "client" ? await dialled() : await accepted();
        t.defer(() => conn.reset());
        await link.setUp(false);
        const began = performance.now();
        const closed = settles(conn.closed);
        await t.within(soon, "write", conn.write("anybody there?"));
        const shape = { name: "SocketError", code: "ETIMEDOUT" };
        await rejects(t.within(6_000, "read", conn.read()), shape, `read() of the ${role}`);
        within(performance.now() - began, 900, 5_000, "milliseconds until then");
        const end = await t.within(soon, "closed", closed);
        equal(end.status === "rejected" ? end.reason.code : end.status, "ETIMEDOUT", `how the ${role} ended`);
        await link.setUp(true);
      }

      async function dialled() {
        const listener = await link.far.listen({ host: link.distant.ipv4[0], port: 0 });
        const at = endpoint(listener.address);
        const conn = await t.within(soon, "connect", t.sockets.connect({ ...at, userTimeout: 1_000 }));
        await listener.accept();
        return conn;
      }

      async function accepted() {
        const server = await listening(t, { host: link.near.ipv4[0], userTimeout: 1_000 });
        await link.far.connect(endpoint(server.address));
        return await t.within(soon, "accept", server.accept());
      }
    },
  },
  {
    id: "options/freebind-before-bind",
    level: "MUST",
    assertion:
      "With freebind listen() and bind() take an address that nobody has, of both families; without it EADDRNOTAVAIL",
    source: "Linux ip(7), IP_FREEBIND",
    env: [...env, "netns", "ipv6"],
    ...needingEarly(["freebind", true]),
    run: (t) => bindsAnywhere(t, "freebind"),
  },
  {
    id: "options/transparent-before-bind",
    level: "MUST",
    assertion:
      "With transparent listen() and bind() take a foreign address, of both families; without it EADDRNOTAVAIL",
    source: "Linux ip(7), IP_TRANSPARENT",
    env: [...env, "netns", "ipv6"],
    ...needingEarly(["transparent", true]),
    run: (t) => bindsAnywhere(t, "transparent"),
  },
  {
    id: "options/device-before-bind",
    level: "MUST",
    assertion:
      "Listeners of one port on two devices stand beside each other, and each gets what comes through its own; so device precedes bind(2)",
    source: "Linux socket(7), SO_BINDTODEVICE",
    env: ["netns", "veth", "kernel"],
    ...needingEarly(["device", "lo"]),
    async run(t) {
      const { near, far } = await t.network.link();
      const one = await listening(t, { host: "0.0.0.0", device: "lo" });
      const { port } = one.address;
      const other = await t.within(
        soon,
        "listen on the other device",
        t.sockets.listen({ host: "0.0.0.0", port, device: near.name }),
      );
      t.defer(() => other.close());
      for (const [server, from, to] of [[one, t.peer, host], [other, far, near.ipv4[0]]] as const) {
        const conn = await from.connect({ host: to, port });
        const accepted = await t.within(soon, "accept", server.accept());
        t.defer(() => accepted.close({ timeout: 200 }));
        equal(accepted.remoteAddress.port, endpoint(conn.local).port, `who was accepted at ${to}`);
      }
    },
  },
  {
    id: "options/reuse-port-before-bind",
    level: "MUST",
    assertion:
      "Connections of one local port to two peers stand beside each other with reusePort on both; without it EADDRINUSE",
    source: "Linux socket(7), SO_REUSEPORT",
    env,
    needs: ["tcp.reusePort", "tcp.localAddress", "options.early", "options.read"],
    async refusal(t) {
      if (!reads(t)) return (await connected(t, "client")).conn.getOption("noDelay");
      const { at } = await peerListener(t);
      return await t.sockets.connect({ ...at, reusePort: true, localAddress: host });
    },
    async run(t) {
      const [first, second, third] = [await peerListener(t), await peerListener(t), await peerListener(t)];
      const options = { localAddress: host, reusePort: true, reuseAddress: false };
      const one = await t.within(soon, "connect", t.sockets.connect({ ...first.at, ...options }));
      t.defer(() => one.close({ timeout: 200 }));
      const { port: localPort } = one.localAddress;
      const other = await t.within(soon, "connect", t.sockets.connect({ ...second.at, ...options, localPort }));
      t.defer(() => other.close({ timeout: 200 }));
      equal(other.localAddress.port, localPort, "local port of the second connection");
      const lonely = t.sockets.connect({ ...third.at, localAddress: host, localPort, reuseAddress: false });
      await rejects(
        t.within(soon, "connect", lonely),
        { name: "SocketError", code: "EADDRINUSE" },
        "without reusePort",
      );
    },
  },
  {
    id: "options/linger-zero",
    level: "INFO",
    assertion: "What the peer gets of close() with lingerTime 0 (SO_LINGER on, 0 s): the end of the stream, or a reset",
    source: "POSIX close(), SO_LINGER",
    env,
    ...needing(["lingerTime", 0]),
    async run(t) {
      const { conn, far } = await clientEnds(t, { lingerTime: 0 });
      await t.within(soon, "write", conn.write("last words"));
      const received = await far.receive(10);
      const closing = settles(conn.close({ timeout: 1_000 }));
      const end = await far.drain();
      await far.close();
      await t.within(soon, "close", closing);
      t.info(`${received.data.length} bytes, then ${end.error ?? "EOF"}`);
    },
  },
  {
    id: "options/segment-cuts",
    level: "SHOULD",
    assertion: "With segment 500 a datagram of 1,200 bytes arrives as three, of 500, 500 and 200 bytes",
    source: "Linux udp(7), UDP_SEGMENT",
    env: ["kernel"],
    needs: ["udp.segment"],
    refusal: (t) => t.sockets.bind({ host, segment: 500 }),
    async run(t) {
      const udp = await openUdp(t, { host, segment: 500 });
      const peer = await t.peer.bind({ host, port: 0 });
      await t.within(soon, "send", udp.send(new Uint8Array(1_200), peer.address));
      const sizes = [];
      for (let i = 0; i < 3; i++) sizes.push((await peer.receive()).data.byteLength);
      equal(sizes, [500, 500, 200], "sizes of the datagrams");
    },
  },
];
