/** The error contract: one class and stable codes. */
import type { Connection, DatagramSocket, Feature, IpAddress, Listener } from "omnisock";

import type { Case, Context } from "../harness/case.js";
import { equal, type ErrorShape, ok, refuses, rejects, settles, show, throws } from "../harness/expect.js";
import { clientEnds, connected, listening, peerListener, soon } from "../harness/tcp.js";

const host = "127.0.0.1";

async function open(t: Context): Promise<DatagramSocket> {
  const udp = await t.within(soon, "bind", t.sockets.bind({ host }));
  t.defer(() => udp.close());
  return udp;
}

export const cases: readonly Case[] = [
  {
    id: "errors/stable-code",
    level: "MUST",
    surface: "omnisock",
    assertion: "Every failure is a SocketError with the documented code, operation and address, on every runtime",
    source: "omnisock guarantee Errors",
    async run(t) {
      const { sockets } = t;
      const closed = await t.peer.closedPort();
      const { at: taken } = await peerListener(t);
      const blackhole = await t.peer.blackhole();
      const udpTaken = (await t.peer.bind({ host, port: 0 })).address;
      const server = await listening(t);
      const udp = await open(t);
      const { conn } = await connected(t, "client");
      const broken = await connected(t, "client");
      const remote = `${conn.remoteAddress.host}:${conn.remoteAddress.port}`;
      const name = "no-such-host.invalid";

      const check = async (
        call: () => unknown,
        code: string | readonly string[],
        operation: string,
        address: string,
      ): Promise<void> => {
        const shape: ErrorShape = { name: "SocketError", code, members: { operation, address } };
        const error = await t.within(
          4_000,
          operation,
          refuses(call, shape, `${operation} that fails with ${String(code)}`),
        );
        ok(
          error.message.startsWith(`${operation} ${address}: ${error.code} (`),
          `the message names all three: ${error.message}`,
        );
        ok(error instanceof Error, "it is an Error");
      };
      await check(() => sockets.connect({ host, port: closed }), "ECONNREFUSED", "connect", `${host}:${closed}`);
      await check(
        () => sockets.connect({ ...blackhole, timeout: 20 }),
        "ETIMEDOUT",
        "connect",
        `${host}:${blackhole.port}`,
      );
      await check(() => sockets.listen(taken), "EADDRINUSE", "listen", `${host}:${taken.port}`);
      await check(() => sockets.listen({ host: "192.0.2.1" }), "EADDRNOTAVAIL", "listen", "192.0.2.1:0");
      await check(() => sockets.bind(udpTaken), "EADDRINUSE", "bind", `${host}:${udpTaken.port}`);
      await check(() => sockets.bind({ host: "192.0.2.1" }), "EADDRNOTAVAIL", "bind", "192.0.2.1:0");
      // Without a name server the resolver cannot tell whether the name exists.
      await check(() => sockets.lookup(name), ["ENOTFOUND", "EAI_AGAIN"], "lookup", name);
      await check(() => sockets.connect({ host: name, port: 9 }), ["ENOTFOUND", "EAI_AGAIN"], "lookup", name);
      await check(() => server.accept({ timeout: 5 }), "ETIMEDOUT", "accept", `${host}:${server.address.port}`);
      await check(() => udp.send("x"), "EDESTADDRREQ", "send", `${host}:${udp.address.port}`);
      await check(() => udp.send(new Uint8Array(65_508), { host, port: 9 }), "EMSGSIZE", "send", `${host}:9`);

      const waiting = conn.read();
      await check(() => conn.read(), "EBUSY", "read", remote);
      await conn.shutdown("write");
      await check(() => conn.write("x"), "EPIPE", "write", remote);
      await conn.close();
      await check(() => waiting, "ECANCELED", "read", remote);
      await check(() => conn.read(), "EBADF", "read", remote);

      const address = `${broken.conn.remoteAddress.host}:${broken.conn.remoteAddress.port}`;
      await broken.far.reset();
      await check(() => broken.conn.read(), "ECONNRESET", "read", address);
      await check(() => broken.conn.write("x"), "ECONNRESET", "write", address);
      await check(() => broken.conn.closed, "ECONNRESET", "read", address);
    },
  },
  {
    id: "errors/stack",
    level: "SHOULD",
    assertion: "The stack of an error leads to the line of the program that made the call",
    source: "omnisock SocketError",
    async run(t) {
      const port = await t.peer.closedPort();
      const { conn, far } = await connected(t, "client");
      await far.shutdown("write");
      await conn.shutdown("write");
      const { connect, bind } = t.sockets;
      const calls: Readonly<Record<string, () => Promise<unknown>>> = {
        "a wrong argument": async function thisVeryCall() {
          await connect({ host, port: -1 });
        },
        "a call in a wrong state": async function thisVeryCall() {
          await conn.write("x");
        },
        "connect that is refused": async function thisVeryCall() {
          await connect({ host, port });
        },
        "bind that fails": async function thisVeryCall() {
          await bind({ host: "192.0.2.1" });
        },
      };
      const silent: string[] = [];
      for (const [what, call] of Object.entries(calls)) {
        const failed = await t.within(soon, what, settles(call()));
        if (failed.status === "fulfilled" || !failed.reason.stack?.includes("thisVeryCall")) silent.push(what);
      }
      equal(silent, [], "errors whose stack does not name the function that called");
    },
  },
  {
    id: "errors/native-preserved",
    level: "SHOULD",
    surface: "omnisock",
    assertion: "The error of the runtime is kept as cause",
    source: "omnisock SocketError",
    async run(t) {
      const port = await t.peer.closedPort();
      const { at } = await peerListener(t);
      const calls = [
        () => t.sockets.connect({ host, port }),
        () => t.sockets.listen(at),
        () => t.sockets.bind({ host: "192.0.2.1" }),
      ];
      for (const call of calls) {
        const error = await rejects(call(), { name: "SocketError" }, "a call that fails");
        ok(error.cause instanceof Error, `cause of ${error.code} is an Error: ${show(error.cause)}`);
        ok((error.cause as Error).message !== "", "it has a message");
      }
      const { conn, far } = await connected(t, "client");
      await far.reset();
      const reset = await rejects(t.within(soon, "read", conn.read()), { code: "ECONNRESET" }, "read after a reset");
      ok(reset.cause instanceof Error, `cause of ECONNRESET is an Error: ${show(reset.cause)}`);
    },
  },
  {
    id: "errors/permission-denied",
    level: "MUST",
    surface: "omnisock",
    assertion:
      "Without the runtime's permission to use the network every opening call is EACCES, with a message that names the flag to give",
    source: "Deno, permissions",
    env: ["process"],
    async run(t) {
      const { at } = await peerListener(t);
      const result = await t.run("permissions", {
        args: [at.host, String(at.port), await t.temporaryPath()],
        permissions: [],
      });
      equal([result.code, result.stderr], [0, ""], "exit code and stderr");
      const ends = Object.entries(
        JSON.parse(result.stdout) as Record<string, { kind?: string; code: string; message?: string }>,
      );
      equal(ends.length, 5, "calls");
      // A runtime that knows no permissions opens them all.
      const expected = ends.every(([, { code }]) => code === "none") ? "none" : "EACCES";
      for (const [what, { kind, code, message }] of ends) {
        equal(code, expected, `code of ${what}: ${message}`);
        if (expected === "none") continue;
        equal(kind, "SocketError", `error of ${what}`);
        ok(message?.includes("--allow-"), `the message of ${what} names a flag: ${message}`);
      }
      t.info(expected === "none" ? "no permissions" : "EACCES");
    },
  },
  {
    id: "errors/unsupported-code",
    level: "MUST",
    surface: "omnisock",
    assertion: "Each feature that supports() denies is refused by its call with ENOTSUP and the very same sentence",
    source: "omnisock capabilities",
    async run(t) {
      const { sockets } = t;
      const { at } = await peerListener(t);
      const path = await t.temporaryPath();
      const { conn } = await connected(t, "client");
      const udp = await open(t);
      const calls: readonly (readonly [Feature, () => unknown])[] = [
        ["tcp.backlog", () => sockets.listen({ host, backlog: 5 })],
        ["tcp.ipv6Only", () => sockets.listen({ host: "::", ipv6Only: true })],
        ["tcp.keepAliveIdle", () => sockets.listen({ host, keepAlive: { idle: 1000 } })],
        ["tcp.keepAliveIdle", () => sockets.connect({ ...at, keepAlive: { idle: 1000 } })],
        ["tcp.keepAliveIdle", () => conn.setOption("keepAlive", { idle: 1000 })],
        ["tcp.localAddress", () => sockets.connect({ ...at, localAddress: host })],
        ["tcp.localAddress", () => sockets.connect({ ...at, localPort: 50_000 })],
        ["tcp.reset", () => conn.reset()],
        ["tcp.reusePort", () => sockets.listen({ host, reusePort: true })],
        ["udp.connect", () => udp.connect({ host, port: 9 })],
        ["udp.ipv6Only", () => sockets.bind({ host: "::", ipv6Only: true })],
        ["udp.multicast", () => udp.join("239.1.2.3")],
        ["udp.multicast", () => udp.leave("239.1.2.3")],
        ["udp.reusePort", () => sockets.bind({ host, reusePort: true })],
        ["udp.sourceMulticast", () => udp.join("232.1.2.3", { source: host })],
        ["unix.backlog", () => sockets.listen({ path, backlog: 5 })],
        ["unix.datagram", () => sockets.bind({ path })],
        ["unix.abstract", () => sockets.listen({ path: "\0omnisock-unsupported" })],
        ["unix.abstract", () => sockets.connect({ path: "\0omnisock-unsupported" })],
        ["unix.stream", () => sockets.listen({ path })],
        ["unix.stream", () => sockets.connect({ path })],
      ];
      const denied: string[] = [];
      for (const [feature, call] of calls) {
        const support = sockets.supports(feature);
        if (support.supported) continue;
        ok(/^\S.{8,}\S$/.test(support.reason), `the reason of ${feature} is a sentence: ${show(support.reason)}`);
        await t.within(
          soon,
          feature,
          refuses(call, { name: "SocketError", code: "ENOTSUP", message: support.reason }, feature),
        );
        if (!denied.includes(feature)) denied.push(feature);
      }
      throws(() => sockets.supports("tcp.teleport" as Feature), { name: "RangeError" }, "supports() of no feature");
      t.info(denied.length === 0 ? "nothing denied" : denied.join(", "));
    },
  },
  {
    id: "errors/unobserved",
    level: "MUST",
    surface: "omnisock",
    assertion:
      "Calls that fail without anybody looking at their promises leave the process alone: exit code 0, nothing on stderr",
    source: "omnisock guarantee 7",
    env: ["process"],
    async run(t) {
      const { listener, at } = await peerListener(t);
      const running = t.run("unobserved", { args: [String(at.port)] });
      const far = [await listener.accept(), await listener.accept()];
      for (const one of far) await one.receive(1);
      for (const one of far.reverse()) await one.reset();
      const { code, signal, stderr, stdout, expired } = await running;
      equal(
        [code, signal, expired, stderr, stdout],
        [0, null, false, "", "survived\n"],
        "exit code, signal, expired, stderr and stdout",
      );
    },
  },
  {
    id: "errors/state-machine",
    level: "MUST",
    surface: "omnisock",
    assertion: "Every call in every state of a connection, a listener and a UDP socket ends as documented",
    source: "omnisock Connection, Listener, DatagramSocket",
    deadline: 10_000,
    async run(t) {
      await checkTable(t, connectionStates, connectionCalls, connectionTable);
      await checkTable(t, listenerStates, listenerCalls, listenerTable);
      await checkTable(t, datagramStates, datagramCalls, datagramTable);
    },
  },
];

