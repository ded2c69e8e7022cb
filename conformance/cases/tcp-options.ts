/** Options of TCP connections, read back from the kernel, on the connecting and on the accepted side. */
import type { Connection, IpAddress, StreamSocketOptions } from "omnisock";

import type { Case, Context } from "../harness/case.js";
import { equal, rejects, settles, throws } from "../harness/expect.js";
import { acceptedEnds, bothRoles, clientEnds, connected, type Ends, type Role } from "../harness/tcp.js";

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
    id: "tcp.options/unsupported-reported",
    level: "MUST",
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
      const { conn: next } = await connected(t, "client");
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
