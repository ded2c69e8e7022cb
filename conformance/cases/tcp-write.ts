/** Writing to a TCP connection: what was accepted arrives, whole and in order. */
import type { Case } from "../harness/case.js";
import { bytesEqual, concat, equal, ok, rejects, settles, within } from "../harness/expect.js";
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
  readExactly,
  readToEnd,
  sha256,
  staysPending,
} from "../harness/traffic.js";

export const cases: readonly Case[] = [
  {
    id: "tcp.write/order",
    level: "MUST",
    assertion:
      "Writes that are not awaited reach the peer in call order, and small ones of one turn leave in one system call",
    source: "RFC 9293 §3.9.1.2; omnisock guarantees 1 and 10",
    async run(t) {
      for (const role of bothRoles) {
        const { conn, far } = await ends(t, role);
        const parts = Array.from({ length: 300 }, (_, i) => pattern(i, [1, 32, 1000, 20_000, 0][i % 5] ?? 0));
        // Some can be taken back, so that they go by themselves; they keep their places among those that are joined.
        const writes = parts.map((part, i) => conn.write(part, i % 49 === 3 ? { timeout: 30_000 } : undefined));
        const all = concat(parts);
        const shutdown = conn.shutdown("write");
        const drained = await far.drain();
        equal([drained.bytes, drained.sha256], [all.byteLength, sha256(all)], `what the ${role} wrote in 300 calls`);
        await t.within(soon, "all writes", Promise.all([...writes, shutdown]));
      }
      // One system call takes them all, those that can be taken back too: where the kernel takes no more, all wait.
      for (const role of bothRoles) {
        const { conn } = await ends(t, role);
        const { signal } = new AbortController();
        for (let sent = 0, clogged = false; !clogged; sent += 16 * 4000) {
          ok(sent < beyondKernel, "the kernel takes no more at last");
          let taken = 0;
          const writes = Array.from(
            { length: 16 },
            (_, i) => conn.write(pattern(i, 4000), i % 3 === 2 ? { signal } : undefined),
          );
          clogged = await staysPending(Promise.all(writes.map((write) => write.then(() => taken++))), 80);
          if (clogged) equal(taken, 0, `writes of the ${role} that resolved while others of their turn wait`);
        }
      }
    },
  },
  {
    id: "tcp.write/apart",
    level: "MUST",
    assertion:
      "Small writes of one turn to several connections reach each its own peer, also while those to another one wait",
    source: "RFC 9293 §3.8; omnisock guarantees 1 and 10",
    async run(t) {
      const stuck = await ends(t, "client");
      let sent = 0;
      let waiting: Promise<unknown>;
      do {
        ok(sent < beyondKernel, "the kernel takes no more at last");
        waiting = Promise.all([0, 1].map(() => stuck.conn.write(pattern(clogSeed, 30_000, (sent += 30_000) - 30_000))));
      } while (!await staysPending(waiting, 80));
      const [rounds, parts, size] = [10, 40, 1_500];
      const turn = parts * size;
      const others = [await ends(t, "client"), await ends(t, "accepted"), await ends(t, "client")];
      for (let round = 0; round < rounds; round++) {
        const writes: Promise<void>[] = [];
        for (let part = 0; part < parts; part++) {
          for (const [seed, { conn }] of others.entries()) {
            writes.push(conn.write(pattern(seed, size, round * turn + part * size)));
          }
        }
        const received = Promise.all(others.map(({ far }) => far.receive(turn)));
        await t.within(soon, `the writes of round ${round}`, Promise.all(writes));
        for (const [seed, { data }] of (await received).entries()) {
          bytesEqual(data, pattern(seed, turn, round * turn), `what peer ${seed} got in round ${round}`);
        }
      }
      const shutdown = stuck.conn.shutdown("write");
      const drained = await stuck.far.drain();
      await t.within(soon, "the writes that waited", Promise.all([waiting, shutdown]));
      equal(
        [drained.bytes, drained.sha256],
        [sent, sha256(pattern(clogSeed, sent))],
        "what the peer got that read late",
      );
    },
  },
  {
    id: "tcp.write/all-or-error",
    level: "MUST",
    assertion:
      "write() resolves only when the kernel has the whole chunk, or a bounded queue the rest, and rejects otherwise: aborted midway, it resets the connection",
    source: "POSIX send(); omnisock guarantees 3 and 8",
    env: ["kernel", "proc"],
    async run(t) {
      const { conn, far } = await ends(t, "client");
      const { resolved, pending } = await clog(conn, beyondKernel);
      const taken = await inKernel();
      within(
        taken,
        resolved - 64 * KiB,
        resolved + clogBlock,
        `bytes that the kernel holds when writes of ${resolved} bytes have resolved`,
      );

      const giveUp = new AbortController();
      const big = settles(conn.write(new Uint8Array(MiB), { signal: giveUp.signal }));
      ok(await staysPending(pending), "a write beyond what the kernel takes stays pending");
      // The block that is pending has begun; aborting a second write which has not begun leaves it alone.
      giveUp.abort(new Error("mine"));
      equal(
        (await t.within(soon, "the aborted write", big)).status,
        "rejected",
        "the write that was aborted before it began",
      );
      const [received] = await Promise.all([far.receive(MiB), t.within(soon, "the pending write", pending)]);
      equal(
        sha256(received.data),
        sha256(pattern(clogSeed, MiB)),
        "digest of what the peer got after another write was aborted",
      );

      const second = new AbortController();
      const begun = settles(conn.write(new Uint8Array(beyondKernel), { signal: second.signal }));
      ok(await staysPending(begun), "a write of 16 MiB stays pending");
      const reason = new Error("mine");
      second.abort(reason);
      const end = await t.within(soon, "the write that was aborted midway", begun);
      ok(
        end.status === "rejected" && end.reason === reason,
        "the write that was aborted midway rejects with signal.reason",
      );
      equal((await t.within(soon, "the peer's end", far.drain())).error, "ECONNRESET", "what the peer sees");
      await rejects(t.within(soon, "write", conn.write("x")), { code: "ECONNRESET" }, "a write afterwards");

      /** What the kernel holds of our bytes: sent but not acknowledged, and received but not taken by the peer. */
      async function inKernel(): Promise<number> {
        const { ours, theirs } = await kernelRows(t, conn);
        return (ours?.sendQueue ?? 0) + (theirs?.receiveQueue ?? 0);
      }
    },
  },
  {
    id: "tcp.write/after-local-end",
    level: "MUST",
    assertion:
      'write() after shutdown("write") rejects with EPIPE, and the peer gets nothing behind the bytes before it',
    source: "POSIX send() EPIPE; omnisock guarantee 6",
    async run(t) {
      for (const role of bothRoles) {
        const { conn, far } = await ends(t, role);
        void conn.write("before");
        await t.within(soon, "shutdown", conn.shutdown("write"));
        for (const data of ["after", "", new Uint8Array(100_000)]) {
          await rejects(
            t.within(soon, "write", conn.write(data)),
            { code: "EPIPE", members: { operation: "write" } },
            `a write of ${data.length} after shutdown`,
          );
        }
        const drained = await far.drain();
        equal([drained.bytes, drained.eof], [6, true], "bytes and EOF at the peer");
      }
    },
  },
  {
    id: "tcp.write/after-close",
    level: "MUST",
    assertion: "Every call after close() rejects or throws with EBADF, from the turn of close() on",
    source: "POSIX send() EBADF; omnisock guarantee 6",
    async run(t) {
      for (const role of bothRoles) {
        const { conn, far } = await ends(t, role);
        const closing = conn.close();
        for (const when of ["while it closes", "when it is closed"]) {
          const calls: readonly (readonly [name: string, call: () => Promise<unknown>])[] = [
            ["write", () => conn.write("x")],
            ["read", () => conn.read()],
            ["readInto", () => conn.readInto(new Uint8Array(4))],
            ["shutdown", () => conn.shutdown("write")],
            ["shutdown", () => conn.shutdown("read")],
            ["setOption", async () => conn.setOption("noDelay", false)],
          ];
          for (const [name, call] of calls) {
            await rejects(t.within(soon, name, call()), { code: "EBADF", name: "SocketError" }, `${name} ${when}`);
          }
          await t.within(soon, "close", closing);
        }
        const drained = await far.drain();
        equal([drained.bytes, drained.eof], [0, true], "bytes and EOF at the peer");
      }
    },
  },
  {
    id: "tcp.write/after-peer-close",
    level: "MUST",
    assertion:
      "Repeated writes to a peer that has closed reject with EPIPE or ECONNRESET within a second, and the process lives",
    source: "POSIX send() EPIPE",
    async run(t) {
      for (const role of bothRoles) {
        const { conn, far } = await ends(t, role);
        await far.close();
        let failure: unknown;
        await t.until(1_000, "a write that rejects", async () => {
          await conn.write("x").catch((error: unknown) => (failure = error));
          return failure !== undefined;
        });
        await rejects(
          Promise.reject(failure),
          { code: ["EPIPE", "ECONNRESET"], name: "SocketError" },
          `the first failure of the ${role}`,
        );
        await rejects(t.within(soon, "write", conn.write("x")), { code: ["EPIPE", "ECONNRESET"] }, "the next write");
      }
    },
  },
  {
    id: "tcp.write/failure-keeps-input",
    level: "MUST",
    assertion: "A write that fails because the peer has closed takes nothing from what the peer had sent before",
    source: "POSIX recv(); RFC 9293 §3.10.7.4; omnisock guarantee 4",
    env: ["kernel", "proc"],
    async run(t) {
      for (const role of bothRoles) {
        const { conn, far } = await ends(t, role, { highWaterMark: 1 });
        // More than a runtime reads at once, less than the kernel's queue holds.
        const length = 100_000;
        await far.send({ length, seed: 3 });
        await t.until(soon, "all bytes on our side", async () => (await kernelRows(t, conn)).theirs?.sendQueue === 0);
        await far.close();
        let failed = false;
        await t.until(1_000, "a write that rejects", async () => {
          await conn.write("x").catch(() => (failed = true));
          return failed;
        });
        const { bytes } = await readToEnd(t, conn);
        bytesEqual(bytes, pattern(3, length), `what the ${role} read after its write had failed`);
      }
    },
  },
  {
    id: "tcp.write/flush-promise",
    level: "SHOULD",
    assertion: 'shutdown("write") resolves when every byte and the FIN are with the kernel',
    source: "POSIX shutdown(); RFC 9293 §3.6",
    env: ["kernel", "proc"],
    async run(t) {
      const { conn, far } = await ends(t, "client");
      void conn.write(pattern(1, beyondKernel));
      const shutdown = conn.shutdown("write");
      const draining = far.drain();
      await t.within(soon, "shutdown", shutdown);
      equal(conn.bytesWritten, beyondKernel, "bytes written when it resolves");
      const state = (await kernelRows(t, conn)).ours?.state;
      ok(state === "FIN_WAIT1" || state === "FIN_WAIT2", `the kernel has sent our FIN: ${state}`);
      equal((await draining).bytes, beyondKernel, "bytes at the peer");
    },
  },
  {
    id: "tcp.write/bytes-counters",
    level: "SHOULD",
    assertion: "bytesRead counts what reads returned and bytesWritten what the kernel took, as the peer counts them",
    source: "omnisock: bytesRead, bytesWritten",
    async run(t) {
      const { conn, far } = await ends(t, "client");
      await far.send(pattern(1, 1000));
      equal([conn.bytesRead, conn.bytesWritten], [0, 0], "before any call");
      await readExactly(t, conn, 300);
      equal(conn.bytesRead, 300, "bytesRead after 300 of 1,000 bytes");
      await readExactly(t, conn, 700);
      equal(conn.bytesRead, 1000, "bytesRead after all");
      await far.send("ten bytes.");
      await t.within(soon, "read", conn.read());
      equal(conn.bytesRead, 1010, "bytesRead after a chunk of 10 bytes");
      await Promise.all([conn.write("€"), conn.write(new Uint8Array(97)), conn.write("")]);
      equal(conn.bytesWritten, 100, "bytesWritten after 3 + 97 bytes");
      equal((await far.receive(100)).data.byteLength, 100, "bytes at the peer");
      const { resolved } = await clog(conn, beyondKernel);
      within(conn.bytesWritten, resolved + 100 - 64 * KiB, resolved + 100, "bytesWritten with a write that waits");
      await far.close();
      equal(conn.bytesRead, 1010, "bytesRead is left as it is");
    },
  },
];