/** How a call ended, in one word: an error's code, `null`, or `ok`. A call that waits is given 5 ms and then says ETIMEDOUT. */
async function ending(call: () => unknown): Promise<string> {
  try {
    return (await call()) === null ? "null" : "ok";
  } catch (error) {
    return (error as { code?: string }).code ?? show(error);
  }
}

type States<T> = Readonly<Record<string, (t: Context) => Promise<T | undefined>>>;
type Calls<T> = Readonly<Record<string, (one: T) => unknown>>;
/** One line for each state, its words in the order of the calls. */
type Table = Readonly<Record<string, string>>;

async function checkTable<T>(t: Context, states: States<T>, calls: Calls<T>, table: Table): Promise<void> {
  for (const [state, enter] of Object.entries(states)) {
    const expected = (table[state] ?? "").trim().split(/\s+/);
    for (const [index, [name, call]] of Object.entries(calls).entries()) {
      const one = await enter(t);
      // The state needs a feature that the subject has not.
      if (one === undefined) break;
      equal(
        await t.within(soon, `${name} when ${state}`, ending(() => call(one))),
        expected[index],
        `${name} when ${state}`,
      );
    }
  }
}

const wait = { timeout: 5 };

const connectionCalls: Calls<Connection<IpAddress>> = {
  "read": (conn) => conn.read(wait),
  "readInto": (conn) => conn.readInto(new Uint8Array(1), wait),
  "write": (conn) => conn.write("x"),
  "shutdown read": (conn) => conn.shutdown("read"),
  "shutdown write": (conn) => conn.shutdown("write"),
  "shutdown both": (conn) => conn.shutdown("both"),
  "setOption": (conn) => conn.setOption("noDelay", true),
  "ref, unref": (conn) => conn.ref().unref(),
  "close": (conn) => conn.close(),
};

