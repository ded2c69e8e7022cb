/** Active open of TCP connections. */
import type { Case } from "../harness/case.js";
import { startThenBlock } from "../harness/busy.js";
import { bytesEqual, equal, ok, rejects, settles, show, within } from "../harness/expect.js";
import { endpoint, loopbacks, ownRows, peerListener, soon } from "../harness/tcp.js";

export const cases: readonly Case[] = [
  {
    id: "tcp.connect/basic",
    level: "MUST",
    assertion: "connect() resolves with a connection that the kernel has as ESTABLISHED",
    source: "RFC 9293 §3.5 figure 6",
    env: ["kernel", "proc"],
    async run(t) {
      for (const host of await loopbacks(t)) {
        const { listener, at } = await peerListener(t, host);
        const conn = await t.within(soon, "connect", t.sockets.connect(at));
        t.defer(() => conn.reset());
        equal(
          await ownRows(t, conn.localAddress.port),
          [{ local: endpoint(conn.localAddress), remote: at, state: "ESTABLISHED" }],
          "the kernel's rows of the connection",
        );
        equal((await listener.accept()).remote, endpoint(conn.localAddress), "whom the peer accepted");
        // The kernel may choose the same port for the next address.
        await t.within(soon, "close", conn.close());
      }
    },
  },
  {
    id: "tcp.connect/refused-no-open",
    level: "MUST",
    assertion:
      "A refused connect() rejects with ECONNREFUSED and the address, never gives a connection, and leaves no socket",
    source: "POSIX connect(); omnisock guarantee 8",
    env: ["kernel", "proc"],
    async run(t) {
      for (const host of await loopbacks(t)) {
        const port = await t.peer.closedPort(host);
        const address = host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
        const shape = { code: "ECONNREFUSED", name: "SocketError", members: { operation: "connect", address } };
        await t.within(soon, "connect", rejects(t.sockets.connect({ host, port }), shape, `connect to ${address}`));
        await t.until(soon, "the socket is gone", async () => (await ownRows(t, port)).length === 0);
      }
    },
  },
  {
    id: "tcp.connect/port-zero",
    level: "SHOULD",
    assertion: "A port that no peer can have is a RangeError, one that is no number a TypeError; nothing hangs",
    source: "WASI sockets tcp.connect; omnisock's errors of arguments",
    async run(t) {
      const wrong: readonly (readonly [unknown, string])[] = [
        [0, "RangeError"],
        [-0, "RangeError"],
        [-1, "RangeError"],
        [65_536, "RangeError"],
        [2 ** 32 + 80, "RangeError"],
        [1.5, "RangeError"],
        [NaN, "RangeError"],
        [Infinity, "RangeError"],
        ["80", "TypeError"],
        ["", "TypeError"],
        [null, "TypeError"],
        [undefined, "TypeError"],
        [{}, "TypeError"],
        [[80], "TypeError"],
        [80n, "TypeError"],
        [true, "TypeError"],
      ];
      for (const [port, name] of wrong) {
        const call = t.sockets.connect({ host: "127.0.0.1", port: port as number });
        await t.within(soon, "connect", rejects(call, { name }, `connect to the port ${String(port)}`));
      }
      await t.within(
        soon,
        "connect",
        rejects(t.sockets.connect({ host: "127.0.0.1" } as never), { name: "TypeError" }, "connect without a port"),
      );
    },
  },
  {
    id: "tcp.connect/unspecified-addr",
    level: "INFO",
    assertion: "Where a connection to 0.0.0.0 and to :: goes",
    source: "Linux ip(7); WASI sockets tcp.connect",
    env: ["ipv6"],
    async run(t) {
      const told: string[] = [];
      for (const [host, loopback] of [["0.0.0.0", "127.0.0.1"], ["::", "::1"]] as const) {
        const { listener, at } = await peerListener(t, loopback);
        const outcome = await t.within(soon, "connect", settles(t.sockets.connect({ host, port: at.port })));
        if (outcome.status === "rejected") {
          told.push(`${host}: ${outcome.reason.code ?? outcome.reason.name}`);
          continue;
        }
        t.defer(() => outcome.value.reset());
        const far = await t.within(soon, "the peer's accept", listener.accept());
        told.push(`${host}: ${endpoint(far.local).host}, remoteAddress ${outcome.value.remoteAddress.host}`);
      }
      t.info(told.join("; "));
    },
  },
  {
    id: "tcp.connect/multicast-reject",
    level: "MUST",
    assertion: "A connection to a multicast or the broadcast address is rejected with a SocketError",
    source: "RFC 9293 §3.9.2.3 MUST-57; Linux tcp(7)",
    async run(t) {
      const codes = [
        "ENETUNREACH",
        "EHOSTUNREACH",
        "EADDRNOTAVAIL",
        "EAFNOSUPPORT",
        "EINVAL",
        "ECONNREFUSED",
        "EACCES",
      ];
      for (const host of ["224.0.0.1", "239.255.255.250", "255.255.255.255", "ff02::1"]) {
        const call = t.sockets.connect({ host, port: 9 });
        const shape = { name: "SocketError", code: codes, members: { operation: "connect" } };
        await t.within(soon, `connect to ${host}`, rejects(call, shape, `connect to ${host}`));
      }
    },
  },
  {
    id: "tcp.connect/blackhole-timeout",
    level: "MUST",
    assertion: "connect() to a silent peer rejects with ETIMEDOUT when its timeout is over, and not before",
    source: "RFC 9293 §3.8.3 MUST-23; omnisock guarantee 8",
    async run(t) {
      const silent = await t.peer.blackhole();
      const began = performance.now();
      const shape = {
        code: "ETIMEDOUT",
        name: "SocketError",
        members: { operation: "connect", address: `${silent.host}:${silent.port}` },
      };
      await t.within(
        soon,
        "connect",
        rejects(t.sockets.connect({ ...silent, timeout: 150 }), shape, "connect to a silent peer"),
      );
      // Timers may fire a millisecond early by another clock.
      within(performance.now() - began, 148, 1_150, "milliseconds until the rejection");
    },
  },
  {
    id: "tcp.connect/family-mismatch",
    level: "MUST",
    assertion: "A host, family and localAddress of different families are a RangeError, and nothing reaches a peer",
    source: "POSIX connect() EAFNOSUPPORT",
    async run(t) {
      const { listener, at } = await peerListener(t);
      const { port } = at;
      const mismatches = [
        { host: "127.0.0.1", family: "ipv6" },
        { host: "::1", family: "ipv4" },
        { host: "::ffff:127.0.0.1", family: "ipv4" },
        { host: "127.0.0.1", localAddress: "::1" },
        { host: "::1", localAddress: "127.0.0.1" },
      ] as const;
      for (const mismatch of mismatches) {
        const call = t.sockets.connect({ ...mismatch, port });
        await t.within(
          soon,
          "connect",
          rejects(call, { name: "RangeError" }, `connect with ${JSON.stringify(mismatch)}`),
        );
      }
      for (const [family, name] of [["ipv5", "RangeError"], [4, "TypeError"], [null, "TypeError"]] as const) {
        const call = t.sockets.connect({ ...at, family: family as never });
        await t.within(soon, "connect", rejects(call, { name }, `connect with the family ${family}`));
      }
      const conn = await t.within(soon, "connect", t.sockets.connect({ ...at, family: "ipv4" }));
      t.defer(() => conn.reset());
      equal(
        (await listener.accept()).remote,
        endpoint(conn.localAddress),
        "the first connection that the peer ever got",
      );
    },
  },
  {
    id: "tcp.connect/mapped-v4",
    level: "INFO",
    assertion: "Whether a connection to ::ffff:127.0.0.1 reaches an IPv4 peer, and as what it is reported",
    source: "RFC 3493 §3.7",
    env: ["ipv6"],
    async run(t) {
      const { at } = await peerListener(t);
      const outcome = await t.within(
        soon,
        "connect",
        settles(t.sockets.connect({ host: "::ffff:127.0.0.1", port: at.port })),
      );
      if (outcome.status === "rejected") return t.info(outcome.reason.code ?? outcome.reason.name);
      t.defer(() => outcome.value.reset());
      const { family, host } = outcome.value.remoteAddress;
      t.info(`connects; remoteAddress ${family} ${host}`);
    },
  },
  {
    id: "tcp.connect/closed-at-once",
    level: "MUST",
    assertion:
      "A server that sends and closes while the program is busy with something else loses nothing: connect() succeeds, the bytes are read, then EOF",
    source: "POSIX connect(), recv(); omnisock guarantees 1 and 4",
    env: ["process"],
    deadline: 15_000,
    async run(t) {
      const host = "127.0.0.1";
      const server = await t.start("serve", { args: ["greet", JSON.stringify({ host })] });
      const port = Number(await t.within(8_000, "start of the server", server.line()));
      for (let i = 0; i < 3; i++) {
        const { pending } = await startThenBlock(100, () => t.sockets.connect({ host, port }));
        const conn = await t.within(soon, "connect", pending);
        t.defer(() => conn.close());
        const greeting = `${server.pid}\n`;
        bytesEqual(await t.within(soon, "read", conn.read()), greeting, "what the server sent before it closed");
        equal(await t.within(soon, "read", conn.read()), null, "EOF");
      }
    },
  },
  {
    id: "tcp.connect/writes-before-open",
    level: "MUST",
    assertion: "What is written in the very turn in which connect() resolves arrives first and in order",
    source: "RFC 9293 §3.10.2; omnisock guarantee 1",
    async run(t) {
      const { listener, at } = await peerListener(t);
      const connecting = t.sockets.connect(at).then((conn) => {
        t.defer(() => conn.reset());
        const writes = ["first ", "second ", "third"].map((text) => conn.write(text));
        return Promise.all([...writes, conn.shutdown("write")]);
      });
      const far = await t.within(soon, "the peer's accept", listener.accept());
      await t.within(soon, "connect and writes", connecting);
      bytesEqual((await far.drain()).head, "first second third", "what the peer got");
    },
  },
  {
    id: "tcp.connect/reuse-after-fail",
    level: "SHOULD",
    assertion:
      "A failed connect() hinders no later one, not even with the very same options, which it leaves as they were",
    source: "POSIX connect(): the socket's state is unspecified after a failure; omnisock gives none",
    async run(t) {
      const options = Object.freeze({
        host: "127.0.0.1",
        port: await t.peer.closedPort(),
        signal: new AbortController().signal,
      });
      const before = { ...options };
      for (let i = 0; i < 3; i++) {
        await t.within(
          soon,
          "connect",
          rejects(t.sockets.connect(options), { code: "ECONNREFUSED" }, "connect before anyone listens"),
        );
      }
      const listener = await t.peer.listen({ host: options.host, port: options.port });
      const conn = await t.within(soon, "connect", t.sockets.connect(options));
      t.defer(() => conn.reset());
      equal((await listener.accept()).remote, endpoint(conn.localAddress), "whom the peer accepted");
      ok(
        Object.keys(before).every((key) => before[key as keyof typeof before] === options[key as keyof typeof options]),
        "the options are unchanged",
      );
    },
  },
  {
    id: "tcp.connect/syn-rst-vs-refused",
    level: "INFO",
    assertion:
      "The code with which connect() or, if it was quicker, the first read() tells that the peer reset right after the handshake",
    source: "RFC 9293 §3.5.3",
    async run(t) {
      const { listener, at } = await peerListener(t);
      const resetting = listener.accept().then((far) => far.reset());
      const outcome = await t.within(soon, "connect", settles(t.sockets.connect(at)));
      await resetting;
      // Which of the two it is, is a race that the peer wins now and then.
      if (outcome.status === "rejected") return t.info(outcome.reason.code ?? outcome.reason.name);
      t.defer(() => outcome.value.reset());
      const read = await t.within(soon, "read", settles(outcome.value.read()));
      t.info(read.status === "rejected" ? read.reason.code ?? read.reason.name : `read gives ${show(read.value)}`);
    },
  },
  {
    id: "tcp.connect/socket-error-once",
    level: "MUST",
    assertion: "A failed connect() is told once, as its rejection: the process goes on, prints nothing and ends with 0",
    source: "omnisock guarantee 7",
    env: ["kernel", "process"],
    async run(t) {
      const port = await t.peer.closedPort();
      const result = await t.run("refused", { args: [`${port}`] });
      equal(
        { code: result.code, stderr: result.stderr, stdout: result.stdout.trim() },
        {
          code: 0,
          stderr: "",
          stdout: JSON.stringify({ rejections: ["ECONNREFUSED", "ECONNREFUSED", "ETIMEDOUT"], unhandled: 0 }),
        },
        "the program",
      );
    },
  },
];
