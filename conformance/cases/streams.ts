/** The WHATWG views of a connection, `readable` and `writable`, over TCP and Unix streams. */
import type { Case } from "../harness/case.js";
import { sleep } from "../harness/context.js";
import { bytesEqual, equal, ok, refuses, rejects, settles, throws } from "../harness/expect.js";
import { pattern } from "../harness/pattern.js";
import { soon } from "../harness/tcp.js";
import { MiB, sha256, staysPending } from "../harness/traffic.js";
import { everyStream } from "../harness/unix.js";

export const cases: readonly Case[] = [
  {
    id: "streams/same-object",
    level: "MUST",
    assertion:
      "readable and writable are the same objects each time, and lock as streams do: a second reader or writer is a TypeError",
    source: "WHATWG Streams §4.2, §5.2",
    async run(t) {
      for await (const { what, conn, far } of everyStream(t)) {
        ok(conn.readable === conn.readable && conn.writable === conn.writable, `the views of ${what} stay the same`);
        const [reader, writer] = [conn.readable.getReader(), conn.writable.getWriter()];
        equal([conn.readable.locked, conn.writable.locked], [true, true], "locked");
        throws(() => conn.readable.getReader(), { name: "TypeError" }, "a second reader");
        throws(() => conn.writable.getWriter(), { name: "TypeError" }, "a second writer");
        await t.within(soon, "write", writer.write(new TextEncoder().encode("out")));
        bytesEqual((await far.receive(3)).data, "out", "what the peer got");
        await far.send("in");
        bytesEqual((await t.within(soon, "read", reader.read())).value ?? null, "in", "what the reader got");
      }
    },
  },
  {
    id: "streams/echo",
    level: "MUST",
    assertion: "readable.pipeTo(writable) echoes one MiB and ends with EOF at the peer, and the connection is over",
    source: "WHATWG Streams §4.9; omnisock guarantees 1 and 5",
    async run(t) {
      for await (const { what, conn, far } of everyStream(t)) {
        const echo = conn.readable.pipeTo(conn.writable);
        const sending = far.send({ length: MiB, seed: 4 }).then(() => far.shutdown("write"));
        const [drained] = await Promise.all([far.drain(), sending, t.within(soon, "pipeTo", echo)]);
        equal([drained.bytes, drained.eof, drained.sha256], [MiB, true, sha256(pattern(4, MiB))], `echo of ${what}`);
        await t.within(soon, "closed", conn.closed);
      }
    },
  },
  {
    id: "streams/through",
    level: "SHOULD",
    assertion:
      "Bytes pass through a TransformStream between two connections, with the end of the one as the end of the other",
    source: "WHATWG Streams §4.9, §6",
    async run(t) {
      for await (const { what, conn, far } of everyStream(t)) {
        const inverted = new TransformStream<Uint8Array, Uint8Array>({
          transform: (chunk, controller) => controller.enqueue(chunk.map((byte) => byte ^ 0xff)),
        });
        const piping = conn.readable.pipeThrough(inverted).pipeTo(conn.writable);
        await far.send({ length: 100_000, seed: 5 });
        await far.shutdown("write");
        const drained = await far.drain();
        await t.within(soon, "pipeTo", piping);
        const expected = pattern(5, 100_000).map((byte) => byte ^ 0xff);
        equal([drained.bytes, drained.sha256], [100_000, sha256(expected)], `what came back over ${what}`);
      }
    },
  },
  {
    id: "streams/byob",
    level: "MUST",
    assertion:
      "A BYOB read that waits is filled with what arrives, at its offset and no more than fits; the rest stays for the next; at EOF it is done",
    source: "WHATWG Streams §4.5",
    async run(t) {
      for await (const { what, conn, far } of everyStream(t)) {
        const reader = conn.readable.getReader({ mode: "byob" });
        const buffer = new ArrayBuffer(16);
        const waiting = reader.read(new Uint8Array(buffer, 4, 8));
        await far.send("0123456789");
        const first = await t.within(soon, "BYOB read", waiting);
        bytesEqual(first.value ?? null, "01234567", `what the read of ${what} that waited got`);
        equal([first.value?.byteOffset, first.value?.buffer.byteLength], [4, 16], "where it is");
        const whole = new Uint8Array(first.value?.buffer ?? new ArrayBuffer(0));
        equal([...whole.subarray(0, 4), ...whole.subarray(12)], Array(8).fill(0), "the bytes around it");
        const rest = await t.within(soon, "BYOB read", reader.read(new Uint8Array(8)));
        bytesEqual(rest.value ?? null, "89", "the rest");
        const atEnd = reader.read(new Uint8Array(8));
        await far.shutdown("write");
        const end = await t.within(soon, "BYOB read", atEnd);
        equal([end.done, end.value?.byteLength], [true, 0], "the read that waited for EOF");
        await t.within(soon, "closed of the reader", reader.closed);
      }
    },
  },
  {
    id: "streams/release",
    level: "MUST",
    assertion:
      "Releasing a reader while its read waits rejects that read with TypeError, and the next reader gets every byte",
    source: "WHATWG Streams §4.4, releaseLock()",
    async run(t) {
      for await (const { what, conn, far } of everyStream(t)) {
        const reader = conn.readable.getReader();
        const waiting = settles(reader.read());
        reader.releaseLock();
        const released = await t.within(soon, "the read that waited", waiting);
        equal(released.status === "rejected" && released.reason.name, "TypeError", `the read of ${what} that waited`);
        const next = conn.readable.getReader();
        await far.send("nothing is lost");
        let text = "";
        while (text.length < 15) {
          const { value } = await t.within(soon, "read", next.read());
          text += new TextDecoder().decode(value);
        }
        equal(text, "nothing is lost", "what the next reader got");
      }
    },
  },
  {
    id: "streams/cancel",
    level: "MUST",
    assertion:
      'Cancelling the readable, also while a read waits, is shutdown("read"): reads are done or null, and the send direction works on',
    source: "WHATWG Streams §4.4, cancel()",
    async run(t) {
      for await (const { what, conn, far } of everyStream(t)) {
        const reader = conn.readable.getReader();
        const waiting = reader.read();
        await t.within(soon, "cancel", reader.cancel("enough"));
        equal((await t.within(soon, "read", waiting)).done, true, `the read of ${what} that waited`);
        equal((await t.within(soon, "read", reader.read())).done, true, "a read afterwards");
        equal(await t.within(soon, "read", conn.read()), null, "a read of the connection");
        await t.within(soon, "write", conn.write("works on"));
        bytesEqual((await far.receive(8)).data, "works on", "what the peer got");
      }
    },
  },
  {
    id: "streams/close",
    level: "MUST",
    assertion:
      "Closing the writer sends what was written and then FIN; writes after it are refused, and reading goes on",
    source: "WHATWG Streams §5.3, close()",
    async run(t) {
      for await (const { what, conn, far } of everyStream(t)) {
        const writer = conn.writable.getWriter();
        for (let i = 0; i < 10; i++) writer.write(pattern(6, 10_000, 10_000 * i)).catch(() => {});
        const closing = writer.close();
        const drained = await far.drain();
        equal([drained.bytes, drained.eof, drained.sha256], [100_000, true, sha256(pattern(6, 100_000))], what);
        await t.within(soon, "close", closing);
        await t.within(soon, "closed of the writer", writer.closed);
        // A TypeError by the standard, an assertion of its own in Node 20.
        await refuses(() => writer.write("late"), {}, "a write to the closed writer");
        await rejects(conn.write("late"), { code: "EPIPE" }, "a write to the connection");
        await far.send("answer");
        bytesEqual(await t.within(soon, "read", conn.read()), "answer", "what is read afterwards");
      }
    },
  },
  {
    id: "streams/abort",
    level: "MUST",
    assertion:
      "Aborting the writable resets the connection: the peer sees no orderly end of what was cut, and reads say ECONNRESET",
    source: "WHATWG Streams §5.3, abort(); omnisock writable",
    async run(t) {
      for await (const { what, conn, far } of everyStream(t)) {
        const writer = conn.writable.getWriter();
        writer.closed.catch(() => {});
        const writing = settles(writer.write(new Uint8Array(16 * MiB)));
        ok(await staysPending(writing), "a write beyond what the kernel holds waits");
        const reading = settles(conn.read());
        const aborting = writer.abort("enough");
        const read = await t.within(soon, "read", reading);
        equal(read.status === "rejected" && read.reason.code, "ECONNRESET", `the read of ${what} that waited`);
        const drained = await far.drain();
        ok(drained.bytes < 16 * MiB, "the peer does not get everything");
        if (conn.transport === "tcp") equal(drained.error, "ECONNRESET", "how it ended for the peer");
        await t.within(soon, "abort", settles(aborting));
        equal((await t.within(soon, "write", writing)).status, "rejected", "the write that waited");
      }
    },
  },
  {
    id: "streams/reset",
    level: "MUST",
    assertion:
      "The peer's reset errors both views with ECONNRESET, after every byte that had arrived, and nothing escapes",
    source: "WHATWG Streams §4.2, §5.2; omnisock guarantee 4",
    async run(t) {
      for await (const { what, conn, far } of everyStream(t)) {
        if (conn.transport === "unix") continue;
        await far.send("before");
        const reader = conn.readable.getReader();
        bytesEqual((await t.within(soon, "read", reader.read())).value ?? null, "before", `what ${what} read`);
        const shape = { code: "ECONNRESET" };
        const waiting = rejects(t.within(soon, "read", reader.read()), shape, "the read that waited");
        await far.reset();
        await waiting;
        await rejects(t.within(soon, "closed of the reader", reader.closed), shape, "closed of the reader");
        const writer = conn.writable.getWriter();
        await rejects(t.within(soon, "write", writer.write(new Uint8Array(4))), shape, "a write afterwards");
        await rejects(t.within(soon, "closed of the writer", writer.closed), shape, "closed of the writer");
      }
    },
  },
  {
    id: "streams/close-of-connection",
    level: "MUST",
    assertion:
      "close() of the connection rejects a reader that waits with ECANCELED and a writer afterwards with EBADF",
    source: "omnisock close(), readable, writable",
    async run(t) {
      for await (const { what, conn, far } of everyStream(t)) {
        const reader = conn.readable.getReader();
        reader.closed.catch(() => {});
        const waiting = settles(reader.read());
        await sleep(0);
        await t.within(soon, "close", conn.close());
        const read = await t.within(soon, "read", waiting);
        equal(read.status === "rejected" && read.reason.code, "ECANCELED", `the read of ${what} that waited`);
        const writer = conn.writable.getWriter();
        writer.closed.catch(() => {});
        await rejects(t.within(soon, "write", writer.write("late")), { code: "EBADF" }, "a write afterwards");
        equal((await far.drain()).eof, true, "the peer's EOF");
      }
    },
  },
  {
    id: "streams/bad-chunk",
    level: "MUST",
    assertion:
      "A chunk that is neither text nor bytes errors the writable with TypeError; nothing of it is sent, and the connection can still be used",
    source: "WHATWG Streams §5.2; omnisock guarantee Errors",
    async run(t) {
      for await (const { what, conn, far } of everyStream(t)) {
        const writer = conn.writable.getWriter() as WritableStreamDefaultWriter<unknown>;
        writer.closed.catch(() => {});
        await rejects(
          t.within(soon, "write", writer.write({ length: 3 })),
          { name: "TypeError" },
          `a chunk for ${what}`,
        );
        await rejects(t.within(soon, "write", writer.write("x")), { name: "TypeError" }, "a chunk after it");
        await t.within(soon, "write", conn.write("unharmed"));
        bytesEqual((await far.receive(8)).data, "unharmed", "the first that the peer got");
      }
    },
  },
  {
    id: "streams/busy",
    level: "MUST",
    assertion: "While a read of the readable waits, read() of the connection is EBUSY, and the reader gets the bytes",
    source: "omnisock guarantee 9",
    surface: "omnisock",
    async run(t) {
      for await (const { what, conn, far } of everyStream(t)) {
        const reader = conn.readable.getReader();
        const waiting = reader.read();
        await sleep(0);
        await rejects(t.within(soon, "read", conn.read()), { code: "EBUSY" }, `a read of ${what} beside it`);
        await far.send("for the reader");
        bytesEqual((await t.within(soon, "read", waiting)).value ?? null, "for the reader", "what the reader got");
      }
    },
  },
];