const connectionStates: States<Connection<IpAddress>> = {
  "open": async (t) => (await clientEnds(t)).conn,
  "shut for reading": async (t) => after(await clientEnds(t), ({ conn }) => conn.shutdown("read")),
  "shut for writing": async (t) => after(await clientEnds(t), ({ conn }) => conn.shutdown("write")),
  "shut for both": async (t) => after(await clientEnds(t), ({ conn }) => conn.shutdown("both")),
  "ended by the peer": async (t) =>
    after(await clientEnds(t), async ({ conn, far }) => {
      await far.shutdown("write");
      await conn.read();
    }),
  "ended by both": async (t) =>
    after(await clientEnds(t), async ({ conn, far }) => {
      await conn.shutdown("write");
      await far.close();
      await conn.closed;
    }),
  "reset by the peer": async (t) =>
    after(await clientEnds(t), async ({ conn, far }) => {
      await far.reset();
      await conn.closed.catch(() => {});
    }),
  "closed": async (t) => after(await clientEnds(t), ({ conn }) => conn.close()),
  "reset": async (t) => {
    if (!t.sockets.supports("tcp.reset").supported) return undefined;
    return after(await clientEnds(t), ({ conn }) => conn.reset());
  },
};

//                       read       readInto   write      sh. read   sh. write  sh. both   setOption  ref   close
const connectionTable: Table = {
  "open": " ETIMEDOUT  ETIMEDOUT  ok         ok         ok         ok         ok         ok    ok ",
  "shut for reading": " null       null       ok         ok         ok         ok         ok         ok    ok ",
  "shut for writing": " ETIMEDOUT  ETIMEDOUT  EPIPE      ok         ok         ok         ok         ok    ok ",
  "shut for both": " null       null       EPIPE      ok         ok         ok         ok         ok    ok ",
  "ended by the peer": " null       null       ok         ok         ok         ok         ok         ok    ok ",
  "ended by both": " null       null       EPIPE      ok         ok         ok         EBADF      ok    ok ",
  "reset by the peer": " ECONNRESET ECONNRESET ECONNRESET ok         ECONNRESET ECONNRESET ECONNRESET ok    ok ",
  "closed": " EBADF      EBADF      EBADF      EBADF      EBADF      EBADF      EBADF      ok    ok ",
  "reset": " ECONNRESET ECONNRESET ECONNRESET ECONNRESET ECONNRESET ECONNRESET ECONNRESET ok    ok ",
};

