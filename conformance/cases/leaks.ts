/** Nothing is left over: after many repetitions a process has the descriptors, sockets, timers and memory that it had before. */
import type { Connection, IpAddress } from "omnisock";

import type { Case, Context, Started } from "../harness/case.js";
import { equal, ok, rejects, settles } from "../harness/expect.js";
import { Litter } from "../harness/garbage.js";
import { endpoint, listening, ownRows, peerListener, soon } from "../harness/tcp.js";
import { ends, KiB, MiB } from "../harness/traffic.js";

const host = "127.0.0.1";
const kernel = ["kernel", "proc"] as const;
const process = ["proc", "process"] as const;

/** Fewer than one in ten of the repetitions: a leak costs one each, a runtime's own descriptors come once. */
const slack = 10;

/** A program may need this long to start on a busy machine. */
const startup = 8_000;

/** Repeats `action` in parallel batches, a few times first, and wants the process to end with as many descriptors as it had. */
async function keepsDescriptors(t: Context, times: number, action: (i: number) => Promise<unknown>): Promise<void> {
  const batch = 20;
  const repeat = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i += batch) {
      await t.within(
        soon,
        `repetitions from ${i}`,
        Promise.all(Array.from({ length: batch }, (_, j) => action(i + j))),
      );
    }
  };
  await repeat(100);
  const before = await t.kernel.descriptors();
  await repeat(times);
  let after = before;
  await t.until(soon, `${times} repetitions leave no descriptor behind`, async () => {
    after = await t.kernel.descriptors();
    return after <= before + slack;
  }).catch(() => ok(false, `${before} descriptors before ${times} repetitions, ${after} after them`));
}

/** The program's answer to a command. */
async function command(t: Context, program: Started, text: string): Promise<void> {
  await program.write(`${text}\n`);
  equal(await t.within(startup, text, program.line()), text, "answer of the program");
}

/** The program that opens and uses sockets of every kind when it is told to. */
async function startSundry(t: Context): Promise<Started> {
  const { port } = await t.peer.blackhole();
  const program = await t.start("sundry", { args: [String(port), await t.temporaryPath()] });
  equal(await t.within(startup, "start of the program", program.line()), "ready", "first line of the program");
  return program;
}

