/** What is written to a TCP connection: buffers of every kind and size, which are the caller's again afterwards. */
import { Buffer } from "node:buffer";

import type { Case } from "../harness/case.js";
import { bytesEqual, concat, equal, ok, rejects, settles } from "../harness/expect.js";
import { pattern } from "../harness/pattern.js";
import { soon } from "../harness/tcp.js";
import { beyondKernel, ends, KiB, MiB, sha256, staysPending } from "../harness/traffic.js";

export const cases: readonly Case[] = [
  {
    id: "tcp.write/partial-write",
    level: "MUST",
    assertion: "One write of 64 MiB, many times what the kernel takes at once, arrives complete",
    source: "POSIX send(); omnisock guarantee 1",
    deadline: 20_000,
    async run(t) {
      const { conn, far } = await ends(t, "client");
      const data = pattern(1, 64 * MiB);
      const draining = far.drain();
      await t.within(15_000, "the write", conn.write(data));
      await t.within(soon, "shutdown", conn.shutdown("write"));
      const drained = await draining;
      equal(
        [drained.bytes, drained.eof, drained.sha256],
        [data.byteLength, true, sha256(data)],
        "bytes, EOF and digest at the peer",
      );
    },
  },
  {
    id: "tcp.write/empty",
    level: "MUST",
    assertion: "An empty write resolves, sends nothing and is no EOF",
    source: "POSIX send()",
    async run(t) {
      const { conn, far } = await ends(t, "client");
      for (const nothing of ["", new Uint8Array(0)]) await t.within(soon, "an empty write", conn.write(nothing));
      equal(conn.bytesWritten, 0, "bytes written");
      const arrival = far.receive(1);
      ok(await staysPending(arrival), "the peer gets nothing, neither bytes nor EOF");
      await t.within(soon, "a write", conn.write("x"));
      bytesEqual((await arrival).data, "x", "what the peer gets then");
      await Promise.all([conn.write("a"), conn.write(""), conn.write("b")]);
      bytesEqual((await far.receive(2)).data, "ab", "an empty write between two others");
    },
  },
  {
    id: "tcp.write/mutate-after",
    level: "SHOULD",
    assertion: "A buffer that is changed as soon as its write() resolved does not change what the peer gets",
    source: "omnisock guarantee 2",
    async run(t) {
      const { conn, far } = await ends(t, "client");
      const buffer = new Uint8Array(300_000);
      const sent = pattern(9, 40 * buffer.byteLength);
      const draining = far.drain();
      for (let i = 0; i < 40; i++) {
        buffer.set(sent.subarray(i * buffer.byteLength, (i + 1) * buffer.byteLength));
        await t.within(soon, `write ${i}`, conn.write(buffer));
        buffer.fill(0);
      }
      const small = new Uint8Array(8);
      for (let i = 0; i < 100; i++) {
        await t.within(soon, `small write ${i}`, conn.write(small.fill(i)));
        small.fill(255);
      }
      await conn.shutdown("write");
      const expected = concat([sent, ...Array.from({ length: 100 }, (_, i) => new Uint8Array(8).fill(i))]);
      equal((await draining).sha256, sha256(expected), "digest at the peer");
    },
  },
  {
    id: "tcp.write/detached",
    level: "MUST",
    assertion:
      "Of a buffer that is detached or shrunk before it is sent all bytes arrive or its own write is a TypeError; other writes are unharmed",
    source: "ECMA-262 §10.4.5",
    async run(t) {
      const { conn, far } = await ends(t, "client");
      const gone = pattern(1, 8);
      structuredClone(gone.buffer, { transfer: [gone.buffer] });
      await rejects(t.within(soon, "write", conn.write(gone)), { name: "TypeError" }, "a write of a detached buffer");

      const resizable = new (ArrayBuffer as unknown as new (
        length: number,
        options: object,
      ) => ArrayBuffer & { resize(length: number): void })(8, { maxByteLength: 16 });
      const outside = new Uint8Array(resizable, 4, 4);
      resizable.resize(2);
      await rejects(
        t.within(soon, "write", conn.write(outside)),
        { name: "TypeError" },
        "a write of a view that its buffer no longer covers",
      );

      // First in its turn and behind another; the one goes to the kernel by itself, the other with its neighbour.
      for (const first of [true, false]) {
        resizable.resize(8);
        outside.set([1, 2, 3, 4]);
        const leaving = pattern(1, 8);
        const sent: readonly (Uint8Array | string)[] = [...first ? [] : ["a"], outside, "b", leaving, "c"];
        const bytes = sent.map((data) => [...Buffer.from(data)]);
        const writes = sent.map((data) => settles(conn.write(data)));
        resizable.resize(2);
        structuredClone(leaving.buffer, { transfer: [leaving.buffer] });
        const ended = await t.within(soon, "the writes", Promise.all(writes));
        ended.forEach((end, i) => {
          if (end.status === "fulfilled") return;
          ok(typeof sent[i] !== "string", `write ${i}, whose bytes nobody took, is sent`);
          equal(end.reason.name, "TypeError", "the name of the error");
        });
        const arriving = bytes.filter((_, i) => ended[i]?.status === "fulfilled").flat();
        bytesEqual((await far.receive(arriving.length)).data, Uint8Array.from(arriving), "what the peer got");
      }
      const alone = pattern(1, 8);
      const only = settles(conn.write(alone));
      structuredClone(alone.buffer, { transfer: [alone.buffer] });
      const behind = conn.write("d");
      const { status: outcome } = await t.within(soon, "a write by itself", only);
      await t.within(soon, "a write behind it, made when its buffer was gone", behind);
      await t.within(soon, "write", conn.write("e"));
      const { data: last } = await far.receive(outcome === "fulfilled" ? 10 : 2);
      bytesEqual(last.subarray(-2), "de", "what came after it");

      // Once bytes are on their way nobody can call them back: the process lives, the write settles, and only resolves if all arrived.
      const begun = pattern(2, beyondKernel);
      const digest = sha256(begun);
      const write = settles(conn.write(begun));
      ok(await staysPending(write), "a write of 16 MiB stays pending");
      await settles((async () => void structuredClone(begun.buffer, { transfer: [begun.buffer] }))());
      const draining = settles(far.drain());
      const { status } = await t.within(soon, "the write whose buffer was given away midway", write);
      await t.within(soon, "close", settles(conn.close({ timeout: 1_000 })));
      const end = await t.within(soon, "the peer's end", draining);
      const whole = end.status === "fulfilled" && end.value.sha256 === digest;
      ok(
        status === "rejected" || whole,
        "a write that resolved although its buffer was given away midway arrived whole",
      );
    },
  },
  {
    id: "tcp.write/shared-buffer",
    level: "INFO",
    assertion: "Whether a view of shared memory can be written, and which of its bytes are sent if they change before",
    source: "ECMA-262 §25.2",
    async run(t) {
      const { conn, far } = await ends(t, "client");
      const shared = new Uint8Array(new SharedArrayBuffer(4)).fill(1);
      const write = settles(conn.write(shared));
      shared.fill(2);
      if ((await t.within(soon, "write", write)).status === "rejected") return t.info("rejected");
      const { data } = await far.receive(4);
      t.info(
        data.every((byte) => byte === 1) ? "accepted, as it was at the call" : "accepted, as it was when it was sent",
      );
    },
  },
  {
    id: "tcp.write/string",
    level: "INFO",
    assertion: "Whether a string can be written, and in which encoding it is sent, a lone surrogate included",
    source: "WHATWG Encoding §8",
    async run(t) {
      const { conn, far } = await ends(t, "client");
      const write = await t.within(soon, "write", settles(conn.write("aé€😀\ud800")));
      if (write.status === "rejected") return t.info("rejected");
      await t.within(soon, "shutdown", conn.shutdown("write"));
      const { head } = await far.drain();
      const hex = Array.from(head, (byte) => byte.toString(16).padStart(2, "0")).join("");
      t.info(hex === "61c3a9e282acf09f9880efbfbd" ? "UTF-8" : hex);
    },
  },
  {
    id: "tcp.write/gather",
    level: "SHOULD",
    assertion:
      "Writes of mixed sizes made in one turn keep their order and total, joined into fewer system calls or not",
    source: "POSIX writev(); omnisock guarantee 10",
    async run(t) {
      for (const cork of [true, false]) {
        const { conn, far } = await ends(t, "client", { cork });
        const parts = Array.from(
          { length: 60 },
          (_, i) => pattern(i, [10, 30_000, 64 * KiB, 200_000, 1, 64 * KiB - 1][i % 6] ?? 0),
        );
        const draining = far.drain();
        await t.within(soon, "60 writes", Promise.all(parts.map((part) => conn.write(part))));
        await conn.shutdown("write");
        const drained = await draining;
        equal(
          [drained.bytes, drained.sha256],
          [concat(parts).byteLength, sha256(...parts)],
          `bytes and digest at the peer, cork: ${cork}`,
        );
      }
    },
  },
];
