/** `signal` of the calls of TCP sockets. */
import type { Case } from "../harness/case.js";
import { bytesEqual, concat, equal, ok, rejects, settles, show, within } from "../harness/expect.js";
import { pattern } from "../harness/pattern.js";
import { bothRoles, clientEnds, connected, endpoint, listening, ownRows, peerListener, soon } from "../harness/tcp.js";

export const cases: readonly Case[] = [
  {
    id: "tcp.cancel/pre-aborted",
    level: "MUST",
    assertion:
      "A signal that is aborted already wins: nothing is opened, read, sent or accepted, not even what is there",
    source: "DOM AbortSignal; omnisock guarantee 8",
    async run(t) {
      const reason = new Error("aborted before");
      const signal = AbortSignal.abort(reason);
      const refused = (what: string, call: Promise<unknown>): Promise<unknown> =>
        t.within(soon, what, rejects(call, { value: reason }, what));

      const { listener, at } = await peerListener(t);
      await refused("connect", t.sockets.connect({ ...at, signal }));
      const port = await t.peer.closedPort();
      await refused("listen", t.sockets.listen({ host: "127.0.0.1", port, signal }));
      await rejects(
        t.peer.connect({ host: "127.0.0.1", port }),
        { code: "ECONNREFUSED" },
        "the peer's connect to what was not to listen",
      );

      const conn = await t.within(soon, "connect", t.sockets.connect(at));
      t.defer(() => conn.reset());
      const far = await listener.accept();
      equal(far.remote, endpoint(conn.localAddress), "the first connection that the peer ever got");
      await far.send("waiting");
      await refused("read", conn.read({ signal }));
      await refused("readInto", conn.readInto(new Uint8Array(8), { signal }));
      await refused("write", conn.write("never sent ", { signal }));
      await refused("shutdown", conn.shutdown("write", { signal }));
      bytesEqual(await t.within(soon, "read", conn.read()), "waiting", "what a read without a signal still gets");
      await conn.write("sent");
      bytesEqual((await far.receive(4)).data, "sent", "the first bytes that the peer got");

      const server = await listening(t);
      const client = await t.peer.connect(endpoint(server.address));
      await refused("accept", server.accept({ signal }));
      const accepted = await t.within(soon, "accept", server.accept());
      t.defer(() => accepted.reset());
      equal(endpoint(accepted.remoteAddress), client.local, "whom an accept without a signal still gets");
    },
  },
  {
    id: "tcp.cancel/mid-connect",
    level: "MUST",
    assertion: "An aborted connect() rejects with the signal's reason at once, and its socket is gone from the kernel",
    source: "DOM AbortSignal; omnisock guarantee 8",
    env: ["kernel", "proc"],
    async run(t) {
      const silent = await t.peer.blackhole();
      const own = async (): Promise<number> => (await ownRows(t, silent.port)).length;
      const controller = new AbortController();
      const connecting = settles(t.sockets.connect({ ...silent, signal: controller.signal }));
      await t.until(soon, "a SYN is under way", async () => (await own()) === 1);
      controller.abort("enough");
      const aborted = performance.now();
      const ended = await t.within(soon, "connect", connecting);
      ok(ended.status === "rejected" && (ended.reason as unknown) === "enough", `the aborted connect: ${show(ended)}`);
      within(performance.now() - aborted, 0, 1_000, "milliseconds until the rejection");
      await t.until(soon, "the socket of the aborted connect is gone", async () => (await own()) === 0);

      await t.within(
        soon,
        "connect",
        rejects(t.sockets.connect({ ...silent, timeout: 60 }), { code: "ETIMEDOUT" }, "a connect that times out"),
      );
      await t.until(soon, "the socket of the timed-out connect is gone", async () => (await own()) === 0);
    },
  },
  {
    id: "tcp.cancel/after-connect",
    level: "MUST",
    assertion: "A signal that is aborted, and a timeout that passes, after connect() has resolved changes nothing",
    source: "omnisock connect()",
    async run(t) {
      const controller = new AbortController();
      const { conn, far } = await clientEnds(t, { signal: controller.signal, timeout: 400 });
      controller.abort();
      await new Promise((resolve) => setTimeout(resolve, 450));
      await far.send("ping");
      bytesEqual(await t.within(soon, "read", conn.read()), "ping", "what was read after the abort");
      await t.within(soon, "write", conn.write("pong"));
      bytesEqual((await far.receive(4)).data, "pong", "what the peer got after the abort");
    },
  },
  {
    id: "tcp.cancel/reason-identity",
    level: "MUST",
    assertion: "A call that is aborted while it waits rejects with the very value of signal.reason, whatever it is",
    source: "DOM AbortSignal",
    async run(t) {
      const silent = await t.peer.blackhole();
      const server = await listening(t);
      const { conn, far } = await clientEnds(t);
      const calls: Readonly<Record<string, (signal: AbortSignal) => Promise<unknown>>> = {
        connect: (signal) => t.sockets.connect({ ...silent, signal }),
        accept: (signal) => server.accept({ signal }),
        read: (signal) => conn.read({ signal }),
        readInto: (signal) => conn.readInto(new Uint8Array(4), { signal }),
      };
      for (const [name, call] of Object.entries(calls)) {
        for (const reason of [new RangeError("an error"), "a string", 0, null, Object.freeze({}), undefined]) {
          const controller = new AbortController();
          const waiting = settles(call(controller.signal));
          await Promise.resolve();
          controller.abort(reason);
          const ended = await t.within(soon, name, waiting);
          ok(
            ended.status === "rejected" && Object.is(ended.reason, controller.signal.reason),
            `${name} aborted with ${show(reason)}: ${show(ended)}`,
          );
        }
      }
      await far.send("unharmed");
      bytesEqual(await t.within(soon, "read", conn.read()), "unharmed", "what the connection gets after all this");
    },
  },
  {
    id: "tcp.cancel/listener-removed",
    level: "SHOULD",
    assertion: 'However a call ends, it leaves no "abort" listener on its signal',
    source: "DOM AbortSignal",
    async run(t) {
      const { signal } = new AbortController();
      const listeners = countListeners(signal);
      const server = await listening(t);
      const closed = await t.peer.closedPort();
      for (let i = 0; i < 50; i++) {
        const [conn, accepted] = await t.within(
          soon,
          "connect and accept",
          Promise.all([t.sockets.connect({ ...endpoint(server.address), signal }), server.accept({ signal })]),
        );
        const reading = conn.read({ signal, timeout: 2_000 });
        await accepted.write("x", { signal });
        await reading;
        await settles(conn.read({ signal, timeout: 1 }));
        await Promise.all([conn.shutdown("write", { signal }), accepted.shutdown("write", { signal })]);
        await Promise.all([conn.close({ signal }), accepted.close({ signal })]);
        await settles(conn.read({ signal }));
        await settles(t.sockets.connect({ host: "127.0.0.1", port: closed, signal }));
        await settles(t.sockets.connect({ host: "127.0.0.1", port: -1, signal }));
      }
      const second = await t.sockets.listen({ host: "127.0.0.1", port: 0, signal });
      ok(listeners() > 0, "the counter sees the listener of a listening socket");
      await second.close();
      await t.until(500, `all listeners are removed; ${listeners()} are there`, () => listeners() === 0);
    },
  },
  {
    id: "tcp.cancel/read-abort-lossless",
    level: "MUST",
    assertion: "Aborted and timed-out reads consume nothing: what all other reads give is everything, in order",
    source: "omnisock guarantee 8",
    async run(t) {
      for (const role of bothRoles) {
        const length = 1024 * 1024;
        const { conn, far } = await connected(t, role);
        const sending = (async () => {
          // In pieces, so that reads have to wait now and then.
          const piece = 16_384;
          for (let offset = 0; offset < length; offset += piece) await far.send(pattern(5, piece, offset));
          await far.shutdown("write");
        })();
        const chunks: Uint8Array[] = [];
        let cancelled = 0;
        const receive = async (): Promise<void> => {
          for (let i = 0;; i++) {
            const controller = new AbortController();
            const abort = (): void => controller.abort("cancelled");
            // Late now and then, so that bytes wait for the next read, which is one that must leave them.
            if (i % 6 === 0) await new Promise((resolve) => setTimeout(resolve, 3));
            if (i % 6 === 0) abort();
            const reading = settles(
              conn.read(i % 6 === 1 ? { timeout: 0 } : i % 6 === 2 ? { timeout: 1 } : { signal: controller.signal }),
            );
            if (i % 6 === 3) abort();
            if (i % 6 === 4) queueMicrotask(abort);
            if (i % 6 === 5) setTimeout(abort, 0);
            const read = await reading;
            if (read.status === "rejected") {
              ok(
                (read.reason as unknown) === "cancelled" || read.reason.code === "ETIMEDOUT",
                `a read rejected with ${show(read.reason)}`,
              );
              cancelled++;
            } else if (read.value === null) {
              return;
            } else {
              chunks.push(read.value);
            }
          }
        };
        await t.within(4_000, "all bytes", Promise.all([receive(), sending]));
        ok(cancelled > 10, `reads were cancelled: ${cancelled}`);
        bytesEqual(concat(chunks), pattern(5, length), `what the ${role} end read`);
      }
    },
    deadline: 10_000,
  },
  {
    id: "tcp.cancel/write-abort-defined",
    level: "SHOULD",
    assertion:
      "An aborted write that had not begun is not sent and harms nothing; one that had begun resets the connection, so that the peer never takes the torso for the whole",
    source: "omnisock guarantee 8",
    async run(t) {
      const big = 32 * 1024 * 1024;
      for (const role of bothRoles) {
        const { conn, far } = await connected(t, role);
        const first = settles(conn.write(new Uint8Array(big)));
        await new Promise((resolve) => setTimeout(resolve, 30));
        const controller = new AbortController();
        const second = conn.write("never sent", { signal: controller.signal });
        const third = settles(conn.write("sent"));
        controller.abort("cancelled");
        await t.within(soon, "second write", rejects(second, { value: "cancelled" }, "a write that had not begun"));
        const draining = far.drain();
        equal((await t.within(4_000, "first write", first)).status, "fulfilled", "the write before it");
        equal((await t.within(soon, "third write", third)).status, "fulfilled", "the write after it");
        await conn.shutdown("write");
        const drained = await draining;
        equal({ bytes: drained.bytes, eof: drained.eof }, { bytes: big + 4, eof: true }, "what the peer got");
      }
      for (const role of bothRoles) {
        const { conn, far } = await connected(t, role);
        const controller = new AbortController();
        const writing = conn.write(new Uint8Array(big), { signal: controller.signal });
        await new Promise((resolve) => setTimeout(resolve, 30));
        controller.abort("cancelled");
        await t.within(soon, "write", rejects(writing, { value: "cancelled" }, "a write that had begun"));
        await t.within(soon, "later write", rejects(conn.write("later"), { code: "ECONNRESET" }, "a later write"));
        const drained = await far.drain();
        equal(
          { eof: drained.eof, error: drained.error },
          { eof: false, error: "ECONNRESET" },
          "how it ended for the peer",
        );
        ok(drained.bytes < big, "the peer did not get everything");
      }
    },
    deadline: 12_000,
  },
];

/** Counts the "abort" listeners that are on a signal, from now on. */
function countListeners(signal: AbortSignal): () => number {
  const present = new Set<unknown>();
  const { addEventListener, removeEventListener } = signal;
  signal.addEventListener = function add(this: AbortSignal, type: string, listener: never, options?: never) {
    present.add(listener);
    addEventListener.call(this, type, listener, options);
  };
  signal.removeEventListener = function remove(this: AbortSignal, type: string, listener: never, options?: never) {
    present.delete(listener);
    removeEventListener.call(this, type, listener, options);
  };
  return () => present.size;
}