export const cases: readonly Case[] = [
  {
    id: "leaks/fd-connect-fail",
    level: "MUST",
    assertion: "1,000 refused connects leave no descriptor behind",
    source: "POSIX close(); omnisock guarantee 8",
    env: kernel,
    deadline: 15_000,
    async run(t) {
      const port = await t.peer.closedPort();
      await keepsDescriptors(t, 1_000, async () => {
        await rejects(t.sockets.connect({ host, port }), { code: "ECONNREFUSED" }, "connect");
      });
    },
  },
  {
    id: "leaks/fd-connect-ok",
    level: "MUST",
    assertion: "1,000 connections that are opened and closed leave no descriptor behind",
    source: "POSIX close(); omnisock guarantee 6",
    env: kernel,
    deadline: 15_000,
    async run(t) {
      const listener = await t.peer.listen({ host, port: 0 }, { backlog: 1_500 });
      const at = endpoint(listener.address);
      await keepsDescriptors(t, 1_000, async () => {
        const conn = await t.sockets.connect(at);
        await conn.write("x");
        await conn.close();
      });
    },
  },
  {
    id: "leaks/fd-accept",
    level: "MUST",
    assertion: "1,000 accepted connections leave no descriptor behind, whoever closes first",
    source: "POSIX close(); omnisock guarantee 6",
    env: kernel,
    deadline: 20_000,
    async run(t) {
      const server = await listening(t);
      await keepsDescriptors(t, 1_000, async (i) => {
        const [far, conn] = await Promise.all([t.peer.connect(endpoint(server.address)), server.accept()]);
        // A batch may pair them otherwise, so that every ending meets every other.
        if (i % 2 === 0) await far.close();
        await conn.close();
        if (i % 2 === 1) await far.close();
      });
    },
  },
  {
    id: "leaks/fd-unaccepted",
    level: "MUST",
    assertion: "Connections that nobody has accepted when their listener closes leave no descriptor behind",
    source: "omnisock Listener.close()",
    env: kernel,
    deadline: 15_000,
    async run(t) {
      await keepsDescriptors(t, 200, async () => {
        const server = await t.sockets.listen({ host });
        const far = await t.peer.connect(endpoint(server.address));
        await server.close();
        await far.close();
      });
    },
  },
  {
    id: "leaks/fd-abort",
    level: "MUST",
    assertion:
      "1,000 connects that are aborted before the peer answers, or run out of time, leave no descriptor behind",
    source: "omnisock guarantee 8",
    env: kernel,
    deadline: 15_000,
    async run(t) {
      const at = await t.peer.blackhole();
      const reason = new Error("mine");
      await keepsDescriptors(t, 1_000, async (i) => {
        if (i % 2 === 0) {
          await rejects(t.sockets.connect({ ...at, timeout: 2 }), { code: "ETIMEDOUT" }, "connect");
          return;
        }
        const controller = new AbortController();
        const connecting = settles(t.sockets.connect({ ...at, signal: controller.signal }));
        if (i % 4 === 1) await t.peer.closedPort();
        controller.abort(reason);
        const end = await connecting;
        ok(end.status === "rejected" && end.reason === reason, "connect rejects with signal.reason");
      });
      await t.until(soon, "no attempt is left in the kernel", async () => (await ownRows(t, at.port)).length === 0);
    },
  },
  {
    id: "leaks/fd-reset",
    level: "MUST",
    assertion: "Connections that either end resets leave no descriptor behind, also if nobody looks at them any more",
    source: "omnisock guarantees 6 and 7",
    needs: ["tcp.reset"],
    refusal: async (t) => (await ends(t, "client")).conn.reset(),
    env: kernel,
    deadline: 15_000,
    async run(t) {
      const { listener, at } = await peerListener(t);
      await keepsDescriptors(t, 500, async (i) => {
        const [conn, far] = await Promise.all([t.sockets.connect(at), listener.accept()]);
        if (i % 2 === 0) await far.reset();
        else await conn.reset();
      });
    },
  },
  {
    id: "leaks/fd-listen",
    level: "MUST",
    assertion: "1,000 listeners that are opened and closed, and attempts on a port in use, leave no descriptor behind",
    source: "POSIX close(); omnisock Listener.close()",
    env: kernel,
    deadline: 15_000,
    async run(t) {
      const used = await listening(t);
      await keepsDescriptors(t, 1_000, async (i) => {
        if (i % 2 === 0) await (await t.sockets.listen({ host })).close();
        else await rejects(t.sockets.listen({ host, port: used.address.port }), { code: "EADDRINUSE" }, "listen");
      });
    },
  },
  {
    id: "leaks/fd-udp",
    level: "MUST",
    assertion:
      "1,000 UDP sockets that are bound, used and closed, and attempts on a port in use, leave no descriptor behind",
    source: "POSIX close(); omnisock DatagramSocket.close()",
    env: kernel,
    deadline: 15_000,
    async run(t) {
      const peer = await t.peer.bind({ host, port: 0 });
      await keepsDescriptors(t, 1_000, async () => {
        await rejects(t.sockets.bind({ host, port: peer.address.port }), { code: "EADDRINUSE" }, "bind");
        const udp = await t.sockets.bind({ host });
        await udp.send("x", peer.address);
        const waiting = settles(udp.receive());
        await udp.close();
        await waiting;
      });
    },
  },
  {
    id: "leaks/fd-unix",
    level: "MUST",
    assertion:
      "1,000 Unix listeners and clients that are opened and closed leave neither a descriptor nor a file behind",
    source: "Linux unix(7); omnisock Listener.close()",
    needs: ["unix.stream"],
    refusal: (t) => t.sockets.listen({ path: "/tmp/none" }),
    env: kernel,
    deadline: 20_000,
    async run(t) {
      const path = await t.temporaryPath("s");
      const names = new Set<string>();
      await keepsDescriptors(t, 500, async (i) => {
        const name = `${path}${i % 20}`;
        names.add(name);
        const server = await t.sockets.listen({ path: name });
        const [client, accepted] = await Promise.all([t.sockets.connect({ path: name }), server.accept()]);
        await Promise.all([client.close(), accepted.close(), server.close()]);
        await rejects(t.sockets.connect({ path: name }), { code: "ENOENT" }, "connect after the close");
      });
      for (const name of names) equal(await t.kernel.file(name), "missing", "what is at a closed listener's path");
    },
  },
  {
    id: "leaks/heap",
    level: "SHOULD",
    assertion: "The memory of a process does not grow with the bytes and connections that have gone through it",
    source: "omnisock guarantee 3",
    env: process,
    deadline: 40_000,
    async run(t) {
      // 64 MiB in 20 connections are a round.
      const program = await t.start("churn-memory", { args: ["20", "51"] });
      const round = async (i: number): Promise<number> => {
        await command(t, program, `round ${i}`);
        return await program.kernel.memory();
      };
      await round(0);
      const before = await round(1);
      await round(2);
      const after = Math.min(await round(3), await round(4));
      const grown = Math.round((after - before) / MiB);
      ok(grown < 80, `2 rounds of 64 MiB and more made the process grow by ${grown} MiB`);
    },
  },
  {
    id: "leaks/collected",
    level: "MUST",
    assertion: "Nothing holds a connection, listener or UDP socket that is over: the garbage collector takes it",
    source: "ECMA-262 FinalizationRegistry",
    deadline: 15_000,
    async run(t) {
      const over = new Litter();
      const use = async (i: number): Promise<void> => {
        const server = await t.sockets.listen({ host });
        const far = await t.peer.connect(endpoint(server.address));
        const conn = await server.accept({ timeout: 60_000, signal: new AbortController().signal });
        const udp = await t.sockets.bind({ host });
        void conn.closed.catch(() => {});
        await conn.write(new Uint8Array(64 * KiB));
        if (i % 2 === 0) await Promise.all([conn.close(), far.drain()]);
        else await Promise.all([far.reset(), settles(conn.closed)]);
        await Promise.all([server.close(), udp.close()]);
        over.add(conn, server, udp);
      };
      const count = 60;
      for (let i = 0; i < count; i++) await t.within(soon, `use ${i}`, use(i));
      // The last ones may still be on the stack of a turn that has not ended.
      const left = await over.left(t, 3 * count / 10);
      ok(left <= 3 * count / 10, `${left} of ${3 * count} objects that are over are still held`);
    },
  },
  {
    id: "leaks/timers",
    level: "SHOULD",
    assertion: "Calls that end before their timeout leave no timer behind: a process that has closed everything ends",
    source: "omnisock timeout",
    env: ["process"],
    deadline: 15_000,
    async run(t) {
      const { code, expired, stdout, stderr } = await t.run("deadlines", {
        args: [String(await t.peer.closedPort())],
        deadline: 10_000,
      });
      equal([stdout, stderr], ["closed\n", ""], "output of the program");
      equal([expired, code], [false, 0], "whether it had to be killed, and its exit code");
    },
  },
  {
    id: "leaks/sockets-kernel",
    level: "SHOULD",
    assertion: "A process that has closed everything, however each socket ended, has no socket in the kernel any more",
    source: "POSIX close()",
    env: process,
    deadline: 25_000,
    async run(t) {
      const program = await startSundry(t);
      const before = await program.kernel.sockets();
      await command(t, program, "open");
      const open = await program.kernel.sockets();
      ok(open >= before + 7, `seven sockets are open: ${before} before, ${open} now`);
      await command(t, program, "use");
      await command(t, program, "close");
      let after = open;
      await t.until(soon, "the sockets are gone", async () => (after = await program.kernel.sockets()) <= before)
        .catch(() => ok(false, `${before} sockets before, ${after} after everything was closed`));
      await program.write("leave\n");
      equal((await t.within(soon, "end of the program", program.end)).code, 0, "exit code");
    },
  },
  {
    id: "leaks/close-wait",
    level: "MUST",
    assertion:
      "A connection whose peer closed first does not stay in CLOSE-WAIT once the program closes, disposes or shuts it down",
    source: "RFC 9293 §3.6",
    env: kernel,
    async run(t) {
      const ways: Readonly<Record<string, (conn: Connection<IpAddress>) => Promise<unknown>>> = {
        "close()": (conn) => conn.close(),
        "disposal": (conn) => conn[Symbol.asyncDispose](),
        'shutdown("write") after EOF': async (conn) => {
          while (await conn.read() !== null);
          await conn.shutdown("write");
        },
        "its streams' end": (conn) => conn.readable.pipeTo(conn.writable),
      };
      for (const role of ["client", "accepted"] as const) {
        for (const [way, end] of Object.entries(ways)) {
          const { conn, far } = await ends(t, role);
          await far.send("last words");
          await far.shutdown("write");
          const port = conn.localAddress.port;
          const mine = async (): Promise<string | undefined> =>
            (await t.kernel.tcp(port)).find(({ local, remote, own }) =>
              own && local.port === port && remote.port === conn.remoteAddress.port
            )?.state;
          await t.until(soon, "CLOSE-WAIT", async () => await mine() === "CLOSE_WAIT");
          await t.within(soon, way, end(conn));
          await t.until(soon, `the socket of the ${role} is gone after ${way}`, async () => await mine() === undefined);
        }
      }
    },
  },
  {
    id: "leaks/idle",
    level: "SHOULD",
    assertion: "Open sockets on which nothing happens take no processor time",
    source: "omnisock: no polling",
    env: process,
    deadline: 20_000,
    async run(t) {
      const program = await startSundry(t);
      await command(t, program, "open");
      await command(t, program, "use");
      let least = Infinity;
      // The smallest of three: a runtime has work of its own at times.
      for (let i = 0; i < 3; i++) {
        const before = await program.kernel.processorTime();
        await new Promise((resolve) => setTimeout(resolve, 150));
        least = Math.min(least, await program.kernel.processorTime() - before);
      }
      ok(least <= 20, `${least} of 150 ms with nothing to do`);
    },
  },
];
