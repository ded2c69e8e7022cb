/** Nothing is left over of memory, timers, sockets and processor time: what is closed costs nothing. */
import type { Connection, IpAddress } from "omnisock";

import type { Case, Context, Started } from "../harness/case.js";
import { equal, ok, settles } from "../harness/expect.js";
import { Litter } from "../harness/garbage.js";
import { endpoint, listening, soon } from "../harness/tcp.js";
import { ends, KiB, MiB } from "../harness/traffic.js";

const host = "127.0.0.1";
const process = ["proc", "process"] as const;

/** A program may need this long to start on a busy machine. */
const startup = 8_000;

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
      const lasting = await listening(t);
      const use = async (i: number): Promise<void> => {
        const server = await t.sockets.listen({ host });
        // From a listener that is over too, or from one that stays.
        const from = i % 3 === 0 ? server : lasting;
        const far = await t.peer.connect(endpoint(from.address));
        const conn = await from.accept({ timeout: 60_000, signal: new AbortController().signal });
        const udp = await t.sockets.bind({ host });
        void conn.closed.catch(() => {});
        await conn.write(new Uint8Array(64 * KiB));
        if (i % 2 === 0) await Promise.all([conn.close(), far.drain()]);
        else await Promise.all([far.reset(), settles(conn.closed)]);
        await Promise.all([server.close(), udp.close()]);
        // `closed` belongs to what is behind the connection, which may be held without it.
        over.add(conn, conn.closed, server, udp);
      };
      const count = 60;
      for (let i = 0; i < count; i++) await t.within(soon, `use ${i}`, use(i));
      // The last ones may still be on the stack of a turn that has not ended.
      const left = await over.left(t, 4 * count / 10);
      ok(left <= 4 * count / 10, `${left} of ${4 * count} objects that are over are still held`);
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
    env: ["kernel", "proc"],
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
