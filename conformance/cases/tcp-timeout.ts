/** `timeout` of the calls of TCP sockets. */
import type { Case } from "../harness/case.js";
import { bytesEqual, equal, rejects, settles, show } from "../harness/expect.js";
import { acceptedEnds, clientEnds, endpoint, listening, peerListener, soon } from "../harness/tcp.js";

export const cases: readonly Case[] = [
  {
    id: "tcp.cancel/timeout-code",
    level: "MUST",
    assertion:
      "A timeout is a SocketError ETIMEDOUT that names the operation and the address; an abort is the signal's reason and nothing else",
    source: "POSIX ETIMEDOUT; omnisock guarantee 8",
    async run(t) {
      const silent = await t.peer.blackhole();
      const server = await listening(t);
      const { conn, far } = await clientEnds(t);
      const there = (address: { host: string; port: number }): string => `${address.host}:${address.port}`;
      const calls: readonly {
        operation: string;
        address: string;
        call: (options: { timeout?: number; signal?: AbortSignal }) => Promise<unknown>;
      }[] = [
        {
          operation: "connect",
          address: there(silent),
          call: (options) => t.sockets.connect({ ...silent, ...options }),
        },
        { operation: "accept", address: there(server.address), call: (options) => server.accept(options) },
        { operation: "read", address: there(endpoint(far.local)), call: (options) => conn.read(options) },
        {
          operation: "read",
          address: there(endpoint(far.local)),
          call: (options) => conn.readInto(new Uint8Array(1), options),
        },
        // The last: a write that had begun ends the connection.
        {
          operation: "write",
          address: there(endpoint(far.local)),
          call: (options) => conn.write(new Uint8Array(32 * 1024 * 1024), options),
        },
      ];
      for (const { operation, address, call } of calls) {
        if (operation !== "write") {
          const aborted = await t.within(
            soon,
            operation,
            settles(call({ signal: AbortSignal.timeout(10), timeout: 5_000 })),
          );
          const { name, code } = aborted.status === "rejected" ? aborted.reason : {};
          equal(
            { name, posix: code === "ETIMEDOUT" },
            { name: "TimeoutError", posix: false },
            `${operation} with a signal that times out`,
          );
        }
        const shape = { name: "SocketError", code: "ETIMEDOUT", members: { operation, address } };
        await t.within(
          soon,
          operation,
          rejects(call({ timeout: 30, signal: new AbortController().signal }), shape, `${operation} with a timeout`),
        );
      }
    },
  },
  {
    id: "tcp.cancel/timeout-rearm",
    level: "MUST",
    assertion: "After a timed-out read() or accept() the next one works, and waits its own time",
    source: "omnisock guarantee 8",
    async run(t) {
      const { conn, far, server } = await acceptedEnds(t);
      for (let i = 0; i < 3; i++) {
        await t.within(
          soon,
          "read",
          rejects(conn.read({ timeout: 10 }), { code: "ETIMEDOUT" }, "a read with nothing to read"),
        );
        const reading = conn.read({ timeout: 2_000 });
        await far.send(`${i}`);
        bytesEqual(await t.within(soon, "read", reading), `${i}`, "what the next read gave");
        await t.within(
          soon,
          "accept",
          rejects(server.accept({ timeout: 10 }), { code: "ETIMEDOUT" }, "an accept with nobody there"),
        );
        const accepting = server.accept({ timeout: 2_000 });
        const client = await t.peer.connect(endpoint(server.address));
        const accepted = await t.within(soon, "accept", accepting);
        t.defer(() => accepted.reset());
        equal(endpoint(accepted.remoteAddress), client.local, "whom the next accept gave");
      }
      await t.within(soon, "write", conn.write("and back"));
      bytesEqual((await far.receive(8)).data, "and back", "what the peer got");
    },
  },
  {
    id: "tcp.cancel/past-deadline",
    level: "MUST",
    assertion:
      "With a timeout of 0 a call fails with ETIMEDOUT at once: nothing is opened, read, sent or accepted, not even what is there",
    source: "omnisock WaitOptions",
    async run(t) {
      const expired = (what: string, call: Promise<unknown>): Promise<unknown> =>
        t.within(soon, what, rejects(call, { code: "ETIMEDOUT" }, what));
      const { listener, at } = await peerListener(t);
      await expired("connect", t.sockets.connect({ ...at, timeout: 0 }));
      const conn = await t.within(soon, "connect", t.sockets.connect(at));
      t.defer(() => conn.reset());
      const far = await listener.accept();
      equal(far.remote, endpoint(conn.localAddress), "the first connection that the peer ever got");
      await far.send("waiting");
      await expired("read", conn.read({ timeout: 0 }));
      await expired("write", conn.write("never sent", { timeout: 0 }));
      await expired("shutdown", conn.shutdown("write", { timeout: 0 }));
      bytesEqual(await t.within(soon, "read", conn.read()), "waiting", "what a read with time still gets");
      await conn.write("sent");
      bytesEqual((await far.receive(4)).data, "sent", "the first bytes that the peer got");
      const server = await listening(t);
      const client = await t.peer.connect(endpoint(server.address));
      await expired("accept", server.accept({ timeout: 0 }));
      const accepted = await t.within(soon, "accept", server.accept());
      t.defer(() => accepted.reset());
      equal(endpoint(accepted.remoteAddress), client.local, "whom an accept with time still gets");
    },
  },
  {
    id: "tcp.cancel/timeout-range",
    level: "SHOULD",
    assertion: "A timeout that is no time is refused; one beyond what timers hold, and Infinity, do not fire at once",
    source: "omnisock WaitOptions; HTML timers",
    async run(t) {
      const { listener, at } = await peerListener(t);
      const { conn, far, server } = await acceptedEnds(t);
      const calls: Readonly<Record<string, (timeout: unknown) => Promise<unknown>>> = {
        connect: (timeout) => t.sockets.connect({ ...at, timeout: timeout as number }),
        listen: (timeout) => t.sockets.listen({ host: "127.0.0.1", port: 0, timeout: timeout as number }),
        accept: (timeout) => server.accept({ timeout: timeout as number }),
        read: (timeout) => conn.read({ timeout: timeout as number }),
        write: (timeout) => conn.write("never sent", { timeout: timeout as number }),
        close: (timeout) => conn.close({ timeout: timeout as number }),
      };
      for (const [name, call] of Object.entries(calls)) {
        for (
          const [timeout, error] of [
            [NaN, "RangeError"],
            [-1, "RangeError"],
            [-Infinity, "RangeError"],
            ["5", "TypeError"],
            [null, "TypeError"],
            [5n, "TypeError"],
            [{}, "TypeError"],
          ] as const
        ) {
          await t.within(
            soon,
            name,
            rejects(call(timeout), { name: error }, `${name} with the timeout ${String(timeout)}`),
          );
        }
      }
      for (const signal of [null, {}, new AbortController(), "abort"]) {
        await t.within(
          soon,
          "connect",
          rejects(
            t.sockets.connect({ ...at, signal: signal as never }),
            { name: "TypeError" },
            `connect with the signal ${show(signal)}`,
          ),
        );
        await t.within(
          soon,
          "read",
          rejects(
            conn.read({ signal: signal as never }),
            { name: "TypeError" },
            `read with the signal ${show(signal)}`,
          ),
        );
      }
      for (const timeout of [2 ** 31 - 1, 2 ** 31, 2 ** 32 + 1, 1e300, Infinity]) {
        const reading = settles(conn.read({ timeout }));
        const early = await Promise.race([reading, new Promise((resolve) => setTimeout(resolve, 20, "waits"))]);
        equal(early, "waits", `read with the timeout ${timeout} after 20 ms`);
        await far.send("x");
        equal((await t.within(soon, "read", reading)).status, "fulfilled", `read with the timeout ${timeout}`);
      }
      const client = await t.within(soon, "connect", t.sockets.connect({ ...at, timeout: 2 ** 31 }));
      t.defer(() => client.reset());
      equal(
        (await listener.accept()).remote,
        endpoint(client.localAddress),
        "the first connection that the peer ever got",
      );
    },
  },
];
