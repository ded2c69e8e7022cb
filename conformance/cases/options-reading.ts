/** Reading options, by name and by number, with `omnisock/libc` and without it. */
import type { Feature } from "omnisock";

import type { Case } from "../harness/case.js";
import { bytesEqual, equal, ok, throws } from "../harness/expect.js";
import { optionEnvironment, reads } from "../harness/option-sockets.js";
import { bothRoles, connected, listening } from "../harness/tcp.js";
import { openUdp } from "../harness/udp.js";

const env = optionEnvironment;
const host = "127.0.0.1";

/** Linux's numbers. */
const SOL_SOCKET = 1;
const SO_PRIORITY = 12;
const SO_RCVTIMEO = 20;

const readable = {
  needs: ["options.read"] as readonly Feature[],
  refusal: async (t: Parameters<Case["run"]>[0]) => (await connected(t, "client")).conn.getOption("noDelay"),
};

export const cases: readonly Case[] = [
  {
    id: "options/without-libc",
    level: "MUST",
    surface: "omnisock",
    assertion:
      "Where options cannot be read, getOption() and rawOption() of every kind of socket are ENOTSUP with a sentence that names the import, and setOption() of a listener too",
    source: "omnisock guarantee Options",
    env: ["kernel"],
    async run(t) {
      const support = t.sockets.supports("options.read");
      const { conn } = await connected(t, "client");
      const server = await listening(t);
      const udp = await openUdp(t, { host });
      if (support.supported) {
        equal(conn.getOption("noDelay"), true, "noDelay of a connection");
        equal(typeof server.getOption("reuseAddress"), "boolean", "type of reuseAddress of a listener");
        equal(udp.getOption("broadcast"), false, "broadcast of a datagram socket");
        return t.info("they are read");
      }
      ok(support.reason.includes("omnisock/libc"), `the reason names the import: ${support.reason}`);
      const calls = [
        ["getOption of a connection", () => conn.getOption("noDelay")],
        ["getOption of a listener", () => server.getOption("reuseAddress")],
        ["getOption of a datagram socket", () => udp.getOption("broadcast")],
        ["getOption of what can only be read", () => conn.getOption("info")],
        ["rawOption that reads", () => conn.rawOption(SOL_SOCKET, SO_PRIORITY, 4)],
        ["rawOption that sets", () => conn.rawOption(SOL_SOCKET, SO_PRIORITY, new Uint8Array(4))],
        ["rawOption of a listener", () => server.rawOption(SOL_SOCKET, SO_PRIORITY, 4)],
        ["rawOption of a datagram socket", () => udp.rawOption(SOL_SOCKET, SO_PRIORITY, 4)],
        ["setOption of a listener", () => server.setOption("noDelay", false)],
      ] as const;
      for (const [what, call] of calls) {
        throws(call, { name: "SocketError", code: "ENOTSUP", message: 'import "omnisock/libc"' }, what);
      }
      t.info("they are not read");
    },
  },
  {
    id: "options/raw",
    level: "MUST",
    assertion: "rawOption() sets and reads the bytes of an option by level and number, on every kind of socket",
    source: "POSIX getsockopt(), setsockopt()",
    env,
    ...readable,
    async run(t) {
      const sockets = [];
      for (const role of bothRoles) sockets.push((await connected(t, role)).conn);
      const server = await listening(t);
      const udp = await openUdp(t, { host });
      const places = [
        ...sockets.map((conn) => ({ socket: conn, port: conn.localAddress.port, role: "connection" as const })),
        { socket: server, port: server.address.port, role: "listener" as const },
        { socket: udp, port: udp.address.port },
      ];
      const option = { level: "SOL_SOCKET", name: "SO_PRIORITY" };
      for (const { socket, ...place } of places) {
        equal(await t.kernel.optionAt(place, option), 0, "SO_PRIORITY before");
        const value = new Uint8Array(new Int32Array([4]).buffer);
        socket.rawOption(SOL_SOCKET, SO_PRIORITY, value);
        equal(await t.kernel.optionAt(place, option), 4, "SO_PRIORITY after rawOption()");
        bytesEqual(socket.rawOption(SOL_SOCKET, SO_PRIORITY, 4), value, "what rawOption() reads");
        // A structure of 16 bytes, of which no row of the table tells.
        equal(socket.rawOption(SOL_SOCKET, SO_RCVTIMEO, 64).byteLength, 16, "bytes of SO_RCVTIMEO");
        for (const wrong of [-1, 1.5, NaN, 2 ** 31]) {
          throws(() => socket.rawOption(SOL_SOCKET, wrong, 4), { name: "RangeError" }, `name ${wrong}`);
          throws(() => socket.rawOption(wrong, SO_PRIORITY, 4), { name: "RangeError" }, `level ${wrong}`);
        }
        const bytes = "x" as unknown as Uint8Array;
        throws(() => socket.rawOption(SOL_SOCKET, SO_PRIORITY, bytes), { name: "TypeError" }, "a text as value");
        const unknown = { name: "SocketError", code: "ENOTSUP", members: { operation: "getOption" } };
        throws(() => socket.rawOption(SOL_SOCKET, 9_999, 4), unknown, "an option that there is not");
        equal(await t.kernel.optionAt(place, option), 4, "SO_PRIORITY at the end");
      }
    },
  },
  {
    id: "options/read-unset",
    level: "MUST",
    assertion: "getOption() of what nobody has set is what the kernel has, by itself and after the kernel's own setter",
    source: "POSIX getsockopt()",
    env,
    ...readable,
    async run(t) {
      for (const role of bothRoles) {
        const { conn } = await connected(t, role);
        const { port } = conn.localAddress;
        const compared = [
          ["keepAliveIdle", "IPPROTO_TCP TCP_KEEPIDLE", 1000],
          ["keepAliveInterval", "IPPROTO_TCP TCP_KEEPINTVL", 1000],
          ["keepAliveCount", "IPPROTO_TCP TCP_KEEPCNT", 1],
          ["recvBufferSize", "SOL_SOCKET SO_RCVBUF", 1],
          ["sendBufferSize", "SOL_SOCKET SO_SNDBUF", 1],
          ["ttl", "IPPROTO_IP IP_TTL", 1],
          ["finTimeout", "IPPROTO_TCP TCP_LINGER2", 1000],
          ["congestion", "IPPROTO_TCP TCP_CONGESTION", undefined],
        ] as const;
        for (const [option, native, factor] of compared) {
          const [level = "", name = ""] = native.split(" ");
          const seen = await t.kernel.optionAt({ port, role: "connection" }, { level, name });
          const expected = factor === undefined ? seen : Number(seen) * factor;
          equal(conn.getOption(option) as unknown, expected, `${option} of the ${role}`);
        }
        // Set where the library does not see it.
        conn.rawOption(SOL_SOCKET, SO_PRIORITY, new Uint8Array(new Int32Array([6]).buffer));
        equal(conn.getOption("priority"), 6, `priority of the ${role} that was set by number`);
      }
      ok(reads(t), "options are read");
    },
  },
];
