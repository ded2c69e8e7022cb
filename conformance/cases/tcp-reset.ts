/** RST both ways: ours is sent by reset(), the peer's is ECONNRESET after all that had arrived and never EOF. */
import type { Case } from "../harness/case.js";
import { sleep } from "../harness/context.js";
import { equal, ok, rejects, settles, within } from "../harness/expect.js";
import { pattern } from "../harness/pattern.js";
import { bothRoles, peerListener, soon } from "../harness/tcp.js";
import { beyondKernel, clog, ends, kernelRows, KiB, readToEnd, sha256, staysPending } from "../harness/traffic.js";

export const cases: readonly Case[] = [
  {
    id: "tcp.reset/abort-sends-rst",
    level: "MUST",
    assertion: "reset() gives the peer ECONNRESET and no EOF, also when called twice, and `closed` resolves",
    source: "RFC 9293 §3.9.1.6; omnisock guarantee 6",
    needs: ["tcp.reset"],
    refusal: async (t) => (await ends(t, "client")).conn.reset(),
    async run(t) {
      for (const role of bothRoles) {
        const { conn, far } = await ends(t, role);
        const arrival = far.receive(1);
        await t.within(soon, "reset", Promise.all([conn.reset(), conn.reset()]));
        const { eof, error } = await arrival;
        equal([eof, error], [false, "ECONNRESET"], `what the peer of the ${role} sees`);
        await t.within(soon, "closed", conn.closed);
        await t.within(soon, "reset again", conn.reset());
      }
    },
  },
  {
    id: "tcp.reset/abort-discards",
    level: "MUST",
    assertion:
      "reset() rejects the read and the writes that wait with ECONNRESET, and every later call too; queued bytes are not sent",
    source: "RFC 9293 §3.9.1.6; omnisock guarantee 6",
    needs: ["tcp.reset"],
    refusal: async (t) => (await ends(t, "client")).conn.reset(),
    async run(t) {
      for (const role of bothRoles) {
        const { conn, far } = await ends(t, role);
        const { resolved, pending } = await clog(conn, beyondKernel);
        const waiting: readonly Promise<unknown>[] = [pending, conn.write("x"), conn.read(), conn.shutdown("write")];
        await t.within(soon, "reset", conn.reset());
        for (const [i, call] of waiting.entries()) {
          await rejects(
            t.within(soon, `call ${i}`, call),
            { code: "ECONNRESET", name: "SocketError" },
            `call ${i} of the ${role} that waited`,
          );
        }
        const later: readonly Promise<unknown>[] = [
          conn.write("x"),
          conn.read(),
          conn.readInto(new Uint8Array(1)),
          conn.shutdown("write"),
        ];
        for (const call of later) {
          await rejects(t.within(soon, "a later call", call), { code: "ECONNRESET" }, "a later call");
        }
        const drained = await far.drain();
        equal(drained.error, "ECONNRESET", "what the peer sees");
        within(drained.bytes, 0, resolved, "bytes that the peer got");
      }
    },
  },
  {
    id: "tcp.reset/recv-rst-read",
    level: "MUST",
    assertion:
      "The peer's reset is ECONNRESET and never EOF, in a read that waits, and after every byte that had arrived before it, though reading begins late",
    source: "RFC 9293 §3.10.7.4 (MUST-12); omnisock guarantee 4",
    env: ["kernel", "proc"],
    async run(t) {
      for (const role of bothRoles) {
        const waiting = await ends(t, role);
        const pending = waiting.conn.read();
        ok(await staysPending(pending, 20), "the read waits");
        await waiting.far.reset();
        await rejects(
          t.within(soon, "read", pending),
          { code: "ECONNRESET", name: "SocketError" },
          `a read of the ${role} that waited`,
        );

        // Less than the mark is all with the library when the reset comes; more is partly in the kernel still.
        for (
          const [length, highWaterMark] of [[1000, 64 * KiB], [60_000, 64 * KiB], [200_000, 16 * KiB], [
            beyondKernel,
            64 * KiB,
          ]] as const
        ) {
          const { conn, far } = await ends(t, role, { highWaterMark });
          const sent = await far.flood({ limit: length, quiet: 60 });
          // Longer than an acknowledgement is ever delayed.
          await sleep(50);
          const unacknowledged = (await kernelRows(t, conn)).theirs?.sendQueue ?? sent;
          await far.reset();
          await t.until(
            soon,
            "the kernel has the reset",
            async () => (await kernelRows(t, conn)).ours?.state !== "ESTABLISHED",
          );
          const { bytes, end } = await readToEnd(t, conn);
          equal(end, "ECONNRESET", `how reading of the ${role} ended`);
          within(
            bytes.byteLength,
            sent - unacknowledged,
            sent,
            `bytes that the ${role} read, of ${sent} sent and ${unacknowledged} not acknowledged`,
          );
          equal(sha256(bytes), sha256(pattern(0, bytes.byteLength)), "digest of the bytes before the reset");
        }
      }
    },
  },
  {
    id: "tcp.reset/recv-rst-idle",
    level: "SHOULD",
    assertion:
      "The peer's reset of a connection in which no call waits rejects `closed` with ECONNRESET, without a read",
    source: "omnisock guarantee 7",
    async run(t) {
      for (const role of bothRoles) {
        const { conn, far } = await ends(t, role);
        await far.reset();
        await rejects(
          t.within(soon, "closed", conn.closed),
          { code: "ECONNRESET", name: "SocketError" },
          `closed of the ${role}`,
        );
      }
    },
  },
  {
    id: "tcp.reset/recv-rst-close-wait",
    level: "INFO",
    assertion: "What a write, `closed` and a read say when the peer resets after its FIN",
    source: "Linux tcp(7) EPIPE",
    async run(t) {
      const { conn, far } = await ends(t, "client");
      const { pending } = await clog(conn, beyondKernel);
      await far.shutdown("write");
      equal(await t.within(soon, "read", conn.read()), null, "a read after the peer's FIN");
      await far.reset();
      const write = await t.within(soon, "write", settles(pending));
      const closed = await t.within(soon, "closed", settles(conn.closed));
      const read = await t.within(soon, "read", settles(conn.read()));
      const told = [write, closed, read].map((end) => end.status === "rejected" ? end.reason.code : String(end.value));
      t.info(`write ${told[0]}, closed ${told[1]}, read ${told[2]}`);
    },
  },
  {
    id: "tcp.reset/rst-once",
    level: "MUST",
    assertion:
      "After the peer's reset every call says ECONNRESET until close(), which resolves, and EBADF from then on; no failure that nobody waits for escapes",
    source: "omnisock guarantees 6 and 7",
    async run(t) {
      for (const role of bothRoles) {
        const { conn, far } = await ends(t, role);
        // Nobody waits for these.
        void conn.read();
        void conn.write(new Uint8Array(beyondKernel));
        void conn.shutdown("write");
        void conn.closed;
        await sleep(0);
        await far.reset();
        const failure = await rejects(
          t.within(soon, "closed", conn.closed),
          { code: "ECONNRESET" },
          `closed of the ${role}`,
        );
        for (let i = 0; i < 2; i++) {
          const calls: readonly Promise<unknown>[] = [
            conn.write("x"),
            conn.write(""),
            conn.read(),
            conn.shutdown("write"),
          ];
          for (const call of calls) {
            await rejects(
              t.within(soon, "a later call", call),
              { code: "ECONNRESET", name: "SocketError" },
              "a call after the reset",
            );
          }
        }
        await t.within(soon, "close", conn.close());
        const late: readonly Promise<unknown>[] = [conn.read(), conn.write("x"), conn.shutdown("write")];
        for (const call of late) {
          await rejects(t.within(soon, "a call after close", call), { code: "EBADF" }, "a call after close");
        }
        ok(failure.cause !== undefined, "the native error is the cause");
      }
    },
  },
  {
    id: "tcp.reset/reset-before-connected",
    level: "SHOULD",
    assertion:
      "connect() aborted in the turn it is called, before the connection is up, rejects with signal.reason and leaves no connection behind",
    source: "RFC 9293 §3.10.5; omnisock guarantee 8",
    env: ["kernel", "proc"],
    async run(t) {
      const { at } = await peerListener(t);
      const controller = new AbortController();
      const connecting = settles(t.sockets.connect({ ...at, signal: controller.signal }));
      const reason = new Error("mine");
      controller.abort(reason);
      const end = await t.within(soon, "connect", connecting);
      ok(end.status === "rejected" && end.reason === reason, "connect rejects with signal.reason");
      await t.until(
        soon,
        "no descriptor of ours is left",
        async () => !(await t.kernel.tcp(at.port)).some((row) => row.own),
      );
      const conn = await t.within(soon, "connect", t.sockets.connect(at));
      t.defer(() => conn.close({ timeout: 0 }));
    },
  },
  {
    id: "tcp.reset/reset-after-shutdown",
    level: "SHOULD",
    assertion: 'reset() after shutdown("write") still sends RST: the peer, which has seen EOF, cannot send any more',
    source: "RFC 9293 §3.9.1.6",
    needs: ["tcp.reset"],
    refusal: async (t) => (await ends(t, "client")).conn.reset(),
    async run(t) {
      for (const role of bothRoles) {
        const { conn, far } = await ends(t, role);
        await conn.write("x");
        await t.within(soon, "shutdown", conn.shutdown("write"));
        const drained = await far.drain();
        equal([drained.bytes, drained.eof], [1, true], "what the peer got before the reset");
        await t.within(soon, "reset", conn.reset());
        // After a mere close the first send would still succeed, and only its answer be RST.
        await rejects(far.send("y"), { code: ["EPIPE", "ECONNRESET"] }, `the first send of the peer of the ${role}`);
        await t.within(soon, "closed", conn.closed);
      }
    },
  },
  {
    id: "tcp.reset/reset-after-close",
    level: "SHOULD",
    assertion:
      "reset() after close() has resolved does nothing; while close() still waits for the peer, it ends the wait and sends RST",
    source: "omnisock guarantee 6",
    needs: ["tcp.reset"],
    refusal: async (t) => (await ends(t, "client")).conn.reset(),
    async run(t) {
      const { conn, far } = await ends(t, "client");
      await t.within(soon, "close", conn.close());
      await t.within(soon, "reset", conn.reset());
      const { eof, error } = await far.receive(1);
      equal([eof, error], [true, undefined], "what the peer sees");
      await rejects(t.within(soon, "write", conn.write("x")), { code: "EBADF" }, "a write afterwards");

      const stalled = await ends(t, "accepted");
      const { pending } = await clog(stalled.conn, beyondKernel);
      const closing = settles(stalled.conn.close());
      await t.within(soon, "reset", stalled.conn.reset());
      await rejects(t.within(soon, "write", pending), { code: "ECANCELED" }, "the write that waited at the close");
      const end = await t.within(soon, "close", closing);
      equal(end.status === "rejected" ? end.reason.code : "resolved", "ECANCELED", "close");
      equal((await stalled.far.drain()).error, "ECONNRESET", "what its peer sees");
    },
  },
];
