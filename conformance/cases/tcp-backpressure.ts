/** Backpressure both ways: memory stays bounded, and nothing is lost or stuck when the flow goes on. */
import { absence } from "../harness/absence.js";
import type { Case, Context } from "../harness/case.js";
import { sleep } from "../harness/context.js";
import { bytesEqual, equal, ok, rejects, settles, within } from "../harness/expect.js";
import { pattern } from "../harness/pattern.js";
import { bothRoles, soon } from "../harness/tcp.js";
import {
  beyondKernel,
  clog,
  clogBlock,
  clogSeed,
  ends,
  kernelRows,
  KiB,
  MiB,
  readSome,
  readToEnd,
  sha256,
  staysPending,
} from "../harness/traffic.js";

/** The seed of what `flood()` of the peer sends. */
const floodSeed = 0;

/** The most that any runtime gives in one piece. */
const largestChunk = 512 * KiB;

export const cases: readonly Case[] = [
  {
    id: "tcp.backpressure/blocks",
    level: "MUST",
    assertion:
      "With a peer that never reads, awaited writes stop resolving after what the kernel holds, and the next one waits",
    source: "RFC 9293 §3.8.6; omnisock guarantee 3",
    async run(t) {
      for (const role of bothRoles) {
        const { conn } = await ends(t, role);
        const { resolved, pending } = await clog(conn, beyondKernel);
        ok(resolved > 0, "some writes resolve");
        const next = [conn.write("x"), conn.write("y")].map(settles);
        ok(await staysPending(Promise.race([pending, ...next])), "both that write and the next two wait");
      }
    },
  },
  {
    id: "tcp.backpressure/bounded-rss",
    level: "MUST",
    assertion:
      "A producer that awaits its writes to a peer that never reads stops, and the process grows by less than 20 MiB",
    source: "omnisock guarantee 3",
    env: ["kernel", "proc"],
    async run(t) {
      // The first connection warms the runtime up; the second is measured.
      await clog((await ends(t, "client")).conn, beyondKernel);
      const { conn } = await ends(t, "client");
      const before = await t.kernel.memory();
      const { resolved } = await clog(conn, 128 * MiB);
      within(await t.kernel.memory() - before, -Infinity, 20 * MiB, `growth after writes of ${resolved} bytes`);
      await t.until(soon, "the kernel's queues at both ends are full", async () => {
        const { ours, theirs } = await kernelRows(t, conn);
        return (ours?.sendQueue ?? 0) > 0 && (theirs?.receiveQueue ?? 0) > 0;
      });
    },
  },
  {
    id: "tcp.backpressure/resume",
    level: "MUST",
    assertion:
      "When the peer reads at last, every write that waited resolves and every byte arrives in order, though each buffer was overwritten when its write resolved",
    source: "RFC 9293 §3.8.6.1 (MUST-37); omnisock guarantees 1 and 2",
    async run(t) {
      for (const role of bothRoles) {
        const { conn, far } = await ends(t, role);
        const { resolved, pending } = await clog(conn, beyondKernel);
        const start = resolved + clogBlock;
        const more = Array.from({ length: 20 }, (_, i) => conn.write(pattern(clogSeed, 10_000, start + 10_000 * i)));
        const shutdown = conn.shutdown("write");
        const drained = await far.drain();
        await t.within(soon, "the writes that waited", Promise.all([pending, ...more, shutdown]));
        const expected = pattern(clogSeed, start + 200_000);
        equal(
          [drained.bytes, drained.eof, drained.sha256],
          [expected.byteLength, true, sha256(expected)],
          "bytes, EOF and digest at the peer",
        );
      }
    },
  },
  {
    id: "tcp.backpressure/read-pause",
    level: "MUST",
    assertion: "Not reading fills the kernel's queues and stops the peer; reading opens the window again",
    source: "RFC 9293 §3.8.6.1; omnisock guarantee 3",
    env: ["kernel", "proc"],
    needs: ["tcp.boundedRead"],
    refusal: takesEverything,
    async run(t) {
      for (const role of bothRoles) {
        const { conn, far } = await ends(t, role);
        const length = await far.flood({ limit: beyondKernel, quiet: 100 });
        within(length, 1, beyondKernel - 1, "bytes that the peer could send");
        const { ours, theirs } = await kernelRows(t, conn);
        ok((ours?.receiveQueue ?? 0) > 0, "bytes wait in our kernel's queue");
        ok((theirs?.sendQueue ?? 0) > 0, "bytes wait at the peer for the window to open");
        const got = await readSome(t, conn, length);
        equal(sha256(got), sha256(pattern(floodSeed, length)), "digest of what was read");
        await far.send("more");
        bytesEqual(await readSome(t, conn, 4), "more", "what the peer sent when the window was open again");
      }
    },
  },
  {
    id: "tcp.backpressure/read-bounded",
    level: "MUST",
    assertion:
      "Of a flood that nobody reads the library holds no more than highWaterMark and one chunk, and the process grows by less than 20 MiB",
    source: "omnisock guarantee 3",
    env: ["kernel", "proc"],
    needs: ["tcp.boundedRead"],
    refusal: takesEverything,
    async run(t) {
      for (const highWaterMark of [1, 64 * KiB]) {
        const { conn, far } = await ends(t, highWaterMark === 1 ? "accepted" : "client", { highWaterMark });
        const before = await t.kernel.memory();
        const sent = await far.flood({ limit: 128 * MiB, quiet: 100 });
        const { ours, theirs } = await kernelRows(t, conn);
        const inKernel = (ours?.receiveQueue ?? 0) + (theirs?.sendQueue ?? 0);
        within(sent - inKernel, 0, highWaterMark + largestChunk, `bytes taken from the kernel, of ${sent} sent`);
        within(await t.kernel.memory() - before, -Infinity, 20 * MiB, "growth");
      }
    },
  },
  {
    id: "tcp.backpressure/tiny-bounded",
    level: "MUST",
    assertion:
      "Of bytes that come one by one and that nobody reads the library takes few: each costs memory for a chunk of its own",
    source: "omnisock guarantee 3",
    env: ["kernel"],
    needs: ["tcp.boundedRead"],
    refusal: takesEverything,
    deadline: 15_000,
    async run(t) {
      for (const role of bothRoles) {
        const { conn, far } = await ends(t, role);
        // Several may come in one chunk where the machine is busy, but not so many that all of them are few chunks.
        const data = pattern(1, 2 * KiB);
        for (const byte of data) await far.send(Uint8Array.of(byte));
        const { ours } = await kernelRows(t, conn);
        within(data.byteLength - (ours?.receiveQueue ?? 0), 0, 0.75 * data.byteLength, "bytes taken from the kernel");
        bytesEqual(await readSome(t, conn, data.byteLength), data, "what was read");
      }
    },
  },
  {
    id: "tcp.backpressure/desired-size",
    level: "SHOULD",
    assertion:
      "The writer of the writable stream has desiredSize 0 or less and a pending ready while the peer does not read, and recovers when it does",
    source: "WHATWG Streams §5.5",
    async run(t) {
      const { conn, far } = await ends(t, "client");
      const writer = conn.writable.getWriter();
      writer.closed.catch(() => {});
      ok((writer.desiredSize ?? 0) > 0, "desiredSize is above 0 at first");
      let written = 0;
      for (let waits = false; !waits; written += clogBlock) {
        ok(written < beyondKernel, "ready stays pending before 16 MiB are written");
        writer.write(pattern(clogSeed, clogBlock, written)).catch(() => {});
        waits = await staysPending(writer.ready, 80);
      }
      ok((writer.desiredSize ?? 1) <= 0, `desiredSize is 0 or less: ${writer.desiredSize}`);
      const got = far.receive(Math.min(MiB, written));
      await t.within(soon, "ready", writer.ready);
      ok((writer.desiredSize ?? 0) > 0, "desiredSize is above 0 again");
      const { data } = await got;
      equal(sha256(data), sha256(pattern(clogSeed, data.byteLength)), "digest of what the peer got");
    },
  },
  {
    id: "tcp.backpressure/fairness",
    level: "SHOULD",
    assertion: "While one peer floods a reader, each round trip of another connection takes less than a second",
    source: "omnisock guarantee 3",
    async run(t) {
      const flooded = await ends(t, "client");
      const quiet = await ends(t, "accepted");
      const flood = settles(flooded.far.send({ length: 1024 * MiB, seed: 1 }));
      const reading = settles((async () => {
        while (await flooded.conn.read() !== null);
      })());
      await t.until(soon, "the flood flows", () => flooded.conn.bytesRead > 0);
      const before = flooded.conn.bytesRead;
      for (let i = 0; i < 10; i++) {
        const began = performance.now();
        await quiet.far.send("ping");
        bytesEqual(await readSome(t, quiet.conn, 4), "ping", "the question");
        await t.within(soon, "the answer", quiet.conn.write("pong"));
        await quiet.far.receive(4);
        within(performance.now() - began, 0, 1_000, `milliseconds of round trip ${i}`);
      }
      await t.until(soon, "the flood still flows", () => flooded.conn.bytesRead > before + MiB);
      await flooded.far.reset();
      await Promise.all([flood, t.within(soon, "the end of the flood", reading)]);
    },
  },
  {
    id: "tcp.backpressure/pipe-duplex",
    level: "MUST",
    assertion: "One MiB each way at the same time flows through a small highWaterMark without a deadlock",
    source: "RFC 9293 §3.9.1.2; omnisock guarantee 3",
    async run(t) {
      for (const role of bothRoles) {
        const { conn, far } = await ends(t, role, { highWaterMark: KiB });
        const data = pattern(1, MiB);
        const writing = (async () => {
          for (let i = 0; i < MiB; i += 10_000) await conn.write(data.subarray(i, i + 10_000));
          await conn.shutdown("write");
        })();
        const sending = far.send({ length: MiB, seed: 2 }).then(() => far.shutdown("write"));
        const [flow, drained] = await Promise.all([
          readToEnd(t, conn),
          far.drain(),
          t.within(soon, "the writes", writing),
          sending,
        ]);
        equal([flow.end, sha256(flow.bytes)], ["EOF", sha256(pattern(2, MiB))], `what the ${role} read`);
        equal([drained.eof, drained.sha256], [true, sha256(data)], `what the ${role} wrote`);
      }
    },
  },
  {
    id: "tcp.backpressure/rst-under-pressure",
    level: "MUST",
    assertion:
      "The peer's reset rejects every write and shutdown that waits with ECONNRESET within a second, and `closed` too",
    source: "RFC 9293 §3.10.7.4; omnisock guarantee 4",
    async run(t) {
      for (const role of bothRoles) {
        const { conn, far } = await ends(t, role);
        const { pending } = await clog(conn, beyondKernel);
        const waiting = [pending, conn.write("x"), conn.write(new Uint8Array(MiB)), conn.shutdown("write")];
        const began = performance.now();
        await far.reset();
        for (const [i, call] of waiting.entries()) {
          await rejects(
            t.within(soon, `call ${i}`, call),
            { code: "ECONNRESET", name: "SocketError" },
            `call ${i} of the ${role} that waited`,
          );
        }
        within(performance.now() - began, 0, 1_000, "milliseconds until all had rejected");
        await rejects(t.within(soon, "closed", conn.closed), { code: "ECONNRESET" }, "closed");
      }
    },
  },
  {
    id: "tcp.backpressure/fin-then-rst-under-pressure",
    level: "MUST",
    assertion:
      "A full connection whose peer sends FIN and then RST gives EOF once, rejects what waits, settles `closed`, and takes no processor time",
    source: "RFC 9293 §3.6, §3.10.7.4; omnisock guarantee 7",
    env: ["proc"],
    async run(t) {
      const { conn, far } = await ends(t, "accepted");
      const { pending } = await clog(conn, beyondKernel);
      await far.shutdown("write");
      equal(await t.within(soon, "EOF", conn.read()), null, "a read after the peer's FIN");
      const idle = await t.kernel.processorTime();
      await sleep(100);
      within(
        await t.kernel.processorTime() - idle,
        0,
        60,
        "milliseconds of processor time in 100 ms between FIN and RST",
      );
      await far.reset();
      const codes = ["ECONNRESET", "EPIPE"];
      await rejects(t.within(1_000, "the write that waited", pending), { code: codes }, "the write that waited");
      await rejects(t.within(1_000, "closed", conn.closed), { code: codes }, "closed");
      const over = await t.kernel.processorTime();
      await sleep(100);
      within(await t.kernel.processorTime() - over, 0, 60, "milliseconds of processor time in 100 ms after RST");
      await t.within(soon, "close", conn.close());
    },
  },
];

/** What a runtime does that cannot leave bytes in the kernel: the peer can send all that it likes. */
async function takesEverything(t: Context): Promise<never> {
  const { far } = await ends(t, "client");
  equal(await far.flood({ limit: beyondKernel, quiet: 500 }), beyondKernel, "bytes that the peer could send");
  throw absence(t, "tcp.boundedRead");
}
