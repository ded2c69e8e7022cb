/** Nothing is left over of descriptors: after many repetitions a process has as many as it had before. */
import type { Case, Context } from "../harness/case.js";
import { equal, ok, rejects, settles } from "../harness/expect.js";
import { endpoint, listening, ownRows, peerListener, soon } from "../harness/tcp.js";
import { ends } from "../harness/traffic.js";

const host = "127.0.0.1";
const env = ["kernel", "proc"] as const;

/** Fewer than one in ten of the repetitions: a leak costs one each, a runtime's own descriptors come once. */
const slack = 10;

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

export const cases: readonly Case[] = [
  {
    id: "leaks/fd-connect-fail",
    level: "MUST",
    assertion: "1,000 refused connects leave no descriptor behind",
    source: "POSIX close(); omnisock guarantee 8",
    env,
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
    env,
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
    env,
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
    env,
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
    env,
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
    env,
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
    env,
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
    env,
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
    env,
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
];
