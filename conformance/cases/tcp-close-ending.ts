/** The end of a connection as `closed` tells it, in every ending, and for connections that nobody ends. */
import type { Case } from "../harness/case.js";
import { sleep } from "../harness/context.js";
import { equal, ok, rejects, settles } from "../harness/expect.js";
import { Litter } from "../harness/garbage.js";
import { bothRoles, type Ends, peerListener, soon } from "../harness/tcp.js";
import { beyondKernel, clog, ends, staysPending } from "../harness/traffic.js";

interface Ending {
  readonly end: (pair: Ends) => Promise<unknown>;
  /** What `closed` may do: `resolves`, or reject with one of these codes. */
  readonly outcomes: readonly string[];
  /** The library sends RST, which not every runtime can. */
  readonly resets?: true;
}

const endings: Readonly<Record<string, Ending>> = {
  "close()": { end: ({ conn }) => conn.close(), outcomes: ["resolves"] },
  "reset()": { end: ({ conn }) => conn.reset(), outcomes: ["resolves"], resets: true },
  "disposal": { end: ({ conn }) => conn[Symbol.asyncDispose](), outcomes: ["resolves"] },
  "FIN from both": {
    end: ({ conn, far }) => Promise.all([conn.shutdown("write"), far.shutdown("write")]),
    outcomes: ["resolves"],
  },
  "the peer's close and shutdown of both directions": {
    end: ({ conn, far }) => far.close().then(() => conn.shutdown("both")),
    outcomes: ["resolves"],
  },
  "the end of its streams": {
    async end({ conn, far }) {
      await Promise.all([conn.readable.cancel(), conn.writable.close()]);
      await far.close();
    },
    outcomes: ["resolves"],
  },
  "a close() that takes too long": {
    async end({ conn }) {
      await clog(conn, beyondKernel);
      await rejects(conn.close(), { code: "ETIMEDOUT" }, "close past its linger");
    },
    outcomes: ["resolves"],
  },
  "a write that was aborted halfway": {
    async end({ conn }) {
      const controller = new AbortController();
      const write = settles(conn.write(new Uint8Array(beyondKernel), { signal: controller.signal }));
      ok(await staysPending(write, 20), "a write beyond what the kernel takes waits");
      controller.abort();
      await write;
    },
    outcomes: ["resolves"],
    resets: true,
  },
  "the peer's reset": { end: ({ far }) => far.reset(), outcomes: ["ECONNRESET"] },
  "the peer's reset while a write waits": {
    async end({ conn, far }) {
      const { pending } = await clog(conn, beyondKernel);
      await far.reset();
      await settles(pending);
    },
    outcomes: ["ECONNRESET", "EPIPE"],
  },
  "a write to a peer that is gone": {
    async end({ conn, far }) {
      await far.close();
      for (let failed = false; !failed; await sleep(1)) failed = (await settles(conn.write("x"))).status === "rejected";
    },
    outcomes: ["ECONNRESET", "EPIPE"],
  },
};

export const cases: readonly Case[] = [
  {
    id: "tcp.close/closed-settles",
    level: "MUST",
    assertion:
      "`closed` settles in every ending: it resolves after an orderly end or when we gave up, and rejects with the error that broke the connection, whoever saw that error",
    source: "omnisock guarantee 7",
    deadline: 15_000,
    async run(t) {
      for (const role of bothRoles) {
        for (const [ending, { end, outcomes, resets }] of Object.entries(endings)) {
          if (resets === true && !t.sockets.supports("tcp.reset").supported) continue;
          const pair = await ends(t, role, { linger: 50 });
          // Asked for before it settles, or when it may be over.
          const early = role === "client" ? settles(pair.conn.closed) : undefined;
          await t.within(soon, ending, end(pair));
          const first = await t.within(soon, `closed after ${ending}`, early ?? settles(pair.conn.closed));
          const outcome = first.status === "rejected" ? `${first.reason.code}` : "resolves";
          ok(outcomes.includes(outcome), `closed of the ${role} after ${ending}: ${outcome}, expected ${outcomes}`);
          equal((await settles(pair.conn.closed)).status, first.status, `closed of the ${role}, asked again`);
        }
      }
    },
  },
  {
    id: "tcp.close/gc-unreferenced",
    level: "INFO",
    assertion: "What becomes of an open connection that the program holds no more, when the garbage collector runs",
    source: "omnisock ref()",
    async run(t) {
      const { listener, at } = await peerListener(t);
      const others = new Litter();
      const forget = async (): Promise<void> => {
        await t.sockets.connect(at);
        for (let i = 0; i < 100; i++) others.add({ i });
      };
      await t.within(soon, "connect", forget());
      const far = await listener.accept();
      const fate = settles(far.receive(1));
      equal(await others.left(t, 0), 0, "what else was forgotten and is not collected");
      t.info(await staysPending(fate, 100) ? "stays open" : "closed");
    },
  },
];
