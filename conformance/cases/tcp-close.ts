/** Closing: everything written arrives, everything settles, and the descriptor goes. */
import type { Case } from "../harness/case.js";
import { keepTurning, startThenBlock } from "../harness/busy.js";
import { equal, ok, rejects, settles, within } from "../harness/expect.js";
import { pattern } from "../harness/pattern.js";
import { acceptedEnds, bothRoles, listening, soon } from "../harness/tcp.js";
import { beyondKernel, clog, ends, hasInput, kernelRows, sha256, staysPending } from "../harness/traffic.js";

export const cases: readonly Case[] = [
  {
    id: "tcp.close/graceful-fin",
    level: "MUST",
    assertion:
      "close() of a connection with nothing queued gives the peer EOF and no reset, and resolves without the peer's FIN",
    source: "RFC 9293 §3.6; omnisock guarantee 6",
    async run(t) {
      for (const role of bothRoles) {
        const { conn, far } = await ends(t, role);
        await far.send("hello");
        await t.within(soon, "read", conn.read());
        await t.within(soon, "close", conn.close());
        await t.within(soon, "closed", conn.closed);
        const { eof, error } = await far.receive(1);
        equal([eof, error], [true, undefined], `what the peer of the ${role} sees`);
      }
    },
  },
  {
    id: "tcp.close/flushes",
    level: "MUST",
    assertion:
      "close() right after 16 MiB of writes that nobody awaited delivers them all and then FIN, also when input is unread and the peer reads late",
    source: "RFC 9293 §3.9.1.4; POSIX close(); omnisock guarantees 1 and 6",
    deadline: 30_000,
    async run(t) {
      const data = pattern(1, beyondKernel);
      for (const role of bothRoles) {
        for (const unread of [false, true]) {
          const { conn, far } = await ends(t, role);
          if (unread) await far.send({ length: 30_000, seed: 2 });
          for (let i = 0; i < 1000; i += 10) void conn.write(data.subarray(i, i + 10));
          void conn.write(data.subarray(1000));
          const closing = conn.close();
          ok(await staysPending(closing), "close waits for the bytes before it");
          if (unread) await far.send({ length: 300_000, seed: 2 });
          const { bytes, eof, error, sha256: digest } = await far.drain();
          equal(
            [bytes, eof, error, digest],
            [data.byteLength, true, undefined, sha256(data)],
            `what the peer of the ${role} got${unread ? ", with unread input" : ""}`,
          );
          // Were it released with bytes unread, the kernel would have sent RST; so it lasts until the peer's FIN.
          if (unread) ok(await staysPending(closing), "close waits for the peer's FIN if input is unread");
          await far.shutdown("write");
          await t.within(soon, "close", closing);
        }
        // Input counts too that came in the very turn of the close, or while the program was busy, as it still is.
        for (const busy of [false, true]) {
          for (let round = 0; round < 8; round++) {
            const { conn, far } = await ends(t, role);
            const send = (): Promise<void> => far.send("unread");
            if (busy) await startThenBlock(20, send, () => hasInput(conn));
            else await send();
            const rest = busy ? keepTurning() : () => {};
            void conn.write("ours");
            const closing = conn.close();
            const { data, error } = await far.receive(4);
            equal([data.byteLength, error], [4, undefined], `what the peer of the ${role} got`);
            ok(
              await staysPending(closing, 10),
              `close waits for the peer's FIN if input has just come, round ${round}`,
            );
            rest();
            await far.shutdown("write");
            await t.within(soon, "close", closing);
          }
        }
      }
    },
  },
  {
    id: "tcp.close/destroy-semantics",
    level: "INFO",
    assertion: "What reset() and close({ timeout: 0 }) give the peer, and what becomes of queued writes",
    source: "RFC 9293 §3.9.1.6",
    needs: ["tcp.reset"],
    refusal: async (t) => (await ends(t, "client")).conn.reset(),
    async run(t) {
      const seen: string[] = [];
      for (const how of ["reset()", "close({ timeout: 0 })"]) {
        const { conn, far } = await ends(t, "client");
        const { resolved, pending } = await clog(conn, beyondKernel);
        const write = settles(pending);
        await t.within(soon, how, settles(how === "reset()" ? conn.reset() : conn.close({ timeout: 0 })));
        const end = await write;
        const { bytes, eof, error } = await far.drain();
        const arrived = bytes < resolved ? "queued bytes dropped" : "queued bytes sent";
        seen.push(
          `${how}: ${eof ? "FIN" : error}, ${arrived}, write ${
            end.status === "rejected" ? end.reason.code : "resolved"
          }`,
        );
      }
      t.info(seen.join("; "));
    },
  },
  {
    id: "tcp.close/unread-rst",
    level: "INFO",
    assertion: "Whether close() with unread input gives the peer FIN or RST, or one after the other",
    source: "RFC 9293 §3.9.1.4 (SHLD-3); RFC 2525 §2.17",
    async run(t) {
      const { conn, far } = await ends(t, "client");
      await far.send({ length: 200_000, seed: 1 });
      const closing = settles(conn.close());
      const { eof, error } = await far.receive(1);
      const send = await settles(far.send("x"));
      t.info(`${eof ? "FIN" : error}${send.status === "fulfilled" ? "" : ", then RST"}`);
      await far.close();
      await t.within(soon, "close", closing);
    },
  },
  {
    id: "tcp.close/data-after-close-rst",
    level: "SHOULD",
    assertion: "What the peer sends after a full close is answered by RST",
    source: "RFC 9293 §3.9.1.4 (SHLD-3)",
    async run(t) {
      for (const role of bothRoles) {
        const { conn, far } = await ends(t, role);
        await t.within(soon, "close", conn.close());
        equal((await far.receive(1)).eof, true, "EOF at the peer");
        await far.send("x");
        let code: string | undefined;
        await t.until(soon, "a send that fails", async () => {
          await far.send("y").catch((error: { readonly code?: string }) => (code = error.code));
          return code !== undefined;
        });
        ok(code === "EPIPE" || code === "ECONNRESET", `the peer's send fails with ${code}`);
      }
    },
  },
  {
    id: "tcp.close/idempotent",
    level: "MUST",
    assertion:
      "close() again, at the same time or later, resolves, and never touches a connection that was opened since",
    source: "POSIX close() EBADF; omnisock guarantee 6",
    async run(t) {
      for (const role of bothRoles) {
        const { conn } = await ends(t, role);
        await t.within(soon, "three at once", Promise.all([conn.close(), conn.close(), conn.close()]));
        // The kernel gives out the lowest free descriptor, which is the one just released.
        const next = await ends(t, role);
        await t.within(soon, "later", Promise.all([conn.close(), conn[Symbol.asyncDispose]()]));
        await t.within(soon, "closed", conn.closed);
        await t.within(soon, "write", next.conn.write("alive"));
        equal((await next.far.receive(5)).data.byteLength, 5, "bytes through the next connection");
      }
    },
  },
  {
    id: "tcp.close/wakes-reader",
    level: "MUST",
    assertion: "close() rejects a read that waits with ECANCELED at once",
    source: "omnisock guarantee 6",
    async run(t) {
      for (const role of bothRoles) {
        for (const how of ["read", "readInto"] as const) {
          const { conn, far } = await ends(t, role);
          const pending: Promise<unknown> = how === "read" ? conn.read() : conn.readInto(new Uint8Array(8));
          ok(await staysPending(pending, 20), "the read waits");
          const closing = conn.close();
          const shape = { code: "ECANCELED", name: "SocketError", members: { operation: "read" } };
          await rejects(t.within(250, `${how}`, pending), shape, `a ${how} of the ${role} that waited`);
          await t.within(soon, "close", closing);
          equal((await far.receive(1)).eof, true, "EOF at the peer");
        }
      }
    },
  },
  {
    id: "tcp.close/wakes-writer",
    level: "MUST",
    assertion:
      "close() past its `linger` rejects with ETIMEDOUT, settles what waited with ECANCELED, and resets the connection",
    source: "RFC 9293 §3.9.1.4, §3.9.1.5; omnisock guarantee 6",
    async run(t) {
      for (const role of bothRoles) {
        const { conn, far } = await ends(t, role, { linger: 100 });
        const { pending } = await clog(conn, beyondKernel);
        const waiting = [pending, conn.write("x"), conn.shutdown("write")];
        const began = performance.now();
        const closing = conn.close();
        await rejects(
          t.within(soon, "close", closing),
          { code: "ETIMEDOUT", members: { operation: "close" } },
          `close of the ${role}`,
        );
        within(performance.now() - began, 90, 1_500, "milliseconds until close gave up, with a linger of 100");
        for (const call of waiting) {
          await rejects(t.within(soon, "write", call), { code: "ECANCELED" }, "a write or shutdown that waited");
        }
        await t.within(soon, "closed", conn.closed);
        equal((await far.drain()).error, "ECONNRESET", `what the peer of the ${role} sees`);
        await rejects(t.within(soon, "write", conn.write("x")), { code: "EBADF" }, "a write afterwards");
      }
    },
  },
  {
    id: "tcp.close/fd-released",
    level: "MUST",
    assertion:
      "When close(), reset() or a rejected `closed` settles, the descriptor is gone, and a closed listener's port can be bound again",
    source: "POSIX close(); omnisock guarantee 6",
    env: ["kernel", "proc"],
    async run(t) {
      for (const role of bothRoles) {
        for (const how of ["close", "peer's reset"]) {
          const { conn, far } = await ends(t, role);
          equal(
            (await kernelRows(t, conn)).ours?.own,
            true,
            `whether the open connection has a descriptor of the ${role}`,
          );
          if (how === "close") {
            await t.within(soon, "close", conn.close());
          } else {
            await far.reset();
            await rejects(t.within(soon, "closed", conn.closed), { code: "ECONNRESET" }, "closed");
          }
          ok((await kernelRows(t, conn)).ours?.own !== true, `the descriptor of the ${role} is gone after ${how}`);
        }
      }
      const { conn, server } = await acceptedEnds(t);
      const { host, port } = server.address;
      await t.within(soon, "close", conn.close());
      await t.within(soon, "close of the listener", server.close());
      ok(
        !(await t.kernel.tcp(port)).some((row) => row.own),
        "the descriptors of the listener and its connection are gone",
      );
      const again = await listening(t, { host, port });
      equal(again.address.port, port, "the port that was bound again");
    },
  },
  {
    id: "tcp.close/while-connecting",
    level: "MUST",
    assertion: "A connect() that is aborted before the peer answers rejects with signal.reason, and its socket is gone",
    source: "RFC 9293 §3.10.4; omnisock guarantee 8",
    env: ["kernel", "proc"],
    async run(t) {
      const to = await t.peer.blackhole();
      const ours = async (): Promise<number> => (await t.kernel.tcp(to.port)).filter((row) => row.own).length;
      const controller = new AbortController();
      const connecting = settles(t.sockets.connect({ ...to, signal: controller.signal }));
      await t.until(soon, "SYN is sent", async () => await ours() === 1);
      const reason = new Error("mine");
      controller.abort(reason);
      const end = await t.within(soon, "connect", connecting);
      ok(end.status === "rejected" && end.reason === reason, "connect rejects with signal.reason");
      await t.until(soon, "the socket is gone", async () => await ours() === 0);
    },
  },
  {
    id: "tcp.close/async-dispose",
    level: "SHOULD",
    assertion:
      "`await using` closes at the end of its scope, also when that throws; it may be closed before, and neither a broken connection nor the end of `linger` makes it throw",
    source: "ECMA-262 Explicit Resource Management; omnisock guarantee 6",
    async run(t) {
      for (const how of ["leaves", "throws", "closes before"]) {
        const { conn, far } = await ends(t, "client");
        const scope = async (): Promise<void> => {
          await using held = conn;
          await held.write("bye");
          if (how === "throws") throw new Error("mine");
          if (how === "closes before") await held.close();
        };
        const end = await t.within(soon, "the scope", settles(scope()));
        equal(
          end.status === "rejected" ? end.reason.message : "",
          how === "throws" ? "mine" : "",
          `the error of a scope that ${how}`,
        );
        const drained = await far.drain();
        equal([drained.bytes, drained.eof], [3, true], `what the peer got from a scope that ${how}`);
        await t.within(soon, "disposal again", conn[Symbol.asyncDispose]());
      }
      const broken = await ends(t, "client");
      await broken.far.reset();
      await rejects(
        t.within(soon, "read", broken.conn.read()),
        { code: "ECONNRESET" },
        "a read of the broken connection",
      );
      await t.within(soon, "disposal of a broken connection", broken.conn[Symbol.asyncDispose]());
      const stuck = await ends(t, "client", { linger: 50 });
      void stuck.conn.write(new Uint8Array(beyondKernel));
      await t.within(soon, "disposal past its linger", stuck.conn[Symbol.asyncDispose]());
    },
  },
  {
    id: "tcp.close/close-with-timeout",
    level: "SHOULD",
    assertion:
      "close({ timeout }) and close({ signal }) fall back to RST when the peer does not read, or does not close while input is unread",
    source: "RFC 9293 §3.9.1.5; omnisock guarantee 6",
    needs: ["tcp.reset"],
    refusal: async (t) => (await ends(t, "client")).conn.reset(),
    async run(t) {
      const stalled = await ends(t, "client");
      await clog(stalled.conn, beyondKernel);
      await rejects(
        t.within(soon, "close", stalled.conn.close({ timeout: 60 })),
        { code: "ETIMEDOUT" },
        "close of a connection whose peer does not read",
      );
      equal((await stalled.far.drain()).error, "ECONNRESET", "what a peer that did not read sees");

      const unread = await ends(t, "accepted");
      await unread.far.send("unread");
      await unread.conn.write("ours");
      await rejects(
        t.within(soon, "close", unread.conn.close({ timeout: 60 })),
        { code: "ETIMEDOUT" },
        "close of a connection whose peer does not close",
      );
      equal((await unread.far.receive(4)).data.byteLength, 4, "bytes at a peer that did not close");
      // After a mere close its first send would still succeed, and only the answer be RST.
      await rejects(
        unread.far.send("more"),
        { code: ["EPIPE", "ECONNRESET"] },
        "the first send of a peer that did not close",
      );

      const aborted = await ends(t, "client");
      await clog(aborted.conn, beyondKernel);
      const controller = new AbortController();
      const closing = settles(aborted.conn.close({ signal: controller.signal }));
      const reason = new Error("mine");
      controller.abort(reason);
      const end = await t.within(soon, "close", closing);
      ok(end.status === "rejected" && end.reason === reason, "an aborted close rejects with signal.reason");
      equal((await aborted.far.drain()).error, "ECONNRESET", "what its peer sees");
    },
  },
];
