/** The error contract: one class and stable codes. */
import type { Feature } from "omnisock";

import type { Case } from "../harness/case.js";
import { equal, type ErrorShape, ok, refuses, rejects, settles, show, throws } from "../harness/expect.js";
import { connected, listening, peerListener, soon } from "../harness/tcp.js";
import { openUdp } from "../harness/udp.js";

const host = "127.0.0.1";

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
      const udp = await openUdp(t);
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
      const udp = await openUdp(t);
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
];
