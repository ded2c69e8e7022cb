/** Options that are refused: wrong values, wrong sockets, wrong times, missing privileges. The socket is as before. */
import type { Feature } from "omnisock";

import type { Case, Context } from "../harness/case.js";
import { bytesEqual, equal, rejects, throws, within } from "../harness/expect.js";
import { optionEnvironment } from "../harness/option-sockets.js";
import {
  acceptedEnds,
  bothRoles,
  clientEnds,
  connected,
  endpoint,
  type Ends,
  listening,
  ownRows,
  peerListener,
  soon,
} from "../harness/tcp.js";
import { openUdp } from "../harness/udp.js";
import { unixEnds } from "../harness/unix.js";

const env = optionEnvironment;
const host = "127.0.0.1";

function needing(...features: readonly Feature[]): Pick<Case, "needs" | "refusal"> {
  const values: Readonly<Record<string, unknown>> = { "tcp.mark": 1, "tcp.device": "lo", "tcp.congestion": "reno" };
  return {
    needs: features,
    async refusal(t) {
      const [first = "options.read"] = features;
      if (first === "options.read") return (await connected(t, "client")).conn.getOption("noDelay");
      return await t.sockets.connect({ ...(await peerListener(t)).at, [first.slice(4)]: values[first] });
    },
  };
}

/** Bytes still go both ways. */
async function usable(t: Context, { conn, far }: Ends, what: string): Promise<void> {
  await t.within(soon, "write", conn.write("there"));
  bytesEqual((await far.receive(5)).data, "there", `what the peer got ${what}`);
  await far.send("back");
  bytesEqual(await t.within(soon, "read", conn.read()), "back", `what came back ${what}`);
}

/** Wrong types, and values out of range, of every kind of value. */
const wrong: Readonly<Record<string, readonly [types: readonly unknown[], ranges: readonly unknown[]]>> = {
  noDelay: [[1, "true", null, {}], []],
  keepAliveIdle: [["10", null, true, 10n], [0, -1, 1.5, NaN, Infinity, 32_767_001]],
  keepAliveCount: [["1", {}], [0, 128, -1]],
  lingerTime: [[true, "0", null], [-1, 1.5, 65_535_001]],
  mark: [["1", null], [-1, 2 ** 31, 0.5]],
  ttl: [["64"], [0, 256]],
  typeOfService: [["16"], [-1, 256]],
  recvBufferSize: [["20000", null], [0, -1, 2 ** 31]],
  userTimeout: [["1"], [-1, 2 ** 31]],
  maxSegment: [[null], [87, 32_768]],
  device: [[1, null], ["a-name-that-is-too-long", "two words", "nul\0"]],
  congestion: [[1], ["", "a-name-that-is-too-long"]],
  mtuDiscover: [[1, true], ["always", ""]],
};

