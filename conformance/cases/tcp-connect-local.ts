/** The local address of active opens. */
import type { Case } from "../harness/case.js";
import { bytesEqual, equal, ok, rejects, settles } from "../harness/expect.js";
import { endpoint, peerListener, soon } from "../harness/tcp.js";

export const cases: readonly Case[] = [
  {
    id: "tcp.connect/local-bind",
    level: "MUST",
    assertion: "localAddress and localPort are what the peer sees as the source, each of them alone too",
    source: "RFC 9293 §3.9.1.1 MUST-43",
    needs: ["tcp.localAddress"],
    refusal: async (t) =>
      t.sockets.connect({ host: "127.0.0.1", port: await t.peer.closedPort(), localAddress: "127.0.0.1" }),
    async run(t) {
      const localPort = await t.peer.closedPort("127.0.0.2");
      const localPortAlone = await t.peer.closedPort();
      const sources = [
        { given: { localAddress: "127.0.0.2", localPort }, seen: { host: "127.0.0.2", port: localPort } },
        { given: { localAddress: "127.0.0.3" }, seen: { host: "127.0.0.3" } },
        { given: { localPort: localPortAlone }, seen: { host: "127.0.0.1", port: localPortAlone } },
        { given: { localAddress: "127.0.0.1", localPort: 0 }, seen: { host: "127.0.0.1" } },
      ];
      for (const { given, seen } of sources) {
        const { listener, at } = await peerListener(t);
        const conn = await t.within(soon, "connect", t.sockets.connect({ ...at, ...given }));
        t.defer(() => conn.reset());
        const { remote } = await t.within(soon, "the peer's accept", listener.accept());
        equal({ ...remote, ...seen }, remote, `whom the peer accepted for ${JSON.stringify(given)}`);
        equal(endpoint(conn.localAddress), remote, "localAddress");
      }
    },
  },
  {
    id: "tcp.connect/local-bind-inuse",
    level: "MUST",
    assertion:
      "A second connection with the same four addresses and ports is EADDRINUSE or EADDRNOTAVAIL; the first is unharmed",
    source: "POSIX connect() EADDRINUSE",
    needs: ["tcp.localAddress"],
    refusal: async (t) =>
      t.sockets.connect({ host: "127.0.0.1", port: await t.peer.closedPort(), localPort: await t.peer.closedPort() }),
    async run(t) {
      const { listener, at } = await peerListener(t);
      const from = { localAddress: "127.0.0.1", localPort: await t.peer.closedPort() };
      const conn = await t.within(soon, "connect", t.sockets.connect({ ...at, ...from }));
      t.defer(() => conn.reset());
      const far = await listener.accept();
      const again = t.sockets.connect({ ...at, ...from });
      await t.within(
        soon,
        "second connect",
        rejects(again, { code: ["EADDRINUSE", "EADDRNOTAVAIL"], name: "SocketError" }, "second connect"),
      );
      await conn.write("unharmed");
      bytesEqual((await far.receive(8)).data, "unharmed", "what the peer got on the first connection");
    },
  },
  {
    id: "tcp.connect/local-bind-foreign",
    level: "MUST",
    assertion: "A localAddress that the host does not have is EADDRNOTAVAIL, and nothing reaches the peer",
    source: "POSIX bind() EADDRNOTAVAIL",
    needs: ["tcp.localAddress"],
    refusal: async (t) =>
      t.sockets.connect({ host: "127.0.0.1", port: await t.peer.closedPort(), localAddress: "192.0.2.1" }),
    async run(t) {
      const { listener, at } = await peerListener(t);
      const foreign = t.sockets.connect({ ...at, localAddress: "192.0.2.1" });
      await t.within(
        soon,
        "connect",
        rejects(foreign, { code: "EADDRNOTAVAIL", name: "SocketError" }, "connect from 192.0.2.1"),
      );
      const conn = await t.within(soon, "connect", t.sockets.connect(at));
      t.defer(() => conn.reset());
      equal(
        (await listener.accept()).remote,
        endpoint(conn.localAddress),
        "the first connection that the peer ever got",
      );
    },
  },
  {
    id: "tcp.connect/local-addr-updates",
    level: "SHOULD",
    assertion: "A source given as wildcard is reported as the concrete address that was used, with its port unchanged",
    source: "Linux ip(7)",
    needs: ["tcp.localAddress"],
    refusal: async (t) =>
      t.sockets.connect({ host: "127.0.0.1", port: await t.peer.closedPort(), localAddress: "0.0.0.0" }),
    async run(t) {
      const { listener, at } = await peerListener(t);
      const localPort = await t.peer.closedPort();
      const conn = await t.within(soon, "connect", t.sockets.connect({ ...at, localAddress: "0.0.0.0", localPort }));
      t.defer(() => conn.reset());
      equal(conn.localAddress, { family: "ipv4", host: "127.0.0.1", port: localPort }, "localAddress");
      equal((await listener.accept()).remote, { host: "127.0.0.1", port: localPort }, "whom the peer accepted");
    },
  },
  {
    id: "tcp.connect/self-connect",
    level: "SHOULD",
    assertion:
      "connect() to a closed port is refused although its own source port is that port: TCP's simultaneous open with itself is no success",
    source: "RFC 9293 §3.5 figure 7; MUST-10",
    needs: ["tcp.localAddress"],
    refusal: async (t) =>
      t.sockets.connect({ host: "127.0.0.1", port: await t.peer.closedPort(), localAddress: "127.0.0.1" }),
    async run(t) {
      // The kernel picks such a source by itself once in some ten thousand connects; asked for, it is there every time.
      const port = await t.peer.closedPort();
      const call = t.sockets.connect({
        host: "127.0.0.1",
        port,
        localAddress: "127.0.0.1",
        localPort: port,
      });
      const outcome = await t.within(soon, "connect", settles(call));
      if (outcome.status === "fulfilled") t.defer(() => outcome.value.reset());
      ok(outcome.status === "rejected", "connect to a port on which nothing listens gave a connection to itself");
      equal(outcome.reason.code, "ECONNREFUSED", "code of the rejection");
    },
  },
];