const listenerCalls: Calls<Listener> = {
  "accept": (server) => server.accept(wait),
  "shutdown": (server) => server.shutdown({ graceful: 0 }),
  "ref, unref": (server) => server.ref().unref(),
  "close": (server) => server.close(),
};

const listenerStates: States<Listener> = {
  "open": (t) => listening(t),
  "closed": async (t) => {
    const server = await listening(t);
    await server.close();
    return server;
  },
};

const listenerTable: Table = {
  //          accept    shutdown  ref  close
  "open": " ETIMEDOUT ok        ok   ok ",
  "closed": " EBADF     ok        ok   ok ",
};

const target = { host, port: 9 };

const datagramCalls: Calls<DatagramSocket> = {
  "send": (udp) => udp.send("x"),
  "send to": (udp) => udp.send("x", target),
  "receive": (udp) => udp.receive(wait),
  "disconnect": (udp) => udp.disconnect(),
  "setOption": (udp) => udp.setOption("broadcast", false),
  "ref, unref": (udp) => udp.ref().unref(),
  "close": (udp) => udp.close(),
};

const datagramStates: States<DatagramSocket> = {
  "unconnected": (t) => open(t),
  "connected": (t) => connectedDatagram(t, () => {}),
  "disconnected": (t) => connectedDatagram(t, (udp) => udp.disconnect()),
  "closed": async (t) => {
    const udp = await open(t);
    await udp.close();
    return udp;
  },
};

const datagramTable: Table = {
  //               send          send to  receive    disconnect  setOption  ref  close
  "unconnected": " EDESTADDRREQ ok       ETIMEDOUT  ENOTCONN    ok         ok   ok ",
  "connected": " ok           EISCONN  ETIMEDOUT  ok          ok         ok   ok ",
  "disconnected": " EDESTADDRREQ ok       ETIMEDOUT  ENOTCONN    ok         ok   ok ",
  "closed": " EBADF        EBADF    EBADF      EBADF       EBADF      ok   ok ",
};

async function connectedDatagram(
  t: Context,
  then: (udp: DatagramSocket) => unknown,
): Promise<DatagramSocket | undefined> {
  if (!t.sockets.supports("udp.connect").supported) return undefined;
  const [udp, peer] = [await open(t), await t.peer.bind({ host, port: 0 })];
  await udp.connect(peer.address);
  await then(udp);
  return udp;
}

async function after<T extends { readonly conn: Connection<IpAddress> }>(
  ends: T,
  act: (ends: T) => Promise<unknown>,
): Promise<Connection<IpAddress>> {
  await act(ends);
  return ends.conn;
}
