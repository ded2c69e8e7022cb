/** Addresses: which hosts and ports are taken, and how endpoints are reported. */
import type { Case, Context } from "../harness/case.js";
import { equal, ok, refuses, rejects, settles, show } from "../harness/expect.js";
import {
  acceptedEnds,
  bothRoles,
  clientEnds,
  connected,
  endpoint,
  listening,
  loopbacks,
  peerListener,
  soon,
} from "../harness/tcp.js";

export const cases: readonly Case[] = [
  {
    id: "address/v4-literal",
    level: "MUST",
    assertion: "A dotted quad is used as it stands: each address of 127/8 is an endpoint of its own",
    source: "RFC 1123 §2.1",
    async run(t) {
      for (const host of ["127.0.0.1", "127.0.0.2", "127.1.2.254"]) {
        const { listener, at } = await peerListener(t, host);
        const conn = await t.within(soon, `connect to ${host}`, t.sockets.connect(at));
        t.defer(() => conn.reset());
        const far = await t.within(soon, `the peer's accept on ${host}`, listener.accept());
        equal(endpoint(far.local), at, "where the peer was reached");
        equal(conn.remoteAddress, { family: "ipv4", ...at }, "remoteAddress");
        equal(await t.sockets.lookup(host), [{ family: "ipv4", host }], `lookup of ${host}`);
      }
    },
  },
  {
    id: "address/v4-malformed",
    level: "MUST",
    assertion:
      "What looks like an IP address but is none, and what can be no host name, is a RangeError, not a name to look up",
    source: "POSIX inet_pton()",
    async run(t) {
      const malformed = [
        "",
        " ",
        "255.255.255.256",
        "256.0.0.1",
        "2555.0.0.0",
        "1.2.3",
        "1.2.3.4.5",
        "255.255.255*000",
        "127.0.0.1 ",
        " 127.0.0.1",
        "127.0.0.1/8",
        "127.0.0.1:80",
        "[127.0.0.1]",
        "-1.0.0.0",
        "127..0.1",
        "user@localhost",
        "localhost:80",
        "local host",
        "localhost\n",
        "a..b",
        ".",
        "::1::",
        ":::",
        "12345::",
        "1:2:3:4:5:6:7",
        "1:2:3:4:5:6:7:8:9",
        "::1.2.3",
        "::g",
        "a".repeat(64),
        "a.".repeat(150),
        "a".repeat(300),
      ];
      for (const host of malformed) await refusedEverywhere(t, host, "RangeError");
      for (const host of [null, 1, {}, ["127.0.0.1"], new String("127.0.0.1")]) {
        await refusedEverywhere(t, host, "TypeError");
      }
    },
  },
  {
    id: "address/v4-legacy",
    level: "INFO",
    assertion:
      "Which of the historical forms of IPv4 addresses (127.1, 0x7f.1, 010.0.0.1, 2130706433) reach a loopback peer",
    source: "POSIX inet_addr() against inet_pton()",
    async run(t) {
      const { at } = await peerListener(t);
      const taken: string[] = [];
      for (const host of ["127.1", "0x7f.1", "0177.0.0.1", "2130706433"]) {
        const outcome = await t.within(soon, "connect", settles(t.sockets.connect({ host, port: at.port })));
        if (outcome.status === "rejected") continue;
        taken.push(host);
        await t.within(soon, "close", outcome.value.close());
      }
      t.info(taken.length === 0 ? "none" : taken.join(", "));
    },
  },
  {
    id: "address/v6-literal",
    level: "MUST",
    assertion:
      "Every RFC 4291 spelling of ::1 names the same endpoint; brackets are a RangeError, since host and port are apart",
    source: "RFC 4291 §2.2; RFC 3986 §3.2.2",
    env: ["ipv6"],
    async run(t) {
      const { listener, at } = await peerListener(t, "::1");
      for (const host of ["::1", "0:0:0:0:0:0:0:1", "0000::0001", "0::0:1", "::0.0.0.1"]) {
        const conn = await t.within(soon, `connect to ${host}`, t.sockets.connect({ host, port: at.port }));
        t.defer(() => conn.reset());
        const far = await t.within(soon, "the peer's accept", listener.accept());
        equal(far.remote, endpoint(conn.localAddress), `whom the peer accepted for ${host}`);
        equal(conn.remoteAddress, { family: "ipv6", ...at }, `remoteAddress for ${host}`);
      }
      await refusedEverywhere(t, "[::1]", "RangeError");
    },
  },
  {
    id: "address/v6-canonical",
    level: "SHOULD",
    assertion: "IPv6 addresses are reported in RFC 5952 form, however they were spelt",
    source: "RFC 5952 §4",
    env: ["ipv6"],
    async run(t) {
      const spellings: Readonly<Record<string, string>> = {
        "2001:DB8:0:0:1:0:0:1": "2001:db8::1:0:0:1",
        "2001:db8:0:1:1:1:1:1": "2001:db8:0:1:1:1:1:1",
        "2001:0:0:1:0:0:0:1": "2001:0:0:1::1",
        "2001:0db8:0000:0000:0000:0000:0002:0001": "2001:db8::2:1",
        "1:0:0:0:0:0:0:0": "1::",
        "0:0:0:0:0:0:0:0": "::",
        "::FFFF:C000:0201": "::ffff:192.0.2.1",
      };
      for (const [spelt, host] of Object.entries(spellings)) {
        equal(await t.sockets.lookup(spelt), [{ family: "ipv6", host }], `lookup of ${spelt}`);
      }
      const server = await listening(t, { host: "0:0:0:0:0:0:0:1" });
      equal(server.address.host, "::1", "host of the listener's address");
      const client = await t.within(soon, "connect", t.sockets.connect({ host: "0::1", port: server.address.port }));
      t.defer(() => client.reset());
      equal([client.localAddress.host, client.remoteAddress.host], ["::1", "::1"], "hosts of a connection's addresses");
    },
  },
  {
    id: "address/v6-mapped-report",
    level: "MUST",
    assertion: "An IPv4 client of a dual-stack listener is reported as IPv4, at both ends of the accepted connection",
    source: "RFC 4291 §2.5.5.2; RFC 3493 §3.7; omnisock's address form",
    env: ["ipv6"],
    async run(t) {
      const server = await listening(t, { host: "::" });
      const { port } = server.address;
      const far = await t.peer.connect({ host: "127.0.0.1", port });
      const conn = await t.within(soon, "accept", server.accept());
      t.defer(() => conn.reset());
      equal(conn.remoteAddress, { family: "ipv4", ...endpoint(far.local) }, "remoteAddress");
      equal(conn.localAddress, { family: "ipv4", host: "127.0.0.1", port }, "localAddress");
    },
  },
  {
    id: "address/family-field",
    level: "MUST",
    assertion: 'The family of every address is "ipv4" or "ipv6", as its host is',
    source: "POSIX getsockname()",
    async run(t) {
      for (const host of await loopbacks(t)) {
        const family = host.includes(":") ? "ipv6" : "ipv4";
        const { server, conn } = await acceptedEnds(t, { host });
        const { conn: client } = await clientEnds(t, { host });
        const udp = await t.sockets.bind({ host });
        t.defer(() => udp.close());
        const addresses = [
          server.address,
          conn.localAddress,
          conn.remoteAddress,
          client.localAddress,
          client.remoteAddress,
          udp.address,
        ];
        for (const address of addresses) equal(address, { family, host, port: address.port }, `an address on ${host}`);
      }
    },
  },
  {
    id: "address/port-string",
    level: "INFO",
    assertion: "Whether connect and listen take a port as a string of digits",
    source: "none",
    async run(t) {
      const { at } = await peerListener(t);
      const outcome = async (opening: Promise<{ close(): Promise<void> }>): Promise<string> => {
        const opened = await settles(opening);
        if (opened.status === "rejected") return opened.reason.name;
        await opened.value.close();
        return "taken";
      };
      const dialled = await outcome(t.sockets.connect({ host: "127.0.0.1", port: `${at.port}` as never }));
      const listened = await outcome(t.sockets.listen({ host: "127.0.0.1", port: "0" as never }));
      t.info(`connect: ${dialled}, listen: ${listened}`);
    },
  },
  {
    id: "address/host-nul",
    level: "MUST",
    assertion:
      "A host with U+0000 in it is a RangeError and never truncated there: no connection reaches what stands before it",
    source: "CWE-626; POSIX getaddrinfo()",
    async run(t) {
      const { listener, at } = await peerListener(t);
      const accepted = listener.accept();
      for (
        const host of [
          "127.0.0.1\0",
          "127.0.0.1\0.example",
          "localhost\0",
          "localhost\0.example",
          "\0",
          "\0localhost",
          "a\0b",
        ]
      ) {
        await refusedEverywhere(t, host, "RangeError", at.port);
      }
      const conn = await t.within(soon, "connect", t.sockets.connect(at));
      t.defer(() => conn.reset());
      equal((await accepted).remote, endpoint(conn.localAddress), "the first connection that the peer ever got");
    },
  },
  {
    id: "address/host-idna",
    level: "SHOULD",
    assertion:
      "A name that is not ASCII is mapped by UTS 46: full-width letters and ideographic dots are ASCII ones, others become A-labels",
    source: "RFC 5891; UTS 46",
    async run(t) {
      const { listener, at } = await peerListener(t);
      const conn = await t.within(
        soon,
        "connect to full-width localhost",
        t.sockets.connect({ host: "ＬｏｃａｌＨｏｓｔ", port: at.port, family: "ipv4" }),
      );
      t.defer(() => conn.reset());
      equal((await listener.accept()).remote, endpoint(conn.localAddress), "whom the peer accepted");
      // A timeout of zero ends the call when its arguments are read and before any resolver is asked.
      const names: Readonly<Record<string, string>> = {
        "münchen.example": "xn--mnchen-3ya.example",
        "MÜNCHEN.example": "xn--mnchen-3ya.example",
        "例え。テスト": "xn--r8jz45g.xn--zckzah",
      };
      for (const [host, ascii] of Object.entries(names)) {
        const call = t.sockets.connect({ host, port: 9, timeout: 0 });
        await rejects(call, { code: "ETIMEDOUT", members: { address: `${ascii}:9` } }, `connect to ${host}`);
      }
    },
  },
  {
    id: "address/local-remote-reciprocal",
    level: "MUST",
    assertion:
      "The local address of one end is the remote address of the other, host and port, for both roles and families",
    source: "POSIX getsockname(), getpeername()",
    async run(t) {
      for (const host of await loopbacks(t)) {
        for (const role of bothRoles) {
          const { conn, far } = await connected(t, role, host);
          equal(endpoint(conn.localAddress), endpoint(far.remote), `localAddress of the ${role} end on ${host}`);
          equal(endpoint(conn.remoteAddress), endpoint(far.local), `remoteAddress of the ${role} end on ${host}`);
        }
      }
    },
  },
  {
    id: "address/addr-before-open",
    level: "SHOULD",
    assertion:
      "There is no socket without an address: from the moment that a call gives it, host and port are concrete",
    source: "POSIX getsockname()",
    async run(t) {
      const { at } = await peerListener(t);
      const server = await listening(t);
      const atOnce: unknown[] = [server.address];
      const accepting = server.accept().then((conn) => {
        atOnce.push({ ...conn.localAddress }, { ...conn.remoteAddress });
        return conn;
      });
      const connecting = t.sockets.connect(at).then((conn) => {
        atOnce.push({ ...conn.localAddress }, { ...conn.remoteAddress });
        return conn;
      });
      await t.peer.connect(endpoint(server.address));
      const ends = await t.within(soon, "connect and accept", Promise.all([accepting, connecting]));
      for (const conn of ends) t.defer(() => conn.reset());
      equal(atOnce.length, 5, "addresses");
      for (const address of atOnce) {
        const { host, port } = address as { host: string; port: number };
        ok(host === "127.0.0.1" && port > 0, `an address: ${show(address)}`);
      }
    },
  },
  {
    id: "address/addr-after-close",
    level: "SHOULD",
    assertion: "After close() and after reset() the addresses of connections and listeners are what they were",
    source: "POSIX getsockname(): EBADF; omnisock keeps the last address",
    async run(t) {
      for (const role of bothRoles) {
        for (const ending of ["close", "reset"] as const) {
          const { conn, far } = await connected(t, role);
          const before = [{ ...conn.localAddress }, { ...conn.remoteAddress }];
          await far.close();
          await t.within(soon, ending, conn[ending]().catch(() => {}));
          equal([conn.localAddress, conn.remoteAddress], before, `addresses of the ${role} end after ${ending}()`);
        }
      }
      const server = await listening(t);
      const before = { ...server.address };
      await t.within(soon, "close of the listener", server.close());
      equal(server.address, before, "address of the listener after close()");
    },
  },
  {
    id: "address/addr-immutable",
    level: "SHOULD",
    assertion: "An address is a snapshot: what a caller does to the object changes nothing for others",
    source: "omnisock's address form",
    async run(t) {
      const { conn, server } = await acceptedEnds(t);
      const udp = await t.sockets.bind({ host: "127.0.0.1" });
      t.defer(() => udp.close());
      const readers: Readonly<Record<string, () => object>> = {
        "localAddress": () => conn.localAddress,
        "remoteAddress": () => conn.remoteAddress,
        "address of the listener": () => server.address,
        "address of the datagram socket": () => udp.address,
      };
      for (const [name, read] of Object.entries(readers)) {
        const before = { ...read() };
        // A frozen object throws, a copy does not; either is right.
        try {
          Object.assign(read(), { port: 1, host: "192.0.2.1" });
        } catch {
          // A frozen address may throw or ignore it; what counts is the socket.
        }
        equal({ ...read() }, before, name);
      }
      const failure = await rejects(conn.read({ timeout: 0 }), { code: "ETIMEDOUT" }, "a read with no time");
      equal(failure.address, `127.0.0.1:${conn.remoteAddress.port}`, "address of an error");
    },
  },
];

/** Every call that takes a host refuses this one before it opens anything. */
async function refusedEverywhere(
  t: Context,
  host: unknown,
  name: "RangeError" | "TypeError",
  port: number = 9,
): Promise<void> {
  const { connect, listen, bind, lookup } = t.sockets;
  const calls: Readonly<Record<string, () => unknown>> = {
    "connect": () => connect({ host: host as string, port, timeout: 1_000 }),
    "connect, localAddress": () =>
      connect({ host: "127.0.0.1", port: 9, localAddress: host as string, timeout: 1_000 }),
    "listen": () => listen({ host: host as string, port: 0 }),
    "bind": () => bind({ host: host as string, port: 0 }),
    "lookup": () => lookup(host as string, { timeout: 1_000 }),
  };
  for (const [call, refused] of Object.entries(calls)) {
    await t.within(soon, call, refuses(refused, { name }, `${call} with the host ${show(host)}`));
  }
}