export const cases: readonly Case[] = [
  {
    id: "options/bad-value",
    level: "MUST",
    surface: "omnisock",
    assertion:
      "A value of a wrong type is a TypeError and one out of range a RangeError, which name the option, for setOption() and connect(), also where the option is not supported; nothing changes",
    source: "omnisock errors",
    async run(t) {
      for (const role of bothRoles) {
        const ends = await connected(t, role);
        const { at } = await peerListener(t);
        for (const [option, [types, ranges]] of Object.entries(wrong)) {
          for (const [name, values] of [["TypeError", types], ["RangeError", ranges]] as const) {
            for (const value of values) {
              const shape = { name, message: option };
              const what = `${option}: ${String(value)}`;
              throws(() => ends.conn.setOption(option as "mark", value as number), shape, `setOption ${what}`);
              await rejects(t.sockets.connect({ ...at, [option]: value }), shape, `connect with ${what}`);
            }
          }
        }
        await usable(t, ends, `by the ${role}`);
      }
    },
  },
  {
    id: "options/wrong-socket",
    level: "MUST",
    surface: "omnisock",
    assertion:
      "An option of another transport is ENOTSUP with a sentence that names its own, by setOption() and getOption(); a name of no option a TypeError",
    source: "omnisock guarantee Options",
    async run(t) {
      const { conn } = await connected(t, "client");
      const udp = await openUdp(t, { host });
      const sockets = [
        [conn, "gro", "udp"],
        [conn, "multicastTtl", "udp"],
        [conn, "peerCredentials", "unix"],
        [udp, "noDelay", "tcp"],
        [udp, "userTimeout", "tcp"],
        [udp, "info", "tcp"],
      ] as [unknown, string, string][];
      if (t.sockets.supports("unix.stream").supported) {
        const { conn: unix } = await unixEnds(t, "client");
        sockets.push([unix, "ttl", "tcp and udp"], [unix, "noDelay", "tcp"]);
      }
      for (const [socket, option, transports] of sockets) {
        const { setOption, getOption } = bound(socket);
        const shape = { name: "SocketError", code: "ENOTSUP", message: `${option} is an option of ${transports}` };
        throws(() => setOption(option, 1), { ...shape, members: { operation: "setOption" } }, `setOption ${option}`);
        throws(() => getOption(option), { ...shape, members: { operation: "getOption" } }, `getOption ${option}`);
        for (const name of ["SO_KEEPALIVE", "toString", "__proto__", ""]) {
          throws(() => getOption(name), { name: "TypeError" }, `getOption "${name}"`);
          throws(() => setOption(name, 1), { name: "TypeError" }, `setOption "${name}"`);
        }
      }
    },
  },
  {
    id: "options/after-bind",
    level: "MUST",
    surface: "omnisock",
    assertion:
      "What must precede bind(2) is EINVAL on an open socket, with a sentence that says where it is to be given; the kernel's value stays",
    source: "omnisock guarantee Options; Linux ip(7)",
    env,
    async run(t) {
      const { conn } = await connected(t, "client");
      const server = await listening(t);
      const udp = await openUdp(t, { host });
      const natives = {
        freebind: "IPPROTO_IP IP_FREEBIND",
        reusePort: "SOL_SOCKET SO_REUSEPORT",
        transparent: "IPPROTO_IP IP_TRANSPARENT",
      };
      const places = [
        [conn, { port: conn.localAddress.port, role: "connection" }],
        [server, { port: server.address.port, role: "listener" }],
        [udp, { port: udp.address.port }],
      ] as const;
      for (const [socket, place] of places) {
        for (const option of ["freebind", "ipv6Only", "reuseAddress", "reusePort", "transparent"] as const) {
          const { setOption } = bound(socket);
          const shape = { name: "SocketError", code: "EINVAL", message: "connect, listen or bind" };
          throws(() => setOption(option, true), shape, `setOption ${option}`);
          const [level = "", name = ""] = (natives as Record<string, string>)[option]?.split(" ") ?? [];
          if (name !== "") equal(await t.kernel.optionAt(place, { level, name }), 0, `${name} afterwards`);
        }
      }
    },
  },
  {
    id: "options/agreed-on",
    level: "MUST",
    surface: "omnisock",
    assertion:
      "What a connection agrees on with its peer when it is made, maxSegment and fastOpenConnect, is EINVAL on one that is open, where the kernel would take it to no effect",
    source: "omnisock guarantee Options; Linux tcp(7)",
    async run(t) {
      for (const role of bothRoles) {
        const ends = await connected(t, role);
        for (const [option, value] of [["maxSegment", 1_000], ["fastOpenConnect", true]] as const) {
          const shape = { name: "SocketError", code: "EINVAL", message: option, members: { operation: "setOption" } };
          throws(() => bound(ends.conn).setOption(option, value), shape, `setOption ${option} of the ${role}`);
        }
        await usable(t, ends, `by the ${role}`);
      }
    },
  },
  {
    id: "options/kernel-refuses",
    level: "MUST",
    assertion:
      "What the kernel refuses has the name of its error: ENODEV for an interface and ENOENT for a congestion control that there is not, set later or given to connect(), which leaves no socket; the connection goes on",
    source: "Linux setsockopt(2), tcp(7), socket(7)",
    env,
    ...needing("tcp.device", "tcp.congestion", "options.early"),
    async run(t) {
      for (const role of bothRoles) {
        const ends = await connected(t, role);
        const { port } = ends.conn.localAddress;
        for (
          const [option, value, code, native] of [
            ["device", "nosuch0", "ENODEV", "SOL_SOCKET SO_BINDTODEVICE"],
            ["congestion", "nosuch", "ENOENT", "IPPROTO_TCP TCP_CONGESTION"],
          ] as const
        ) {
          const [level = "", name = ""] = native.split(" ");
          const before = await t.kernel.optionAt({ port, role: "connection" }, { level, name });
          const shape = { name: "SocketError", code, members: { operation: "setOption" } };
          throws(() => ends.conn.setOption(option, value), shape, `setOption ${option}`);
          equal(await t.kernel.optionAt({ port, role: "connection" }, { level, name }), before, `${name} afterwards`);
          const { at } = await peerListener(t);
          const sockets = await t.kernel.sockets();
          const failing = t.sockets.connect({ ...at, [option]: value });
          await rejects(t.within(soon, "connect", failing), { name: "SocketError", code }, `connect with ${option}`);
          equal(await ownRows(t, at.port), [], "rows of the connection that there is not");
          await t.until(soon, "no further socket", async () => await t.kernel.sockets() <= sockets);
          const listen = t.sockets.listen({ host, [option]: value });
          await rejects(t.within(soon, "listen", listen), { name: "SocketError", code }, `listen with ${option}`);
          await t.until(soon, "no further socket", async () => await t.kernel.sockets() <= sockets);
        }
        await usable(t, ends, `by the ${role}`);
      }
    },
  },
  {
    id: "options/unprivileged",
    level: "MUST",
    assertion:
      "Without CAP_NET_ADMIN mark, priority 7 and transparent are EPERM; what is allowed still works, and so does the connection",
    source: "Linux socket(7), ip(7); capabilities(7)",
    env: ["kernel", "root", "process"],
    ...needing("tcp.mark", "options.read", "options.early"),
    async run(t) {
      const { code, stdout, stderr } = await t.run("unprivileged-options");
      equal([code, stderr], [0, ""], "exit code and stderr");
      equal(JSON.parse(stdout), {
        mark: "EPERM",
        priority: "EPERM",
        transparent: "EPERM",
        allowed: 5,
        untouched: 0,
        text: "still here",
      }, "codes, values and bytes");
    },
  },
  {
    id: "options/closed",
    level: "MUST",
    surface: "omnisock",
    assertion:
      "setOption(), getOption() and rawOption() of a socket that is closed are EBADF, and touch no socket that was opened since",
    source: "POSIX setsockopt(), EBADF",
    env,
    async run(t) {
      const { conn, far } = await clientEnds(t);
      const { server } = await acceptedEnds(t);
      const udp = await t.sockets.bind({ host });
      await far.close();
      for (const socket of [conn, server, udp]) await t.within(soon, "close", socket.close());
      const next = [];
      // Some of them have the numbers that have just been released.
      for (let i = 0; i < 4; i++) next.push((await clientEnds(t)).conn);
      for (const socket of [conn, server, udp]) {
        const { setOption, getOption, rawOption } = bound(socket);
        const option = socket === udp ? "broadcast" : "keepAlive";
        const shape = { name: "SocketError", code: "EBADF" };
        throws(() => setOption(option, true), { ...shape, members: { operation: "setOption" } }, "setOption");
        throws(() => getOption(option), { ...shape, members: { operation: "getOption" } }, "getOption");
        throws(() => rawOption(1, 12, new Uint8Array([3, 0, 0, 0])), shape, "rawOption that sets");
        throws(() => rawOption(1, 12, 4), shape, "rawOption that reads");
      }
      for (const { localAddress: { port } } of next) {
        equal(await t.kernel.option(port, { level: "SOL_SOCKET", name: "SO_KEEPALIVE" }), 0, "SO_KEEPALIVE");
        equal(await t.kernel.option(port, { level: "SOL_SOCKET", name: "SO_PRIORITY" }), 0, "SO_PRIORITY");
      }
    },
  },
  {
    id: "options/not-another-socket",
    level: "MUST",
    assertion:
      "With many sockets open that share ports, addresses or paths, each option is set and read on its own socket only",
    source: "omnisock guarantee Options",
    env,
    deadline: 15_000,
    ...needing("tcp.mark", "options.read"),
    async run(t) {
      const server = await listening(t);
      const conns = [];
      for (let i = 0; i < 8; i++) {
        const client = await t.within(soon, "connect", t.sockets.connect(endpoint(server.address)));
        t.defer(() => client.close({ timeout: 200 }));
        const accepted = await t.within(soon, "accept", server.accept());
        t.defer(() => accepted.close({ timeout: 200 }));
        conns.push(client, accepted);
      }
      conns.forEach((conn, i) => conn.setOption("mark", 1_000 + i));
      conns.forEach((conn, i) => equal(conn.getOption("mark"), 1_000 + i, `mark of connection ${i}`));
      server.setOption("mark", 999);
      equal(server.getOption("mark"), 999, "mark of the listener");
      equal(conns.map((conn) => conn.getOption("mark")), conns.map((_, i) => 1_000 + i), "marks of the connections");
      // Clients have ports of their own, so that the witness can tell them apart.
      for (const [i, { localAddress: { port } }] of conns.entries()) {
        if (i % 2 === 1) continue;
        equal(await t.kernel.option(port, { level: "SOL_SOCKET", name: "SO_MARK" }), 1_000 + i, `SO_MARK ${i}`);
      }
      if (!t.sockets.supports("unix.stream").supported) return;
      const path = await t.temporaryPath();
      const unix = await t.within(soon, "listen", t.sockets.listen({ path }));
      t.defer(() => unix.close());
      const pairs = [];
      for (let i = 0; i < 4; i++) {
        const client = await t.within(soon, "connect", t.sockets.connect({ path }));
        t.defer(() => client.close({ timeout: 200 }));
        const accepted = await t.within(soon, "accept", unix.accept());
        t.defer(() => accepted.close({ timeout: 200 }));
        pairs.push(client, accepted);
      }
      // Nothing tells the connections of one path apart but their descriptors: the right one, or none.
      for (const [i, conn] of pairs.entries()) {
        try {
          conn.setOption("sendBufferSize", 20_000 + i * 1_000);
        } catch (error) {
          equal((error as { code?: string }).code, "ENOTSUP", `setOption of connection ${i} at the path`);
          return t.info("Unix connections of one path are not told apart");
        }
      }
      pairs.forEach((conn, i) => equal(conn.getOption("sendBufferSize"), 40_000 + i * 2_000, `SO_SNDBUF of ${i}`));
      t.info("every socket has its own");
    },
  },
  {
    id: "options/soak",
    level: "MUST",
    assertion:
      "8,000 calls that set and read options of sockets which open and close at random: no crash, no value of another socket, no descriptors left (npx zx scripts/options-soak.mjs makes 100,000)",
    source: "omnisock guarantee Options",
    env: ["kernel", "root", "process"],
    deadline: 20_000,
    ...needing("tcp.mark", "options.read"),
    async run(t) {
      const folder = (await t.temporaryPath("x")).slice(0, -2);
      const { code, stdout, stderr, signal } = await t.run("options-soak", {
        args: ["8000", "20261121", folder],
        deadline: 19_000,
      });
      equal([code, signal, stderr], [0, null, ""], "exit code, signal and stderr");
      const { calls, opened, before, after } = JSON.parse(stdout) as {
        readonly calls: number;
        readonly opened: number;
        readonly before: { readonly descriptors: number };
        readonly after: { readonly descriptors: number };
      };
      equal([calls, opened > 50], [8_000, true], `calls, and that sockets came and went (${opened})`);
      // Deno opens a pair of Unix sockets of its own at some time.
      within(after.descriptors - before.descriptors, -2, 2, "descriptors more than before");
    },
  },
];

/** The calls of any socket, without the types of its options. */
function bound(socket: unknown): {
  setOption(name: string, value: unknown): void;
  getOption(name: string): unknown;
  rawOption(level: number, name: number, value: unknown): unknown;
} {
  const calls = socket as Record<"setOption" | "getOption" | "rawOption", (...args: unknown[]) => unknown>;
  return {
    setOption: (...args) => void calls.setOption(...args),
    getOption: (...args) => calls.getOption(...args),
    rawOption: (...args) => calls.rawOption(...args),
  };
}
