/** Unix-domain streams: what differs from TCP. */
import type { Case } from "../harness/case.js";
import { startThenBlock } from "../harness/busy.js";
import { bytesEqual, equal, notEqual, ok, rejects, settles } from "../harness/expect.js";
import { bothRoles, soon } from "../harness/tcp.js";
import { staysPending } from "../harness/traffic.js";
import { connectedAt, listeningAt, overUnix, unixEnds } from "../harness/unix.js";

export const cases: readonly Case[] = [
  {
    id: "unix.stream/basic",
    level: "MUST",
    assertion: "Bytes pass in both directions over a path, whichever side connected, and EOF after close",
    source: "POSIX socket(), AF_UNIX",
    ...overUnix,
    async run(t) {
      for (const role of bothRoles) {
        const { conn, far } = await unixEnds(t, role);
        equal(conn.transport, "unix", "transport");
        await conn.write("ping");
        bytesEqual((await far.receive(4)).data, "ping", "what the peer got");
        await far.send("pong");
        bytesEqual(await t.within(soon, "read", conn.read()), "pong", "what the peer sent");
        await far.close();
        equal(await t.within(soon, "read", conn.read()), null, "read after the peer's close");
      }
    },
  },
  {
    id: "unix.stream/addresses",
    level: "MUST",
    assertion: "Each end reports its path; the end without one reports an empty path",
    source: "Linux unix(7); omnisock Address",
    ...overUnix,
    async run(t) {
      const path = await t.temporaryPath();
      const server = await listeningAt(t, path);
      equal(server.address, { family: "unix", path }, "address of the listener");
      const client = await connectedAt(t, path);
      const accepted = await t.within(soon, "accept", server.accept());
      t.defer(() => accepted.close({ timeout: 200 }));
      const [named, unnamed] = [{ family: "unix", path }, { family: "unix", path: "" }];
      equal([client.localAddress, client.remoteAddress], [unnamed, named], "addresses of the connecting end");
      equal([accepted.localAddress, accepted.remoteAddress], [named, unnamed], "addresses of the accepted end");
    },
  },
  {
    id: "unix.stream/backlog-full",
    level: "SHOULD",
    assertion:
      "When the queue of a listener is full, connect() waits or says EAGAIN; it neither fails otherwise nor pretends",
    source: "Linux connect(2), EAGAIN",
    env: ["kernel"],
    ...overUnix,
    async run(t) {
      const path = await t.temporaryPath();
      await t.peer.listen({ path }, { backlog: 1 });
      const ends: string[] = [];
      for (let i = 0; i < 6; i++) {
        const end = await settles(t.sockets.connect({ path, timeout: 100 }));
        if (end.status === "fulfilled") t.defer(() => end.value.close({ timeout: 200 }));
        ends.push(end.status === "fulfilled" ? "connected" : String(end.reason.code));
      }
      notEqual(ends.at(-1), "connected", "the last of six connects to a queue of one");
      ok(
        ends.every((end) => ["connected", "EAGAIN", "ETIMEDOUT"].includes(end)),
        `ends of the connects: ${ends.join(", ")}`,
      );
      t.info(String(ends.at(-1)));
    },
  },
  {
    id: "unix.stream/half-close",
    level: "MUST",
    assertion:
      "As with TCP, shutdown(\"write\") ends the peer's reading only, and the peer's shutdown ends ours only, on both sides",
    source: "POSIX shutdown()",
    ...overUnix,
    async run(t) {
      for (const role of bothRoles) {
        const { conn, far } = await unixEnds(t, role);
        await conn.write("question");
        await t.within(soon, "shutdown", conn.shutdown("write"));
        const got = await far.drain();
        equal([got.bytes, got.eof, got.error], [8, true, undefined], "what the peer read until EOF");
        await far.send("answer");
        bytesEqual(await t.within(soon, "read", conn.read()), "answer", "what came after our shutdown");
        await rejects(conn.write("x"), { name: "SocketError", code: "EPIPE" }, "write after our shutdown");
        await far.close();
        equal(await t.within(soon, "read", conn.read()), null, "read after the peer's close");

        const second = await unixEnds(t, role);
        await second.far.shutdown("write");
        equal(await t.within(soon, "read", second.conn.read()), null, "read after the peer's shutdown");
        await second.conn.write("after your FIN");
        bytesEqual((await second.far.receive(14)).data, "after your FIN", "what the peer got after its shutdown");
      }
    },
  },
  {
    id: "unix.stream/reset",
    level: "SHOULD",
    assertion:
      "reset() ends the connection for both sides at once: later calls here say ECONNRESET, the peer sees an end",
    source: "omnisock reset()",
    ...overUnix,
    async run(t) {
      const { conn, far } = await unixEnds(t, "client");
      const waiting = settles(conn.read());
      await t.within(soon, "reset", conn.reset());
      const end = await t.within(1000, "the waiting read", waiting);
      equal(end.status === "rejected" ? end.reason.code : end.status, "ECONNRESET", "the read that waited");
      await rejects(conn.write("x"), { code: "ECONNRESET" }, "write after reset()");
      const got = await far.receive(1);
      ok(got.eof || got.error === "ECONNRESET", "the peer sees EOF or ECONNRESET");
    },
  },
  {
    id: "unix.stream/closed-at-once",
    level: "MUST",
    assertion:
      "A server that sends and closes while the program is busy with something else loses nothing: connect() succeeds, the bytes are read, then EOF",
    source: "POSIX connect(), recv(); omnisock guarantees 1 and 4",
    ...overUnix,
    env: ["process"],
    deadline: 15_000,
    async run(t) {
      const path = await t.temporaryPath();
      const server = await t.start("serve", { args: ["greet", JSON.stringify({ path })] });
      equal(await t.within(8_000, "start of the server", server.line()), path, "path of the server");
      for (let i = 0; i < 3; i++) {
        const { pending } = await startThenBlock(100, () => t.sockets.connect({ path }));
        const conn = await t.within(soon, "connect", pending);
        t.defer(() => conn.close());
        const greeting = `${server.pid}\n`;
        bytesEqual(await t.within(soon, "read", conn.read()), greeting, "what the server sent before it closed");
        equal(await t.within(soon, "read", conn.read()), null, "EOF");
      }
    },
  },
  {
    id: "unix.stream/unread-close",
    level: "INFO",
    assertion: "What the peer sees when a connection with unread bytes is closed",
    source: "Linux unix(7); omnisock guarantee 6",
    ...overUnix,
    async run(t) {
      const { conn, far } = await unixEnds(t, "client");
      await conn.write("answer");
      await far.send("unread");
      // The bytes have arrived when the next ones can be read.
      bytesEqual(await t.within(soon, "read", conn.read()), "unread", "first bytes");
      await far.send("unread too");
      const closing = settles(conn.close({ timeout: 1000 }));
      const got = await far.drain();
      await far.close();
      await t.within(soon, "close", closing);
      t.info(`${got.bytes} bytes, then ${got.error ?? "EOF"}`);
    },
  },
  {
    id: "unix.stream/listener-close-pending",
    level: "INFO",
    assertion: "What a peer sees whose connection waited for accept() when the listener was closed",
    source: "Linux unix(7)",
    ...overUnix,
    async run(t) {
      const path = await t.temporaryPath();
      const server = await listeningAt(t, path);
      const far = await t.peer.connect({ path });
      await t.within(soon, "close", server.close());
      const receiving = far.receive(1);
      if (await staysPending(receiving, 500)) return t.info("the connection stays open");
      const got = await receiving;
      // Which of the two depends on whether the runtime had taken it out of the kernel's queue by then.
      t.info(got.eof || got.error === "ECONNRESET" ? "EOF or ECONNRESET" : got.error ?? "bytes");
    },
  },
];
