/** Options of TCP connections, read back from the kernel, on the connecting and on the accepted side. */
import type { Connection, IpAddress, StreamSocketOptions } from "omnisock";

import type { Case, Context } from "../harness/case.js";
import { equal, rejects, settles, throws } from "../harness/expect.js";
import {
  acceptedEnds,
  bothRoles,
  clientEnds,
  connected,
  endpoint,
  type Ends,
  peerListener,
  type Role,
} from "../harness/tcp.js";

/** A connection opened with options: given to connect() or to listen(). */
function openedWith(t: Context, role: Role, options: StreamSocketOptions): Promise<Ends> {
  return role === "client" ? clientEnds(t, options) : acceptedEnds(t, options);
}

function asked(t: Context, conn: Connection<IpAddress>, level: string, name: string): Promise<number> {
  return t.kernel.option(conn.localAddress.port, { level, name });
}

const env = ["kernel", "root"] as const;

export const cases: readonly Case[] = [
  {
    id: "tcp.options/nodelay-set",
    level: "MUST",
    assertion: 'setOption("noDelay") sets and clears TCP_NODELAY, on both sides',
    source: "RFC 9293 §3.7.4, MUST-17",
    env,
    async run(t) {
      for (const role of bothRoles) {
        const { conn } = await connected(t, role);
        for (const value of [false, true, false]) {
          conn.setOption("noDelay", value);
          equal(
            await asked(t, conn, "IPPROTO_TCP", "TCP_NODELAY"),
            Number(value),
            `TCP_NODELAY of the ${role} after setOption(${value})`,
          );
        }
      }
    },
  },
  {
    id: "tcp.options/nodelay-default",
    level: "INFO",
    assertion: "TCP_NODELAY of connections that were not told otherwise",
    source: "RFC 9293 §3.7.4, SHLD-7; omnisock options",
    env,
    async run(t) {
      const values: string[] = [];
      for (const role of bothRoles) {
        const { conn } = await connected(t, role);
        values.push(`${role} ${await asked(t, conn, "IPPROTO_TCP", "TCP_NODELAY")}`);
      }
      t.info(values.join(", "));
    },
  },
  {
    id: "tcp.options/nodelay-before-connect",
    level: "SHOULD",
    assertion: "noDelay given to connect() or listen() is in force when the connection is handed over",
    source: "omnisock options",
    env,
    async run(t) {
      for (const role of bothRoles) {
        for (const noDelay of [false, true]) {
          const { conn } = await openedWith(t, role, { noDelay });
          equal(
            await asked(t, conn, "IPPROTO_TCP", "TCP_NODELAY"),
            Number(noDelay),
            `TCP_NODELAY of the ${role} with noDelay: ${noDelay}`,
          );
        }
      }
    },
  },
  {
    id: "tcp.options/keepalive-off",
    level: "MUST",
    assertion: "SO_KEEPALIVE is off by default, on both sides",
    source: "RFC 9293 §3.8.4, MUST-25",
    env,
    async run(t) {
      for (const role of bothRoles) {
        const { conn } = await connected(t, role);
        equal(await asked(t, conn, "SOL_SOCKET", "SO_KEEPALIVE"), 0, `SO_KEEPALIVE of the ${role}`);
      }
    },
  },
  {
    id: "tcp.options/keepalive-on",
    level: "MUST",
    assertion: "keepAlive sets and clears SO_KEEPALIVE, set later or given at opening, on both sides",
    source: "RFC 9293 §3.8.4, MUST-24",
    env,
    async run(t) {
      for (const role of bothRoles) {
        const { conn } = await connected(t, role);
        for (const value of [true, false, true]) {
          conn.setOption("keepAlive", value);
          equal(
            await asked(t, conn, "SOL_SOCKET", "SO_KEEPALIVE"),
            Number(value),
            `SO_KEEPALIVE of the ${role} after setOption(${value})`,
          );
        }
        const { conn: given } = await openedWith(t, role, { keepAlive: true });
        equal(
          await asked(t, given, "SOL_SOCKET", "SO_KEEPALIVE"),
          1,
          `SO_KEEPALIVE of the ${role} opened with keepAlive`,
        );
      }
    },
  },
  {
    id: "tcp.options/keepalive-idle",
    level: "MUST",
    assertion: "keepAlive: { idle } reaches TCP_KEEPIDLE, milliseconds rounded up to seconds, on both sides",
    source: "RFC 9293 §3.8.4, MUST-27; Linux tcp(7)",
    env,
    needs: ["tcp.keepAliveIdle"],
    refusal: async (t) => (await connected(t, "client")).conn.setOption("keepAlive", { idle: 60_000 }),
    async run(t) {
      for (const role of bothRoles) {
        const { conn } = await connected(t, role);
        for (const [idle, seconds] of [[60_000, 60], [1_001, 2], [1, 1]] as const) {
          conn.setOption("keepAlive", { idle });
          equal(
            await asked(t, conn, "SOL_SOCKET", "SO_KEEPALIVE"),
            1,
            `SO_KEEPALIVE of the ${role} after idle: ${idle}`,
          );
          equal(
            await asked(t, conn, "IPPROTO_TCP", "TCP_KEEPIDLE"),
            seconds,
            `TCP_KEEPIDLE of the ${role} after idle: ${idle}`,
          );
        }
        const { conn: given } = await openedWith(t, role, { keepAlive: { idle: 42_000 } });
        equal(
          await asked(t, given, "IPPROTO_TCP", "TCP_KEEPIDLE"),
          42,
          `TCP_KEEPIDLE of the ${role} opened with idle: 42000`,
        );
      }
    },
  },
  {
    id: "tcp.options/keepalive-intvl-cnt",
    level: "INFO",
    assertion: "Interval and count of probes once keepAlive is on",
    source: "Linux tcp(7)",
    env,
    async run(t) {
      const { conn } = await clientEnds(t, { keepAlive: true });
      const [interval, count] = [
        await asked(t, conn, "IPPROTO_TCP", "TCP_KEEPINTVL"),
        await asked(t, conn, "IPPROTO_TCP", "TCP_KEEPCNT"),
      ];
      t.info(`${interval} s, ${count} probes`);
    },
  },
  {
    id: "tcp.options/keepalive-zero",
    level: "SHOULD",
    assertion:
      "An idle time of 0, below it, or beyond 32,767 seconds is a RangeError, a wrong type a TypeError, and nothing is switched on",
    source: "Linux tcp(7), TCP_KEEPIDLE",
    async run(t) {
      const { conn } = await connected(t, "client");
      for (const idle of [0, -1, 1.5, NaN, Infinity, 32_767_001]) {
        throws(() => conn.setOption("keepAlive", { idle }), { name: "RangeError" }, `idle: ${idle}`);
        await rejects(
          t.sockets.connect({ port: 9, keepAlive: { idle } }),
          { name: "RangeError" },
          `connect with idle: ${idle}`,
        );
      }
      for (const value of [1, "on", null, { idle: "60" }, { delay: 60 }]) {
        throws(
          () => conn.setOption("keepAlive", value as unknown as boolean),
          { name: "TypeError" },
          `keepAlive: ${JSON.stringify(value)}`,
        );
      }
    },
  },
  {
    id: "tcp.options/before-connect",
    level: "SHOULD",
    assertion:
      "Options given to connect() and listen() are in force in the turn in which the connection is there; a wrong one is refused before a peer is reached",
    source: "omnisock options",
    env,
    async run(t) {
      for (const role of bothRoles) {
        const { conn, far } = await openedWith(t, role, { noDelay: false, keepAlive: true });
        const values = [
          await asked(t, conn, "IPPROTO_TCP", "TCP_NODELAY"),
          await asked(t, conn, "SOL_SOCKET", "SO_KEEPALIVE"),
        ];
        equal(values, [0, 1], `TCP_NODELAY and SO_KEEPALIVE of the ${role}`);
        await far.close();
      }
      const { listener, at } = await peerListener(t);
      const wrong = t.sockets.connect({ ...at, keepAlive: "yes" as never });
      await rejects(wrong, { name: "TypeError" }, "connect with a wrong option");
      const right = await t.within(2000, "connect", t.sockets.connect({ ...at, keepAlive: true }));
      t.defer(() => right.reset());
      equal(
        (await listener.accept()).remote,
        endpoint(right.localAddress),
        "the first connection that the peer ever got",
      );
    },
  },
  {
    id: "tcp.options/linger",
    level: "SHOULD",
    assertion:
      "close() with `linger: 0` and something unsent, and reset(), give the peer RST, and no end of it stays in TIME_WAIT",
    source: "POSIX close(), SO_LINGER; Linux socket(7)",
    env: ["kernel", "proc"],
    needs: ["tcp.reset"],
    refusal: async (t) => (await connected(t, "client")).conn.reset(),
    async run(t) {
      for (const role of bothRoles) {
        for (const how of ["linger: 0", "reset()"]) {
          const { conn, far } = role === "client"
            ? await clientEnds(t, { linger: 0 })
            : await acceptedEnds(t, { linger: 0 });
          const [port, remote] = [conn.localAddress.port, conn.remoteAddress.port];
          const writing = settles(conn.write(new Uint8Array(1 << 24)));
          if (how === "reset()") await t.within(2000, how, conn.reset());
          else await rejects(t.within(2000, how, conn.close()), { code: "ETIMEDOUT" }, `close with ${how}`);
          equal((await t.within(2000, "write", writing)).status, "rejected", "the write that waited");
          const drained = await far.drain();
          equal(
            [drained.eof, drained.error],
            [false, "ECONNRESET"],
            `how it ended for the peer of the ${role}, ${how}`,
          );
          const left = (await t.kernel.tcp(port)).filter((row) => [row.local.port, row.remote.port].includes(remote));
          equal(left.filter(({ state }) => state === "TIME_WAIT"), [], "ends in TIME_WAIT");
        }
      }
    },
  },
  {
    id: "tcp.options/quickack-cork",
    level: "MAY",
    assertion:
      "Options that the library does not have are TypeErrors that name them, at opening and later, and nothing changes in the kernel",
    source: "omnisock guarantee Options",
    env,
    async run(t) {
      const { conn } = await connected(t, "client");
      const names = ["quickack", "user_timeout", "hopLimit", "tos", "rcvbuf", "SO_SNDBUF", "fastopen", "tcpInfo"];
      const before = await values();
      const { at } = await peerListener(t);
      for (const name of names) {
        const shape = { name: "TypeError", message: name };
        throws(() => conn.setOption(name as "noDelay", true), shape, `setOption ${name}`);
        await rejects(t.sockets.connect({ ...at, [name]: 1 }), shape, `connect with ${name}`);
        await rejects(t.sockets.listen({ host: "127.0.0.1", [name]: 1 }), shape, `listen with ${name}`);
      }
      equal(await values(), before, "TCP_QUICKACK, TCP_USER_TIMEOUT, IP_TTL, IP_TOS and SO_RCVBUF");

      async function values(): Promise<readonly number[]> {
        return [
          await asked(t, conn, "IPPROTO_TCP", "TCP_QUICKACK"),
          await asked(t, conn, "IPPROTO_TCP", "TCP_USER_TIMEOUT"),
          await asked(t, conn, "IPPROTO_IP", "IP_TTL"),
          await asked(t, conn, "IPPROTO_IP", "IP_TOS"),
          await asked(t, conn, "SOL_SOCKET", "SO_RCVBUF"),
        ];
      }
    },
  },
  {
    id: "tcp.options/unsupported-reported",
    level: "MUST",
    surface: "omnisock",
    assertion: "An option works where supports() says yes, and is ENOTSUP with the reason where it says no",
    source: "omnisock guarantee Options",
    async run(t) {
      const { sockets } = t;
      const host = "127.0.0.1";
      const target = await t.peer.listen({ host, port: 0 });
      const { port } = target.address as { port: number };
      // Without options it works everywhere, so that a refusal below is the option's.
      for (const open of [() => sockets.listen({ host }), () => sockets.connect({ host, port })]) {
        await (await t.within(2000, "a call without options", Promise.resolve(open()))).close();
      }
      const calls = [
        ["tcp.backlog", () => sockets.listen({ host, backlog: 5 })],
        ["tcp.ipv6Only", () => sockets.listen({ host: "::", ipv6Only: true })],
        ["tcp.keepAliveIdle", () => sockets.listen({ host, keepAlive: { idle: 5_000 } })],
        ["tcp.keepAliveIdle", () => sockets.connect({ host, port, keepAlive: { idle: 5_000 } })],
        ["tcp.localAddress", () => sockets.connect({ host, port, localAddress: host })],
        ["tcp.reusePort", () => sockets.listen({ host, reusePort: true })],
      ] as const;
      for (const [feature, call] of calls) {
        const support = sockets.supports(feature);
        if (support.supported) {
          const opened = await t.within(2000, feature, Promise.resolve(call()));
          await opened.close();
        } else {
          await rejects(call(), { name: "SocketError", code: "ENOTSUP", message: support.reason }, feature);
        }
      }
    },
  },
  {
    id: "tcp.options/after-close",
    level: "MUST",
    assertion: "setOption() after close() is EBADF, after reset() ECONNRESET, and touches no socket opened since",
    source: "POSIX setsockopt(), EBADF",
    env,
    async run(t) {
      const { conn, far } = await connected(t, "client");
      await far.close();
      await t.within(2000, "close", conn.close());
      // It may well get the descriptor that has just been released.
      const { conn: next } = await clientEnds(t, { noDelay: true });
      const closed = { name: "SocketError", code: "EBADF", members: { operation: "setOption" } };
      throws(() => conn.setOption("keepAlive", true), closed, "keepAlive after close()");
      throws(() => conn.setOption("noDelay", false), closed, "noDelay after close()");
      equal(await asked(t, next, "SOL_SOCKET", "SO_KEEPALIVE"), 0, "SO_KEEPALIVE of the next connection");
      equal(await asked(t, next, "IPPROTO_TCP", "TCP_NODELAY"), 1, "TCP_NODELAY of the next connection");
      if (!t.sockets.supports("tcp.reset").supported) return;
      await t.within(2000, "reset", next.reset());
      throws(
        () => next.setOption("keepAlive", true),
        { name: "SocketError", code: "ECONNRESET" },
        "keepAlive after reset()",
      );
    },
  },
  {
    id: "tcp.options/cloexec",
    level: "MUST",
    assertion: "Every socket is close-on-exec, so that child processes inherit none",
    source: "POSIX fcntl(), FD_CLOEXEC",
    env: ["proc", "process"],
    async run(t) {
      const result = await t.run("sockets-flags", { args: [await t.temporaryPath()] });
      equal([result.code, result.stderr], [0, ""], "exit code and stderr");
      const { opened, inheritable } = JSON.parse(result.stdout) as { opened: number; inheritable: readonly string[] };
      equal(opened >= 5, true, `sockets seen (${opened}) are at least the 5 that were opened`);
      equal(inheritable, [], "sockets without O_CLOEXEC");
    },
  },
  {
    id: "tcp.options/nonblock",
    level: "MUST",
    assertion: "The event loop goes on while connect(), read(), write() and close() have to wait",
    source: "omnisock guarantee 3",
    async run(t) {
      const blackhole = await t.peer.blackhole();
      const { conn: reader } = await connected(t, "client");
      const { conn: writer } = await connected(t, "client");
      const { conn: closer } = await connected(t, "client");
      const large = new Uint8Array(1 << 25);
      const flushed = settles(closer.write(large));
      let ticks = 0;
      const clock = setInterval(() => ticks++, 2);
      t.defer(() => clearInterval(clock));
      const controller = new AbortController();
      const { signal } = controller;
      let over = 0;
      const waiting = [
        t.sockets.connect({ ...blackhole, signal }),
        reader.read({ signal }),
        writer.write(large, { signal }),
        closer.close({ signal }),
      ].map((call: Promise<unknown>) => settles(call.finally(() => over++)));
      await t.until(1_500, "the clock has ticked 10 times", () => ticks >= 10);
      equal(over, 0, "calls that are over meanwhile");
      controller.abort();
      const ends = await t.within(2000, "the ends of the aborted calls", Promise.all([...waiting, flushed]));
      equal(ends.map(({ status }) => status), Array(5).fill("rejected"), "ends of the aborted calls");
    },
  },
];
