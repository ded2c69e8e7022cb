/** Calls at the same time: reads exclude each other, writes queue up, and neither direction waits for the other. */
import type { Case } from "../harness/case.js";
import { bytesEqual, equal, ok, rejects, settles } from "../harness/expect.js";
import { pattern } from "../harness/pattern.js";
import { bothRoles, endpoint, type Ends, listening, soon } from "../harness/tcp.js";
import { beyondKernel, clog, clogBlock, clogSeed, ends, readSome, sha256, staysPending } from "../harness/traffic.js";

async function microtasks(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await null;
}

/** Calls on one connection in the same turn. */
type Race = readonly [name: string, calls: (pair: Ends) => readonly Promise<unknown>[]];

const resetInShutdown: Race = [
  "shutdown, reset a microtask later",
  ({ conn }) => [conn.shutdown("write"), microtasks(1).then(() => conn.reset())],
];

export const cases: readonly Case[] = [
  {
    id: "tcp.concurrency/two-reads",
    level: "MUST",
    assertion: "A read while another one waits rejects with EBUSY at once, and the first gets the bytes",
    source: "omnisock guarantee 9",
    async run(t) {
      for (const role of bothRoles) {
        const { conn, far } = await ends(t, role);
        const first = conn.read();
        const others: readonly Promise<unknown>[] = [
          conn.read(),
          conn.readInto(new Uint8Array(4)),
          conn[Symbol.asyncIterator]().next(),
        ];
        for (const second of others) {
          await rejects(
            t.within(soon, "the second read", second),
            { code: "EBUSY", name: "SocketError" },
            `a second read of the ${role}`,
          );
        }
        ok(await staysPending(first, 20), "the first still waits");
        await far.send("abc");
        bytesEqual(await t.within(soon, "the first read", first), "abc", "what the first got");
        await far.send("def");
        bytesEqual(await t.within(soon, "the next read", conn.read()), "def", "what the next one got");
      }
    },
  },
  {
    id: "tcp.concurrency/two-writes",
    level: "MUST",
    assertion:
      "Writes at the same time are sent whole, one after the other, and one that is aborted before it began is not sent at all",
    source: "RFC 9293 §3.9.1.2; omnisock guarantees 1 and 8",
    async run(t) {
      for (const role of bothRoles) {
        const { conn, far } = await ends(t, role);
        const { resolved, pending } = await clog(conn, beyondKernel);
        const controller = new AbortController();
        const second = conn.write(pattern(2, 300_000), { timeout: 30_000 });
        // Small ones could be joined to their neighbours, with which they must not be taken back.
        const size = role === "client" ? 300 : 300_000;
        const third = settles(conn.write(pattern(3, size), { signal: controller.signal }));
        const timed = settles(conn.write(pattern(3, size), { timeout: 20 }));
        const fourth = conn.write(pattern(4, size));
        const reason = new Error("mine");
        controller.abort(reason);
        const end = await t.within(soon, "the aborted write", third);
        ok(end.status === "rejected" && end.reason === reason, "the aborted write rejects with signal.reason");
        const late = await t.within(soon, "the timed-out write", timed);
        equal(late.status === "rejected" ? late.reason.code : "resolved", "ETIMEDOUT", "the write whose time ran out");
        // One that is taken back from the end of the queue, with another after it.
        const last = await t.within(soon, "the last write", settles(conn.write(pattern(5, size), { timeout: 20 })));
        equal(last.status, "rejected", "the last write, whose time ran out");
        const fifth = conn.write(pattern(6, size));
        const shutdown = conn.shutdown("write");
        const { eof, sha256: digest } = await far.drain();
        const sent = [pattern(2, 300_000), pattern(4, size), pattern(6, size)];
        const expected = sha256(pattern(clogSeed, resolved + clogBlock), ...sent);
        equal([eof, digest], [true, expected], `what the peer of the ${role} got`);
        await t.within(soon, "the other writes", Promise.all([pending, second, fourth, fifth, shutdown]));
      }
    },
  },
  {
    id: "tcp.concurrency/read-while-write",
    level: "MUST",
    assertion:
      "A write that waits leaves reads alone and a read that waits leaves writes alone; an aborted read consumes nothing",
    source: "omnisock guarantees 3 and 8",
    async run(t) {
      for (const role of bothRoles) {
        const full = await ends(t, role);
        const { pending } = await clog(full.conn, beyondKernel);
        await full.far.send("abc");
        bytesEqual(await t.within(soon, "read", full.conn.read()), "abc", "a read while a write waits");
        ok(await staysPending(pending, 20), "the write still waits");

        const { conn, far } = await ends(t, role);
        const controller = new AbortController();
        const read = settles(conn.read({ signal: controller.signal }));
        await t.within(soon, "write", conn.write("x"));
        bytesEqual((await far.receive(1)).data, "x", "a write while a read waits");
        const reason = new Error("mine");
        controller.abort(reason);
        const end = await t.within(soon, "the aborted read", read);
        ok(end.status === "rejected" && end.reason === reason, "the aborted read rejects with signal.reason");
        await rejects(
          t.within(soon, "read", conn.read({ timeout: 10 })),
          { code: "ETIMEDOUT" },
          "a read whose time ran out",
        );
        await far.send("def");
        await rejects(
          t.within(soon, "read", conn.read({ signal: controller.signal })),
          { message: "mine" },
          "a read with an aborted signal",
        );
        bytesEqual(await t.within(soon, "read", conn.read()), "def", "what a later read gets");
      }
    },
  },
  {
    id: "tcp.concurrency/close-vs-ops",
    level: "MUST",
    assertion:
      "close() in the same turn as reads, writes, shutdown, reset or the peer's reset: everything settles, and nothing escapes",
    source: "omnisock guarantees 6 and 7",
    async run(t) {
      const races: readonly Race[] = [
        ["read, write, close", ({ conn }) => [conn.read(), conn.write("x"), conn.close()]],
        ["close, read, write", ({ conn }) => [conn.close(), conn.read(), conn.write("x")]],
        [
          "write, shutdown, close, close",
          ({ conn }) => [conn.write("x"), conn.shutdown("both"), conn.close(), conn.close()],
        ],
        ["read, close, reset", ({ conn }) => [conn.read(), conn.close(), conn.reset()]],
        ...[1, 2, 3, 5].map((count) =>
          [
            `close, reset ${count} microtasks later`,
            ({ conn }: Ends) => [conn.close(), microtasks(count).then(() => conn.reset())],
          ] as const
        ),
        // Where nothing can reset, reset() is refused, and the connection stays.
        ...(t.sockets.supports("tcp.reset").supported ? [resetInShutdown] : []),
        ["reset, close", ({ conn }) => [conn.write("x"), conn.reset(), conn.close()]],
        ["the peer's reset, close", ({ conn, far }) => [conn.read(), conn.write("x"), far.reset(), conn.close()]],
        [
          "the peer's reset in a close that flushes",
          ({ conn, far }) => [conn.write(new Uint8Array(beyondKernel)), conn.close(), far.reset()],
        ],
        [
          "the peer's reset in a close that lingers",
          ({ conn, far }) => [far.send("unread").then(() => Promise.all([conn.close(), far.reset()]))],
        ],
        ["the peer's close, close", ({ conn, far }) => [conn.read(), far.close(), conn.close()]],
      ];
      for (const role of bothRoles) {
        for (const [name, calls] of races) {
          const pair = await ends(t, role);
          const settled = Promise.all(calls(pair).map(settles));
          await t.within(soon, `${name} (${role})`, settled);
          await t.within(soon, `closed after ${name} (${role})`, settles(pair.conn.closed));
          await rejects(
            t.within(soon, "write", pair.conn.write("x")),
            { code: ["EBADF", "ECONNRESET"] },
            `a write after ${name}`,
          );
        }
      }
      // In a close the peer's reset is the close's failure if bytes were lost by it, and none if our FIN was sent before.
      const flushing = await ends(t, "client");
      void flushing.conn.write(new Uint8Array(beyondKernel));
      const lost = flushing.conn.close();
      ok(await staysPending(lost, 20), "close waits for the bytes before it");
      await flushing.far.reset();
      await rejects(t.within(soon, "close", lost), { code: "ECONNRESET" }, "close that could not send everything");
      const lingering = await ends(t, "accepted");
      await lingering.far.send("unread");
      const over = lingering.conn.close();
      ok(await staysPending(over, 20), "close waits for the peer's FIN");
      await lingering.far.reset();
      await t.within(soon, "close", over);
      await t.within(soon, "closed", lingering.conn.closed);
    },
  },
  {
    id: "tcp.concurrency/many-conns",
    level: "SHOULD",
    assertion: "500 connections that are open at the same time each get the echo of their own bytes",
    source: "omnisock: connect, listen",
    deadline: 20_000,
    async run(t) {
      const count = 500;
      const server = await listening(t);
      void settles((async () => {
        for (;;) {
          const conn = await server.accept();
          void (async () => {
            for (let chunk = await conn.read(); chunk !== null; chunk = await conn.read()) await conn.write(chunk);
            await conn.close();
          })().catch(() => {});
        }
      })());
      const fars = await Promise.all(Array.from({ length: count }, () => t.peer.connect(endpoint(server.address))));
      await Promise.all(fars.map((far, i) => far.send(pattern(i, 40))));
      const echoes = await Promise.all(fars.map((far) => far.receive(40)));
      for (const [i, { data }] of echoes.entries()) bytesEqual(data, pattern(i, 40), `the echo of connection ${i}`);
      await Promise.all(fars.map((far) => far.close()));
      await t.within(soon, "close of the listener", server.close());
    },
  },
  {
    id: "tcp.concurrency/interleaved-echo",
    level: "MUST",
    assertion: "A counter that goes back and forth 1,000 times is neither lost, repeated nor overtaken",
    source: "RFC 9293 §3.8",
    async run(t) {
      const { conn, far } = await ends(t, "client");
      const rounds = 1_000;
      for (let i = 0; i < rounds; i++) {
        const counter = new Uint8Array(new Uint32Array([i]).buffer);
        // The peer's two calls go out together; its receive ends when our write is there.
        const [heard] = await Promise.all([
          far.receive(4),
          far.send(counter),
          t.within(soon, "write", conn.write(counter)),
        ]);
        bytesEqual(heard.data, counter, `what the peer heard in round ${i}`);
        bytesEqual(await readSome(t, conn, 4), counter, `what we heard in round ${i}`);
      }
      const last = conn.write(pattern(1, 10));
      await t.within(soon, "the last write", last);
      equal((await far.receive(10)).data.byteLength, 10, "nothing is left over");
    },
  },
];
