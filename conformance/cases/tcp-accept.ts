/** accept() and iteration: every connection is given once, whatever became of it meanwhile, and nothing ends the listener but close(). */
import type { Connection, IpAddress } from "omnisock";

import { absence } from "../harness/absence.js";
import type { Case } from "../harness/case.js";
import { bytesEqual, concat, equal, ok, rejects, settles, show } from "../harness/expect.js";
import { pattern } from "../harness/pattern.js";
import { endpoint, listening, soon } from "../harness/tcp.js";
import { beyondKernel, staysPending } from "../harness/traffic.js";

export const cases: readonly Case[] = [
  {
    id: "tcp.accept/one-per-conn",
    level: "MUST",
    assertion: "Each of 100 connections is given exactly once, with its own bytes and its own remote address",
    source: "POSIX accept()",
    async run(t) {
      const server = await listening(t);
      const token = (i: number): string => `${i}`.padStart(4, "0");
      const clients = Array.from({ length: 100 }, async (_, i) => {
        const far = await t.peer.connect(endpoint(server.address));
        await far.send(token(i));
        return [token(i), endpoint(far.local).port] as const;
      });
      const given: (readonly [string, number])[] = [];
      for (let i = 0; i < 100; i++) {
        const conn = await t.within(soon, `accept ${i}`, server.accept());
        t.defer(() => conn.reset());
        const bytes = await t.within(soon, "read", conn.read());
        given.push([new TextDecoder().decode(bytes ?? undefined), conn.remoteAddress.port]);
      }
      equal(given.sort(), (await Promise.all(clients)).sort(), "tokens and ports of the clients");
      ok(await staysPending(server.accept()), "there is no connection too many");
    },
  },
  {
    id: "tcp.accept/concurrent-accepts",
    level: "MUST",
    assertion: "Several waiting accept() calls get different connections, in the order of the calls",
    source: "POSIX accept(); omnisock accept()",
    async run(t) {
      const server = await listening(t);
      const accepting = Array.from({ length: 5 }, () => server.accept());
      const clients: unknown[] = [];
      for (let i = 0; i < 5; i++) {
        clients.push((await t.peer.connect(endpoint(server.address))).local);
        // One after the other: the order in which the kernel has them is then that of the connects.
        const conn = await t.within(soon, `accept ${i}`, accepting[i] as Promise<Connection<IpAddress>>);
        t.defer(() => conn.reset());
        equal(endpoint(conn.remoteAddress), clients[i], `whom call ${i} got`);
      }
    },
  },
  {
    id: "tcp.accept/after-close",
    level: "MUST",
    assertion: "accept() on a closed listener rejects with EBADF, and iteration gives nothing",
    source: "POSIX accept() EBADF",
    async run(t) {
      const server = await listening(t);
      // A connection that waits is not given any more either.
      await t.peer.connect(endpoint(server.address));
      const { port } = server.address;
      const closing = server.close();
      const shape = {
        code: "EBADF",
        name: "SocketError",
        members: { operation: "accept", address: `127.0.0.1:${port}` },
      };
      await t.within(soon, "accept while it closes", rejects(server.accept(), shape, "accept while it closes"));
      await t.within(soon, "close", closing);
      await t.within(soon, "accept", rejects(server.accept(), shape, "accept after close"));
      const next = await t.within(soon, "iteration", server[Symbol.asyncIterator]().next());
      equal(next.done, true, "end of the iteration");
    },
  },
  {
    id: "tcp.accept/close-wakes",
    level: "MUST",
    assertion: "close() rejects waiting accept() calls with ECANCELED and ends waiting iterations",
    source: "omnisock accept()",
    async run(t) {
      const server = await listening(t);
      const waiting = [
        settles(server.accept()),
        settles(server.accept({ timeout: 4_000 })),
        settles(server.accept({ signal: new AbortController().signal })),
      ];
      const iterating = server[Symbol.asyncIterator]().next();
      await t.within(soon, "close", server.close());
      for (const ended of await t.within(1_000, "the waiting calls", Promise.all(waiting))) {
        const { code, operation } = ended.status === "rejected" ? ended.reason : {};
        equal({ code, operation }, { code: "ECANCELED", operation: "accept" }, "a waiting accept");
      }
      equal((await t.within(1_000, "the waiting iteration", iterating)).done, true, "end of the iteration");
    },
  },
  {
    id: "tcp.accept/iterator-break",
    level: "SHOULD",
    assertion:
      "Leaving a `for await` loop leaves the listener open and loses no connection: later loops and calls get the rest",
    source: "omnisock Listener[Symbol.asyncIterator]",
    async run(t) {
      const server = await listening(t);
      const clients: unknown[] = [];
      const given: unknown[] = [];
      for (let i = 0; i < 3; i++) clients.push((await t.peer.connect(endpoint(server.address))).local);
      const take = (conn: Connection<IpAddress>): void => {
        t.defer(() => conn.reset());
        given.push(endpoint(conn.remoteAddress));
      };
      const loop = async (): Promise<void> => {
        for await (const conn of server) {
          take(conn);
          break;
        }
      };
      await t.within(soon, "first loop", loop());
      await t.within(soon, "second loop", loop());
      take(await t.within(soon, "accept", server.accept()));
      equal(given, clients, "whom the loops and the call got");
    },
  },
  {
    id: "tcp.accept/aborted-before-accept",
    level: "MUST",
    assertion:
      "A client that resets before it is accepted harms nobody: it is given with ECONNRESET, or not at all, and the next client is served",
    source: "POSIX accept() ECONNABORTED; Linux accept(2)",
    async run(t) {
      const server = await listening(t);
      const aborted: unknown[] = [];
      for (let i = 0; i < 3; i++) {
        const far = await t.peer.connect(endpoint(server.address));
        aborted.push(far.local);
        await far.reset();
      }
      const next = await t.peer.connect(endpoint(server.address));
      await next.send("served");
      for (;;) {
        const conn = await t.within(soon, "accept", server.accept());
        t.defer(() => conn.reset());
        const read = await t.within(soon, "read", settles(conn.read()));
        if (read.status === "fulfilled") {
          bytesEqual(read.value, "served", "what the client sent that did not reset");
          equal(endpoint(conn.remoteAddress), next.local, "whom it was given for");
          break;
        }
        equal(read.reason.code, "ECONNRESET", "first read of a client that reset");
        ok(aborted.length-- > 0, "no more connections than were made");
        await t.within(soon, "close of a client that reset", conn.close());
      }
      ok(await staysPending(server.accept()), "there is no connection too many");
    },
  },
  {
    id: "tcp.accept/closed-before-accept",
    level: "MUST",
    assertion:
      "A client that sent bytes and FIN before it is accepted is given with its bytes and EOF, and can be answered",
    source: "RFC 9293 §3.6",
    async run(t) {
      const server = await listening(t);
      const half = await t.peer.connect(endpoint(server.address));
      await half.send("half");
      await half.shutdown("write");
      const gone = await t.peer.connect(endpoint(server.address));
      await gone.send("gone");
      await gone.close();
      for (const text of ["half", "gone"]) {
        const conn = await t.within(soon, "accept", server.accept());
        t.defer(() => conn.reset());
        // Bytes and FIN may arrive before anyone reads; neither may swallow the other.
        await new Promise((resolve) => setTimeout(resolve, 20));
        bytesEqual(await t.within(soon, "read", conn.read()), text, "bytes from before the accept");
        equal(await t.within(soon, "read", conn.read()), null, "EOF from before the accept");
        if (text === "half") await t.within(soon, "write", conn.write("answer"));
      }
      bytesEqual((await half.receive(6)).data, "answer", "what the client got that only half-closed");
    },
  },
  {
    id: "tcp.accept/emfile",
    level: "MUST",
    assertion:
      "Without free descriptors a listener neither ends its process nor burns its processor, and when there are some again it accepts",
    source: "POSIX accept() EMFILE",
    env: ["kernel", "process", "proc", "prlimit"],
    deadline: 8_000,
    async run(t) {
      const result = await t.run("emfile", { deadline: 7_000 });
      equal({ code: result.code, stderr: result.stderr, expired: result.expired }, {
        code: 0,
        stderr: "",
        expired: false,
      }, "the program");
      const told = JSON.parse(result.stdout) as { waited: boolean; busy: number; fresh: boolean };
      ok(told.waited, "a client waited that no descriptor was left for");
      // A loop that sleeps needs next to nothing; one that spins gets much less than all of a processor if the machine is busy.
      ok(told.busy < 0.05, `share of one processor while there were none: ${told.busy}`);
      ok(told.fresh, `the next client was accepted: ${show(told)}`);
    },
  },
  {
    id: "tcp.accept/queued-unread",
    level: "MUST",
    assertion:
      "Of a connection that waits to be accepted nothing is read: its bytes stay with the kernel, and the peer stops",
    source: "omnisock guarantee Listeners",
    needs: ["tcp.boundedRead"],
    async refusal(t) {
      const far = await t.peer.connect(endpoint((await listening(t)).address));
      if (await far.flood({ limit: beyondKernel, quiet: 100 }) === beyondKernel) throw absence(t, "tcp.boundedRead");
    },
    env: ["kernel", "proc"],
    async run(t) {
      const server = await listening(t);
      const far = await t.peer.connect(endpoint(server.address));
      const sent = await far.flood({ limit: beyondKernel, quiet: 100 });
      const rows = await t.kernel.tcp(server.address.port);
      const held = rows.reduce(
        (sum, { sendQueue, receiveQueue, state }) => state === "ESTABLISHED" ? sum + sendQueue + receiveQueue : sum,
        0,
      );
      equal(held, sent, "bytes with the kernel, of those that were sent");
      const conn = await t.within(soon, "accept", server.accept());
      t.defer(() => conn.reset());
      ok((await t.within(soon, "read", conn.read())) !== null, "bytes after the accept");
    },
  },
  {
    id: "tcp.accept/pause-on-accept",
    level: "MUST",
    assertion:
      "Bytes that come before anyone reads, before and after the accept, are all there in order, however small the bound of the queue",
    source: "RFC 9293 §3.8.6; omnisock guarantees 1 and 3",
    async run(t) {
      const length = 2 * 1024 * 1024;
      const server = await listening(t, { highWaterMark: 1_024 });
      const far = await t.peer.connect(endpoint(server.address));
      const sending = far.send({ length, seed: 7 }).then(() => far.shutdown("write"));
      await new Promise((resolve) => setTimeout(resolve, 20));
      const conn = await t.within(soon, "accept", server.accept());
      t.defer(() => conn.reset());
      await new Promise((resolve) => setTimeout(resolve, 20));
      const chunks: Uint8Array[] = [];
      for await (const chunk of conn) chunks.push(chunk);
      await t.within(soon, "the peer's send", sending);
      bytesEqual(concat(chunks), pattern(7, length), "what was read");
    },
  },
  {
    id: "tcp.accept/throwing-handler",
    level: "MUST",
    assertion:
      "An exception in the body of a `for await` loop comes out of that loop as it is, and the listener goes on for the next",
    source: "ECMA-262 AsyncIterator; omnisock Listener[Symbol.asyncIterator]",
    async run(t) {
      const server = await listening(t);
      const failure = new Error("thrown by the handler");
      const serve = async (handle: (conn: Connection<IpAddress>) => void): Promise<void> => {
        for await (const conn of server) {
          t.defer(() => conn.reset());
          handle(conn);
        }
      };
      for (let i = 0; i < 2; i++) {
        const serving = settles(serve(() => {
          throw failure;
        }));
        await t.peer.connect(endpoint(server.address));
        const ended = await t.within(soon, "the loop", serving);
        ok(ended.status === "rejected" && Object.is(ended.reason, failure), `a loop whose body throws: ${show(ended)}`);
      }
      const served: unknown[] = [];
      const serving = serve((conn) => served.push(endpoint(conn.remoteAddress)));
      const far = await t.peer.connect(endpoint(server.address));
      await t.until(soon, "the next client is served", () => served.length > 0);
      await server.close();
      await t.within(soon, "the loop", serving);
      equal(served, [far.local], "whom the loop served after the exceptions");
    },
  },
  {
    id: "tcp.accept/options-inherited",
    level: "SHOULD",
    assertion: "Socket options given to listen() are in force on accepted connections, in the kernel",
    source: "omnisock listen(); Linux tcp(7)",
    env: ["kernel", "proc", "root"],
    async run(t) {
      const settings = [
        { options: {}, noDelay: true, keepAlive: false },
        { options: { noDelay: false, keepAlive: true }, noDelay: false, keepAlive: true },
        { options: { noDelay: true, keepAlive: false }, noDelay: true, keepAlive: false },
      ];
      for (const { options, noDelay, keepAlive } of settings) {
        const server = await listening(t, options);
        const { port } = server.address;
        await t.peer.connect(endpoint(server.address));
        const conn = await t.within(soon, "accept", server.accept());
        t.defer(() => conn.reset());
        const given = {
          noDelay: (await t.kernel.option(port, { level: "IPPROTO_TCP", name: "TCP_NODELAY" })) !== 0,
          keepAlive: (await t.kernel.option(port, { level: "SOL_SOCKET", name: "SO_KEEPALIVE" })) !== 0,
        };
        equal(given, { noDelay, keepAlive }, `options of a connection accepted with ${JSON.stringify(options)}`);
      }
    },
  },
  {
    id: "tcp.accept/syn-burst",
    level: "SHOULD",
    assertion: "500 connections at once are all accepted, also by a program that begins to accept when they are there",
    source: "POSIX listen(), accept()",
    deadline: 10_000,
    async run(t) {
      const server = await listening(t);
      const clients = await t.within(
        8_000,
        "500 connects",
        Promise.all(Array.from({ length: 500 }, () => t.peer.connect(endpoint(server.address)))),
      );
      const given = new Set<number>();
      for (let i = 0; i < 500; i++) {
        const conn = await t.within(soon, `accept ${i}`, server.accept());
        given.add(conn.remoteAddress.port);
        void conn.close().catch(() => {});
      }
      equal([...given].sort(), clients.map((far) => endpoint(far.local).port).sort(), "ports of the clients");
    },
  },
];
