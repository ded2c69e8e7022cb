/** The bytes of Unix-domain streams: nothing lost, in order, with backpressure, and an end that is no error, as with TCP. */
import { absence } from "../harness/absence.js";
import type { Case, Context } from "../harness/case.js";
import { bytesEqual, concat, equal, ok, within } from "../harness/expect.js";
import { pattern } from "../harness/pattern.js";
import { bothRoles, soon } from "../harness/tcp.js";
import {
  beyondKernel,
  clog,
  clogBlock,
  clogSeed,
  KiB,
  MiB,
  readExactly,
  readToEnd,
  sha256,
  staysPending,
} from "../harness/traffic.js";
import { listeningAt, overUnix, unixEnds } from "../harness/unix.js";

/** What a runtime does that cannot leave bytes in the kernel: the peer can send all that it likes. */
async function takesEverything(t: Context): Promise<never> {
  const { far } = await unixEnds(t, "client");
  equal(await far.flood({ limit: beyondKernel, quiet: 500 }), beyondKernel, "bytes that the peer could send");
  throw absence(t, "tcp.boundedRead");
}

export const cases: readonly Case[] = [
  {
    id: "unix.stream/no-data-loss",
    level: "MUST",
    assertion:
      'shutdown("write") right after 8 MiB of writes that nobody awaited loses nothing, though the peer begins late',
    source: "POSIX shutdown(); omnisock guarantee 1",
    ...overUnix,
    async run(t) {
      for (const role of bothRoles) {
        const { conn, far } = await unixEnds(t, role);
        const data = pattern(1, 8 * MiB);
        for (let i = 0; i < 1000; i += 10) void conn.write(data.subarray(i, i + 10));
        void conn.write(data.subarray(1000));
        const shutdown = conn.shutdown("write");
        ok(await staysPending(shutdown), "shutdown waits for the bytes before it");
        const drained = await far.drain();
        equal([drained.bytes, drained.eof, drained.sha256], [8 * MiB, true, sha256(data)], `what the ${role} wrote`);
        await t.within(soon, "shutdown", shutdown);
      }
    },
  },
  {
    id: "unix.stream/close-flushes",
    level: "MUST",
    assertion:
      "close() right after 8 MiB of writes delivers them all and then EOF, also when input is unread and the peer reads late",
    source: "POSIX close(); omnisock guarantee 6",
    ...overUnix,
    async run(t) {
      for (const role of bothRoles) {
        for (const unread of ["", "unread"]) {
          const { conn, far } = await unixEnds(t, role);
          if (unread !== "") await far.send(unread);
          const data = pattern(2, 8 * MiB);
          void conn.write(data);
          const closing = conn.close();
          ok(await staysPending(closing), "close waits for the bytes before it");
          const drained = await far.drain();
          equal([drained.bytes, drained.eof, drained.sha256], [8 * MiB, true, sha256(data)], `what the ${role} wrote`);
          await far.close();
          await t.within(soon, "close", closing);
        }
      }
    },
  },
  {
    id: "unix.stream/backpressure-write",
    level: "MUST",
    assertion:
      "With a peer that never reads writes stop resolving; when it reads, every write resolves and every byte arrives in order",
    source: "POSIX send(), EAGAIN; omnisock guarantees 2 and 3",
    ...overUnix,
    async run(t) {
      for (const role of bothRoles) {
        const { conn, far } = await unixEnds(t, role);
        const { resolved, pending } = await clog(conn, beyondKernel);
        ok(await staysPending(pending), "the write goes on waiting");
        const shutdown = conn.shutdown("write");
        const drained = await far.drain();
        await t.within(soon, "the writes that waited", Promise.all([pending, shutdown]));
        const expected = pattern(clogSeed, resolved + clogBlock);
        equal([drained.bytes, drained.sha256], [expected.byteLength, sha256(expected)], `what the ${role} wrote`);
      }
    },
  },
  {
    id: "unix.stream/backpressure-read",
    level: "MUST",
    assertion: "Not reading stops the peer; reading gives every byte and lets it go on",
    source: "omnisock guarantee 3",
    needs: ["unix.stream", "tcp.boundedRead"],
    refusal: takesEverything,
    async run(t) {
      for (const role of bothRoles) {
        const { conn, far } = await unixEnds(t, role, { highWaterMark: KiB });
        const length = await far.flood({ limit: beyondKernel, quiet: 100 });
        within(length, 1, beyondKernel - 1, "bytes that the peer could send");
        equal(sha256(await readExactly(t, conn, length)), sha256(pattern(0, length)), "digest of what was read");
        await far.send("more");
        bytesEqual(await readExactly(t, conn, 4), "more", "what the peer sent afterwards");
      }
    },
  },
  {
    id: "unix.stream/duplex",
    level: "MUST",
    assertion:
      "One MiB each way at the same time flows through a small highWaterMark, byte for byte and with both EOFs",
    source: "omnisock guarantees 1 and 3",
    ...overUnix,
    async run(t) {
      for (const role of bothRoles) {
        const { conn, far } = await unixEnds(t, role, { highWaterMark: KiB });
        const [flow, drained] = await Promise.all([
          readToEnd(t, conn),
          far.drain(),
          conn.write(pattern(1, MiB)).then(() => conn.shutdown("write")),
          far.send({ length: MiB, seed: 2 }).then(() => far.shutdown("write")),
        ]);
        equal([flow.end, sha256(flow.bytes)], ["EOF", sha256(pattern(2, MiB))], `what the ${role} read`);
        equal([drained.eof, drained.sha256], [true, sha256(pattern(1, MiB))], `what the ${role} wrote`);
        equal([conn.bytesRead, conn.bytesWritten], [MiB, MiB], "bytesRead and bytesWritten");
        await t.within(soon, "closed", conn.closed);
      }
    },
  },
  {
    id: "unix.stream/eof",
    level: "MUST",
    assertion:
      "EOF comes after every byte, and is null for every read from then on; iteration and the readable stream end",
    source: "POSIX recv(); omnisock guarantee 4",
    ...overUnix,
    async run(t) {
      for (const role of bothRoles) {
        const { conn, far } = await unixEnds(t, role);
        await far.send("first");
        const first = await t.within(soon, "the first read", conn.read());
        await far.send("other");
        bytesEqual(await t.within(soon, "the next read", conn.read()), "other", `the next chunk of the ${role}`);
        bytesEqual(first, "first", `the first chunk of the ${role}, after the next was read`);
        await far.send({ length: 100_000, seed: 3 });
        await far.shutdown("write");
        const flow = await readToEnd(t, conn);
        bytesEqual(flow.bytes, pattern(3, 100_000), `what the ${role} read before EOF`);
        for (let i = 0; i < 3; i++) equal(await t.within(soon, `EOF ${i}`, conn.read()), null, `read ${i} at EOF`);
        equal(await t.within(soon, "readInto", conn.readInto(new Uint8Array(4))), null, "readInto at EOF");
        equal((await t.within(soon, "iterator", conn[Symbol.asyncIterator]().next())).done, true, "iteration at EOF");
        equal((await t.within(soon, "stream", conn.readable.getReader().read())).done, true, "the readable at EOF");
        await t.within(soon, "write", conn.write("still open"));
        bytesEqual((await far.receive(10)).data, "still open", "what the peer got after its end");
      }
    },
  },
  {
    id: "unix.stream/coalesced",
    level: "MUST",
    assertion:
      "Small writes of one turn leave in one system call and arrive in order: when the first resolves, the last cannot be taken back",
    source: "omnisock guarantee 10",
    ...overUnix,
    async run(t) {
      for (const role of bothRoles) {
        const { conn, far } = await unixEnds(t, role);
        const late = new AbortController();
        const parts = Array.from({ length: 16 }, (_, i) => pattern(i, 32));
        const writes = parts.map((part, i) => conn.write(part, i === 15 ? { signal: late.signal } : {}));
        await t.within(soon, "the first of 16 writes", writes[0] ?? Promise.resolve());
        late.abort();
        await t.within(soon, "the other writes", Promise.all(writes));
        bytesEqual((await far.receive(512)).data, concat(parts), `what the ${role} wrote`);
      }
    },
  },
  {
    id: "unix.stream/many",
    level: "SHOULD",
    assertion: "200 connections that are open at the same time on one path each get the echo of their own bytes",
    source: "POSIX listen(), accept()",
    ...overUnix,
    async run(t) {
      const path = await t.temporaryPath();
      const server = await listeningAt(t, path);
      const echo = (async () => {
        for await (const conn of server) {
          t.defer(() => conn.reset());
          void conn.readable.pipeTo(conn.writable);
        }
      })();
      const clients = await Promise.all(Array.from({ length: 200 }, () => t.peer.connect({ path })));
      await Promise.all(clients.map(async (far, i) => {
        await far.send(`client ${i}`);
        await far.shutdown("write");
        const { head, eof } = await far.drain();
        bytesEqual(head, `client ${i}`, `echo of client ${i}`);
        equal(eof, true, `EOF of client ${i}`);
      }));
      await t.within(soon, "close", server.close());
      await t.within(soon, "the end of the iteration", echo);
    },
  },
];
