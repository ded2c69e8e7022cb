/** How listeners end, and what becomes of their connections and their port. */
import type { Case } from "../harness/case.js";
import { bytesEqual, equal, ok, rejects, settles } from "../harness/expect.js";
import { acceptedEnds, endpoint, listening, soon } from "../harness/tcp.js";

export const cases: readonly Case[] = [
  {
    id: "tcp.listen/rebind-after-close",
    level: "MUST",
    assertion: "When close() has resolved, the port can be listened on again at once, also if an accept() was waiting",
    source: "POSIX bind(), close()",
    async run(t) {
      let { port } = (await listening(t)).address;
      port = await t.peer.closedPort();
      for (let i = 0; i < 4; i++) {
        const server = await listening(t, { port });
        const waiting = i % 2 === 0 ? undefined : settles(server.accept());
        await t.within(soon, "close", server.close());
        if (waiting !== undefined) {
          equal((await t.within(soon, "the waiting accept", waiting)).status, "rejected", "the waiting accept");
        }
      }
      const server = await listening(t, { port });
      equal(
        (await t.peer.connect(endpoint(server.address))).remote,
        { host: "127.0.0.1", port },
        "where the peer is connected",
      );
    },
  },
  {
    id: "tcp.listen/rebind-timewait",
    level: "MUST",
    assertion: "A port with connections in TIME_WAIT on the server's side can be listened on again",
    source: "Linux socket(7) SO_REUSEADDR; WASI sockets tcp.bind",
    env: ["kernel", "proc"],
    async run(t) {
      const server = await listening(t);
      const { port } = server.address;
      // Several: a segment that comes late may end the TIME_WAIT of one (RFC 1337).
      for (let i = 0; i < 5; i++) {
        const far = await t.peer.connect(endpoint(server.address));
        const conn = await t.within(soon, "accept", server.accept());
        const closing = conn.close();
        equal((await far.receive(1)).eof, true, "the server's FIN");
        await far.close();
        await t.within(soon, "close of the connection", closing);
      }
      await t.within(soon, "close of the listener", server.close());
      const waits = async (): Promise<boolean> =>
        (await t.kernel.tcp(port)).some((row) => row.local.port === port && row.state === "TIME_WAIT");
      await t.until(soon, "TIME_WAIT", waits);
      const again = await listening(t, { port });
      equal(again.address.port, port, "the port of the second listener");
      ok(await waits(), "TIME_WAIT is still there");
      await t.peer.connect(endpoint(again.address));
      const second = await t.within(soon, "accept by the second listener", again.accept());
      t.defer(() => second.reset());
    },
  },
  {
    id: "tcp.listen/close-stops-accept",
    level: "MUST",
    assertion: "After close() new connections are refused; closing again changes nothing, and closed resolves",
    source: "POSIX close()",
    async run(t) {
      const server = await listening(t);
      const at = endpoint(server.address);
      await t.peer.connect(at);
      await t.within(soon, "close", server.close());
      await rejects(t.peer.connect(at), { code: "ECONNREFUSED" }, "the peer's connect");
      await t.within(
        soon,
        "close again and closed",
        Promise.all([server.close(), server.closed, server[Symbol.asyncDispose]()]),
      );
    },
  },
  {
    id: "tcp.listen/close-keeps-conns",
    level: "MUST",
    assertion: "close() of a listener resolves although accepted connections are open, and leaves them alone",
    source: "POSIX close(); omnisock's guarantee of listeners",
    async run(t) {
      const server = await listening(t);
      const far = await t.peer.connect(endpoint(server.address));
      const conn = await t.within(soon, "accept", server.accept());
      t.defer(() => conn.reset());
      await t.within(soon, "close", server.close());
      await far.send("ping");
      bytesEqual(await t.within(soon, "read", conn.read()), "ping", "what came after the listener was closed");
      await t.within(soon, "write", conn.write("pong"));
      bytesEqual((await far.receive(4)).data, "pong", "what the peer got after the listener was closed");
    },
  },
  {
    id: "tcp.listen/graceful-shutdown",
    level: "MUST",
    assertion:
      "shutdown({ graceful }) stops listening at once, resolves as soon as the accepted connections are over, and resets those that are not in time",
    source: "omnisock's guarantee of listeners",
    needs: ["tcp.reset"],
    refusal: async (t) => await (await acceptedEnds(t)).conn.reset(),
    async run(t) {
      for (const ends of ["in time", "never"] as const) {
        const { conn, far, server } = await acceptedEnds(t);
        const port = server.address.port;
        const over = settles(server.shutdown({ graceful: ends === "never" ? 100 : 10_000 }));
        await t.within(soon, "the listener to close", server.closed);
        await rejects(t.peer.connect({ host: "127.0.0.1", port }), { code: "ECONNREFUSED" }, "a connect meanwhile");
        await conn.write("still here");
        bytesEqual((await far.receive(10)).data, "still here", "what the connection sends meanwhile");
        if (ends === "in time") await t.within(soon, "close", conn.close());
        equal(
          (await t.within(soon, "shutdown", over)).status,
          "fulfilled",
          `shutdown of a connection that ends ${ends}`,
        );
        const last = await far.receive(1);
        equal(
          [last.eof, last.error],
          ends === "never" ? [false, "ECONNRESET"] : [true, undefined],
          `what the peer sees, ended ${ends}`,
        );
      }
    },
  },
  {
    id: "tcp.listen/close-rst-queued",
    level: "SHOULD",
    assertion:
      "Connections that nobody has accepted are reset when the listener is closed, whether or not they have sent something",
    source: "RFC 9293 §3.5.2; omnisock's guarantee of listeners",
    async run(t) {
      const server = await listening(t);
      const silent = await t.peer.connect(endpoint(server.address));
      const eager = await t.peer.connect(endpoint(server.address));
      await eager.send("unread");
      await t.within(soon, "close", server.close());
      const ended = await t.within(1_000, "the clients' receive", Promise.all([silent.receive(1), eager.receive(1)]));
      equal(
        ended.map(({ error }) => error),
        ["ECONNRESET", "ECONNRESET"],
        "ends of the silent and of the eager client",
      );
    },
  },
  {
    id: "tcp.listen/abort-signal",
    level: "SHOULD",
    assertion:
      "Aborting the signal that was given to listen() closes the listener: accept() ends, closed resolves, the port is free",
    source: "omnisock listen()",
    async run(t) {
      const controller = new AbortController();
      const server = await listening(t, { signal: controller.signal });
      const far = await t.peer.connect(endpoint(server.address));
      const conn = await t.within(soon, "accept", server.accept());
      t.defer(() => conn.reset());
      const waiting = settles(server.accept());
      controller.abort();
      await t.within(soon, "closed", server.closed);
      const ended = await t.within(soon, "the waiting accept", waiting);
      equal(ended.status === "rejected" && ended.reason.code, "ECANCELED", "the waiting accept");
      await rejects(t.peer.connect(endpoint(server.address)), { code: "ECONNREFUSED" }, "the peer's connect");
      await far.send("still here");
      bytesEqual(await t.within(soon, "read", conn.read()), "still here", "what the accepted connection still gets");
      await listening(t, { port: server.address.port });
    },
  },
];
