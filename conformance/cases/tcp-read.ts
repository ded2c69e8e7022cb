/** Reading from a TCP connection: every byte once, in order, then EOF for ever. */
import type { Case } from "../harness/case.js";
import { sleep } from "../harness/context.js";
import { bytesEqual, concat, equal, ok, rejects, within } from "../harness/expect.js";
import { pattern } from "../harness/pattern.js";
import { bothRoles, clientEnds, peerListener, soon } from "../harness/tcp.js";
import { ends, KiB, MiB, readExactly, readSome, readToEnd, sha256 } from "../harness/traffic.js";

export const cases: readonly Case[] = [
  {
    id: "tcp.read/byte-exact",
    level: "MUST",
    assertion: "A stream of 1 MiB is read byte for byte as the peer sent it, followed by EOF",
    source: "RFC 9293 §3.8; omnisock guarantee 1",
    async run(t) {
      for (const role of bothRoles) {
        const { conn, far } = await ends(t, role);
        const [flow] = await Promise.all([
          readToEnd(t, conn),
          far.send({ length: MiB, seed: 1 }).then(() => far.shutdown("write")),
        ]);
        equal(
          [flow.bytes.byteLength, flow.end, sha256(flow.bytes)],
          [MiB, "EOF", sha256(pattern(1, MiB))],
          `bytes, end and digest of what the ${role} read`,
        );
      }
    },
  },
  {
    id: "tcp.read/fragments",
    level: "MUST",
    assertion: "Single bytes that arrive one by one, or in any grouping, are put together in order",
    source: "RFC 9293 §3.7",
    async run(t) {
      const { conn, far } = await ends(t, "client");
      const sent = pattern(2, 300);
      for (let i = 0; i < 20; i++) {
        await far.send(sent.subarray(i, i + 1));
        bytesEqual(await t.within(soon, `byte ${i}`, conn.read()), sent.subarray(i, i + 1), `byte ${i}`);
      }
      const rest = Array.from(sent.subarray(20), (byte) => far.send(Uint8Array.of(byte)));
      bytesEqual(await readSome(t, conn, 280), sent.subarray(20), "280 bytes sent one by one");
      await Promise.all(rest);
    },
  },
  {
    id: "tcp.read/no-boundaries",
    level: "MUST",
    assertion: "Three sends are read in five reads of two bytes, or in any other number of reads, with the same bytes",
    source: "RFC 9293 §2",
    async run(t) {
      const { conn, far } = await ends(t, "client");
      for (const part of ["abc", "def", "ghij"]) await far.send(part);
      const parts: Uint8Array[] = [];
      for (let i = 0; i < 5; i++) {
        const pair = await readExactly(t, conn, 2);
        parts.push(pair);
      }
      bytesEqual(concat(parts), "abcdefghij", "three sends in five reads");
      for (const part of ["abc", "def", "ghij"]) await far.send(part);
      await far.shutdown("write");
      bytesEqual((await readToEnd(t, conn)).bytes, "abcdefghij", "three sends in any number of reads");
    },
  },
  {
    id: "tcp.read/eof-once",
    level: "MUST",
    assertion: "The peer's FIN ends iteration and the readable stream once, after all bytes and without an error",
    source: "RFC 9293 §3.9.1.4 (MUST-12); omnisock guarantee 4",
    async run(t) {
      for (const how of ["iterator", "readable"] as const) {
        const { conn, far } = await ends(t, "client");
        await far.send({ length: 100_000, seed: 3 });
        await far.shutdown("write");
        const chunks: Uint8Array[] = [];
        const source: Pulled = how === "iterator" ? conn[Symbol.asyncIterator]() : chunksOf(conn.readable);
        for (;;) {
          const { done, value } = await t.within(soon, "the next chunk", source.next());
          if (done === true) break;
          chunks.push(value);
        }
        bytesEqual(concat(chunks), pattern(3, 100_000), `what the ${how} gave before it ended`);
        equal((await t.within(soon, "the end again", source.next())).done, true, `the ${how} after its end`);
      }
    },
  },
  {
    id: "tcp.read/eof-sticky",
    level: "MUST",
    assertion: "After EOF every read gives null at once, also after our own FIN",
    source: "POSIX recv(); omnisock guarantee 4",
    async run(t) {
      for (const role of bothRoles) {
        const { conn, far } = await ends(t, role);
        await far.send("last");
        await far.shutdown("write");
        bytesEqual(await t.within(soon, "read", conn.read()), "last", "the bytes before EOF");
        for (let i = 0; i < 3; i++) equal(await t.within(soon, `EOF ${i}`, conn.read()), null, `read ${i} at EOF`);
        equal(await t.within(soon, "readInto", conn.readInto(new Uint8Array(4))), null, "readInto at EOF");
        equal((await t.within(soon, "iterator", conn[Symbol.asyncIterator]().next())).done, true, "iteration at EOF");
        await t.within(soon, "shutdown", conn.shutdown("write"));
        equal(await t.within(soon, "read", conn.read({ timeout: soon })), null, "read at EOF after our own FIN");
      }
    },
  },
  {
    id: "tcp.read/data-then-rst",
    level: "INFO",
    assertion: "How many of 60,000 bytes that had arrived before a reset a late reader gets, and what it gets then",
    source: "RFC 9293 §3.10.7.4; omnisock guarantee 4",
    async run(t) {
      const { conn, far } = await ends(t, "client");
      await far.send({ length: 60_000, seed: 4 });
      // All of it fits into the window; loopback delivers it before the call is answered.
      await far.reset();
      await sleep(50);
      const { bytes, end } = await readToEnd(t, conn);
      t.info(`${bytes.byteLength}/60000 then ${end}`);
    },
  },
  {
    id: "tcp.read/byob",
    level: "SHOULD",
    assertion:
      "readInto() fills the given view from its beginning, tells the exact count, and touches nothing outside of it",
    source: "WHATWG Streams §4.3; POSIX recv()",
    async run(t) {
      const { conn, far } = await ends(t, "client");
      const sent = pattern(5, 100);
      await far.send(sent);
      const whole = new Uint8Array(30).fill(0xaa);
      for (let read = 0; read < sent.length;) {
        whole.fill(0xaa);
        const count = await t.within(soon, "readInto", conn.readInto(whole.subarray(10, 20)));
        ok(count !== null && count > 0 && count <= 10, `a count of 1 to 10, not ${count}`);
        bytesEqual(whole.slice(10, 10 + count), sent.subarray(read, read + count), `the ${count} bytes at ${read}`);
        const outside = [...whole.subarray(0, 10), ...whole.subarray(10 + count)];
        ok(outside.every((byte) => byte === 0xaa), "nothing outside of the count is touched");
        read += count;
      }
      await far.shutdown("write");
      equal(await t.within(soon, "readInto", conn.readInto(whole)), null, "readInto at EOF");
    },
  },
  {
    id: "tcp.read/zero-len-read",
    level: "SHOULD",
    assertion:
      "readInto() of an empty buffer resolves with 0 before data, with data waiting and at EOF, and consumes nothing",
    source: "POSIX recv()",
    async run(t) {
      const { conn, far } = await ends(t, "client");
      const none = new Uint8Array(0);
      equal(await t.within(soon, "before data", conn.readInto(none)), 0, "readInto of nothing before data");
      await far.send("abc");
      equal(await readExactly(t, conn, 1).then(String), "97", "the first byte");
      equal(await t.within(soon, "with data", conn.readInto(none)), 0, "readInto of nothing with data waiting");
      bytesEqual(await readExactly(t, conn, 2), "bc", "the bytes after it");
      await far.shutdown("write");
      equal(await t.within(soon, "EOF", conn.read()), null, "EOF");
      equal(await t.within(soon, "at EOF", conn.readInto(none)), 0, "readInto of nothing at EOF");
    },
  },
  {
    id: "tcp.read/bad-max",
    level: "MUST",
    assertion:
      "A bound of reading that makes no sense is a TypeError or RangeError, and what waits is still there afterwards",
    source: "omnisock: highWaterMark, readInto()",
    async run(t) {
      const { at } = await peerListener(t);
      for (const highWaterMark of [0, -1, 1.5, NaN, Infinity]) {
        await rejects(
          t.sockets.connect({ ...at, highWaterMark }),
          { name: "RangeError" },
          `highWaterMark ${highWaterMark}`,
        );
      }
      await rejects(
        t.sockets.connect({ ...at, highWaterMark: "9" as never }),
        { name: "TypeError" },
        "highWaterMark as text",
      );
      const { conn, far } = await ends(t, "client");
      await far.send("abc");
      for (
        const buffer of [
          0,
          -1,
          NaN,
          "abc",
          [0, 0],
          new ArrayBuffer(4),
          new Uint16Array(4),
          new DataView(new ArrayBuffer(4)),
          null,
        ]
      ) {
        await rejects(
          t.within(soon, "readInto", conn.readInto(buffer as never)),
          { name: "TypeError" },
          `readInto of ${String(buffer)}`,
        );
      }
      const gone = new Uint8Array(4);
      structuredClone(gone.buffer, { transfer: [gone.buffer] });
      await rejects(
        t.within(soon, "readInto", conn.readInto(gone)),
        { name: "TypeError" },
        "readInto of a detached buffer",
      );
      for (const options of [{ max: 1 }, { timeout: -1 }, { timeout: NaN }, 5]) {
        await rejects(t.within(soon, "read", conn.read(options as never)), {
          name: /max|5/.test(JSON.stringify(options)) ? "TypeError" : "RangeError",
        }, `read of ${JSON.stringify(options)}`);
      }
      bytesEqual(await t.within(soon, "read", conn.read()), "abc", "what waited");
    },
  },
  {
    id: "tcp.read/buffer-ownership",
    level: "MUST",
    assertion: "A chunk never changes after it was given, and whatever its owner does with it harms no other chunk",
    source: "omnisock guarantee 2",
    async run(t) {
      const { conn, far } = await ends(t, "client");
      const length = 512 * KiB;
      void far.send({ length, seed: 6 }).then(() => far.shutdown("write")).catch(() => {});
      const kept: { readonly chunk: Uint8Array; readonly digest: string }[] = [];
      const copies: Uint8Array[] = [await readSome(t, conn, 100)];
      for (let i = 0;; i++) {
        const chunk = await t.within(soon, "the next chunk", conn.read());
        if (chunk === null) break;
        copies.push(new Uint8Array(chunk));
        // Every third is overwritten, every third given away, and every third kept to be looked at in the end.
        if (i % 3 === 0) chunk.fill(0);
        else if (i % 3 === 1) structuredClone(chunk.buffer, { transfer: [chunk.buffer] });
        else kept.push({ chunk, digest: sha256(chunk) });
      }
      bytesEqual(concat(copies), pattern(6, length), "all chunks");
      for (const { chunk, digest } of kept) equal(sha256(chunk), digest, `a kept chunk of ${chunk.byteLength} bytes`);
    },
  },
  {
    id: "tcp.read/late-reader",
    level: "MUST",
    assertion: "A reader that comes late, when queues are full and the peer waits, loses nothing of 4 MiB and gets EOF",
    source: "RFC 9293 §3.8.6; omnisock guarantee 4",
    async run(t) {
      for (const role of bothRoles) {
        const { conn, far } = await ends(t, role);
        const sending = far.send({ length: 4 * MiB, seed: 7 }).then(() => far.shutdown("write"));
        await sleep(100);
        equal(conn.bytesRead, 0, "bytes read before the first read");
        const { bytes, end } = await readToEnd(t, conn);
        equal(
          [bytes.byteLength, end, sha256(bytes)],
          [4 * MiB, "EOF", sha256(pattern(7, 4 * MiB))],
          `bytes, end and digest of what the ${role} got`,
        );
        await t.within(soon, "the peer's send", sending);
      }
    },
  },
  {
    id: "tcp.read/oob-data",
    level: "INFO",
    assertion: "What is read of four bytes that the peer sends with an urgent one between them",
    source: "RFC 9293 §3.8.5; RFC 6093; POSIX send(), MSG_OOB",
    env: ["kernel"],
    async run(t) {
      const values: string[] = [];
      for (const role of bothRoles) {
        const { conn, far } = await ends(t, role);
        await far.send("ab");
        await far.sendUrgent("!");
        await far.send("cd");
        await far.shutdown("write");
        const { bytes, end } = await readToEnd(t, conn);
        values.push(`${new TextDecoder().decode(bytes)}, then ${end}`);
      }
      t.info(values[0] === values[1] ? String(values[0]) : values.join("; "));
    },
  },
  {
    id: "tcp.read/unexpected-read",
    level: "SHOULD",
    assertion: "Nothing is consumed before it is asked for, not even by a readable stream that nobody reads",
    source: "WHATWG Streams §4.2.4; omnisock guarantee 3",
    async run(t) {
      const { conn, far } = await clientEnds(t, { highWaterMark: 1 });
      const { readable } = conn;
      await far.send("abcdef");
      await sleep(60);
      equal(conn.bytesRead, 0, "bytes read before the first read");
      bytesEqual(await readExactly(t, conn, 3), "abc", "a read beside the stream");
      const reader = readable.getReader();
      bytesEqual(
        (await t.within(soon, "the stream's chunk", reader.read())).value ?? null,
        "def",
        "the stream's first chunk",
      );
      reader.releaseLock();
      await far.send("ghi");
      within(conn.bytesRead, 6, 6, "bytes read after the stream's read");
      bytesEqual(await readExactly(t, conn, 3), "ghi", "a read after the stream's reader was released");
    },
  },
];

interface Pulled {
  next(): Promise<IteratorResult<Uint8Array, void>>;
}

/** The chunks of a stream, so that it can be pulled like an iterator on every runtime. */
function chunksOf(stream: ReadableStream<Uint8Array>): Pulled {
  const reader = stream.getReader();
  return {
    async next() {
      const { done, value } = await reader.read();
      return done || value === undefined ? { done: true, value: undefined } : { done: false, value };
    },
  };
}
