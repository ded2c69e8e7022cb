/** The calls of Unix-domain streams: cancelled, overlapping, under a close, with options; as with TCP. */
import type { Case } from "../harness/case.js";
import { bytesEqual, equal, ok, rejects, settles } from "../harness/expect.js";
import { bothRoles, soon } from "../harness/tcp.js";
import { beyondKernel, clog, clogBlock, staysPending } from "../harness/traffic.js";
import { listeningAt, overUnix, unixEnds } from "../harness/unix.js";

export const cases: readonly Case[] = [
  {
    id: "unix.stream/cancel",
    level: "MUST",
    assertion:
      "A signal that is aborted already, an abort and a timeout end read() and accept() with the reason or ETIMEDOUT and consume nothing",
    source: "DOM AbortSignal; omnisock guarantee 8",
    ...overUnix,
    async run(t) {
      const path = await t.temporaryPath();
      const server = await listeningAt(t, path);
      const reason = new Error("cancelled");
      const { conn, far } = await unixEnds(t, "client");
      const calls: readonly (readonly [string, (options: object) => Promise<unknown>])[] = [
        ["read", (options) => conn.read(options)],
        ["readInto", (options) => conn.readInto(new Uint8Array(4), options)],
        ["accept", (options) => server.accept(options)],
      ];
      for (const [name, call] of calls) {
        const controller = new AbortController();
        const waiting = call({ signal: controller.signal });
        const shape = { name: "SocketError", code: "ETIMEDOUT" };
        controller.abort(reason);
        await rejects(t.within(soon, name, waiting), { value: reason }, `${name} that is aborted`);
        await rejects(t.within(soon, name, call({ timeout: 20 })), shape, `${name} that times out`);
      }
      await far.send("kept");
      const next = await t.peer.connect({ path });
      await next.send("next");
      for (const [name, call] of calls) {
        const aborted = AbortSignal.abort(reason);
        await rejects(t.within(soon, name, call({ signal: aborted })), { value: reason }, `${name}, aborted already`);
        await rejects(t.within(soon, name, call({ timeout: 0 })), { code: "ETIMEDOUT" }, `${name} without any time`);
      }
      bytesEqual(await t.within(soon, "read", conn.read()), "kept", "what the next read gives");
      const accepted = await t.within(soon, "accept", server.accept());
      t.defer(() => accepted.close({ timeout: 200 }));
      bytesEqual(await t.within(soon, "read", accepted.read()), "next", "whom the next accept gives");
    },
  },
  {
    id: "unix.stream/write-abort",
    level: "SHOULD",
    assertion:
      "An aborted write that had not begun is not sent and harms nothing; one that had begun ends the connection",
    source: "omnisock guarantee 8",
    ...overUnix,
    async run(t) {
      for (const role of bothRoles) {
        const { conn, far } = await unixEnds(t, role);
        const { resolved, pending } = await clog(conn, beyondKernel);
        const controller = new AbortController();
        const second = conn.write("never sent", { signal: controller.signal });
        const third = conn.write("sent");
        controller.abort("cancelled");
        await rejects(t.within(soon, "second write", second), { value: "cancelled" }, "a write that had not begun");
        const draining = far.drain();
        await t.within(soon, "the other writes", Promise.all([pending, third, conn.shutdown("write")]));
        equal((await draining).bytes, resolved + clogBlock + 4, "bytes at the peer");
      }
      const { conn, far } = await unixEnds(t, "client");
      const controller = new AbortController();
      const writing = conn.write(new Uint8Array(beyondKernel), { signal: controller.signal });
      ok(await staysPending(writing), "a write beyond what the kernel holds waits");
      controller.abort("cancelled");
      await rejects(t.within(soon, "write", writing), { value: "cancelled" }, "a write that had begun");
      await rejects(t.within(soon, "write", conn.write("later")), { code: "ECONNRESET" }, "a later write");
      ok((await far.drain()).bytes < beyondKernel, "the peer does not take the torso for the whole");
    },
  },
  {
    id: "unix.stream/two-reads",
    level: "MUST",
    assertion: "A read while another one waits rejects with EBUSY at once, and the first gets the bytes",
    source: "omnisock guarantee 9",
    surface: "omnisock",
    ...overUnix,
    async run(t) {
      for (const role of bothRoles) {
        const { conn, far } = await unixEnds(t, role);
        const first = conn.read();
        await rejects(t.within(soon, "read", conn.read()), { name: "SocketError", code: "EBUSY" }, "a second read");
        await far.send("for the first");
        bytesEqual(await t.within(soon, "read", first), "for the first", "what the first read gave");
      }
    },
  },
  {
    id: "unix.stream/close-wakes",
    level: "MUST",
    assertion:
      "close() rejects a read that waits with ECANCELED; past its bound it rejects with ETIMEDOUT and what waits with ECANCELED; later calls say EBADF",
    source: "omnisock guarantee 6",
    ...overUnix,
    async run(t) {
      for (const role of bothRoles) {
        const { conn } = await unixEnds(t, role);
        const reading = settles(conn.read());
        const { pending } = await clog(conn, beyondKernel);
        const closing = conn.close({ timeout: 50 });
        const read = await t.within(soon, "read", reading);
        equal(read.status === "rejected" && read.reason.code, "ECANCELED", "the read that waited");
        await rejects(t.within(soon, "close", closing), { code: "ETIMEDOUT" }, "close past its bound");
        await rejects(t.within(soon, "write", pending), { code: "ECANCELED" }, "the write that waited");
        await rejects(conn.read(), { code: "EBADF" }, "read after close");
        await rejects(conn.write("x"), { code: "EBADF" }, "write after close");
        equal(conn.close(), closing, "close again");
      }
    },
  },
  {
    id: "unix.stream/peer-gone",
    level: "MUST",
    assertion:
      "Writes to a peer that has closed reject with EPIPE or ECONNRESET within a second, and what it sent before is read first",
    source: "POSIX send(), EPIPE",
    ...overUnix,
    async run(t) {
      for (const role of bothRoles) {
        const { conn, far } = await unixEnds(t, role);
        await far.send("last words");
        await far.close();
        const failure = await t.within(
          1_000,
          "a write that fails",
          (async () => {
            for (;;) {
              const write = await settles(conn.write("x"));
              if (write.status === "rejected") return write.reason.code;
              await new Promise((resolve) => setTimeout(resolve, 5));
            }
          })(),
        );
        ok(["EPIPE", "ECONNRESET"].includes(String(failure)), `a write to a peer that is gone: ${failure}`);
        bytesEqual(await t.within(soon, "read", conn.read()), "last words", `what the ${role} reads afterwards`);
      }
    },
  },
  {
    id: "unix.stream/descriptors",
    level: "MUST",
    assertion: "When close() or reset() of a connection and close() of a listener resolve, their descriptors are gone",
    source: "POSIX close(); omnisock guarantee 6",
    env: ["kernel", "proc"],
    ...overUnix,
    async run(t) {
      const path = await t.temporaryPath();
      const round = async (end: "close" | "reset"): Promise<void> => {
        const server = await t.within(soon, "listen", t.sockets.listen({ path }));
        const far = await t.peer.connect({ path });
        const conn = await t.within(soon, "accept", server.accept());
        await far.send("x");
        await t.within(soon, "read", conn.read());
        await t.within(soon, end, conn[end]());
        await t.within(soon, "close of the listener", server.close());
      };
      // What a runtime opens once and keeps is not counted.
      await round("close");
      const before = await t.kernel.descriptors();
      for (let i = 0; i < 10; i++) await round(i % 2 === 0 ? "close" : "reset");
      equal(await t.kernel.descriptors(), before, "open descriptors after ten connections and listeners");
    },
  },
  {
    id: "unix.stream/abort-listener",
    level: "SHOULD",
    assertion:
      "Aborting the signal that was given to listen() closes the listener, wakes accept() and removes the path",
    source: "omnisock listen()",
    env: ["kernel"],
    ...overUnix,
    async run(t) {
      const path = await t.temporaryPath();
      const controller = new AbortController();
      const server = await t.within(soon, "listen", t.sockets.listen({ path, signal: controller.signal }));
      t.defer(() => server.close());
      const accepting = server.accept();
      controller.abort();
      await rejects(t.within(soon, "accept", accepting), { code: "ECANCELED" }, "the accept that waited");
      await t.within(soon, "closed", server.closed);
      equal(await t.kernel.file(path), "missing", "the path");
    },
  },
  {
    id: "unix.stream/no-tcp-options",
    level: "MUST",
    assertion: "Options of TCP are refused on Unix streams: ENOTSUP by setOption(), TypeError at opening",
    source: "omnisock guarantee Options",
    surface: "omnisock",
    ...overUnix,
    async run(t) {
      for (const role of bothRoles) {
        const { conn, far } = await unixEnds(t, role);
        for (const [name, value] of [["noDelay", true], ["keepAlive", true]] as const) {
          const shape = { name: "SocketError", code: "ENOTSUP", members: { operation: "setOption" } };
          await rejects((async () => conn.setOption(name, value))(), shape, `setOption ${name}`);
          const path = await t.temporaryPath();
          await rejects(
            t.sockets.listen({ path, [name]: value } as never),
            { name: "TypeError" },
            `listen with ${name}`,
          );
        }
        await far.send("unharmed");
        bytesEqual(await t.within(soon, "read", conn.read()), "unharmed", "what is read afterwards");
      }
    },
  },
  {
    id: "unix.stream/backlog",
    level: "SHOULD",
    assertion:
      "backlog reaches listen(2) at a path too, and without one it is 511 (or net.core.somaxconn, if that is less)",
    source: "POSIX listen(); Linux unix(7)",
    needs: ["unix.stream", "unix.backlog"],
    refusal: async (t) => t.sockets.listen({ path: await t.temporaryPath(), backlog: 5 }),
    env: ["kernel", "process", "proc", "ss"],
    async run(t) {
      const result = await t.run("backlog", { args: [await t.temporaryPath(), "1", "5", "300", "default"] });
      equal([result.code, result.stderr], [0, ""], "exit code and stderr");
      const { lengths, most } = JSON.parse(result.stdout) as { lengths: readonly number[]; most: number };
      equal(lengths, [1, 5, 300, 511].map((length) => Math.min(length, most)), "queue lengths in the kernel");
    },
  },
];
