/** The plain Berkeley calls of `omnisock/libc`, in a program of the subject's runtime, with the peer at the far end. */
import type { Case, PeerStream } from "../harness/case.js";
import { bytesEqual, equal, ok, refuses, rejects } from "../harness/expect.js";
import { overLibc, plainCalls } from "../harness/plain-calls.js";
import { loopbacks, peerListener } from "../harness/tcp.js";

const env = ["kernel", "proc", "process"] as const;
const text = new TextEncoder();

function domainOf(host: string): readonly [domain: string, family: "ipv4" | "ipv6"] {
  return host.includes(":") ? ["AF_INET6", "ipv6"] : ["AF_INET", "ipv4"];
}

export const cases: readonly Case[] = [
  {
    id: "libc/tcp-client",
    level: "MUST",
    assertion: "socket, connect, send, recv, shutdown, getsockname, getpeername and close make a TCP connection",
    source: "POSIX socket(), connect(), send(), recv(), shutdown()",
    env,
    ...overLibc,
    async run(t) {
      const { call } = await plainCalls(t);
      for (const host of await loopbacks(t)) {
        const [domain, family] = domainOf(host);
        const { listener, at } = await peerListener(t, host);
        const fd = await call("socket", domain, "SOCK_STREAM");
        await call("connect", fd, { family, ...at });
        const far: PeerStream = await listener.accept();
        equal(await call("getsockname", fd), { family, ...far.remote }, "local address");
        equal(await call("getpeername", fd), { family, ...at }, "remote address");
        equal(await call("send", fd, text.encode("hello"), "MSG_NOSIGNAL"), 5, "bytes that send took");
        bytesEqual((await far.receive(5)).data, "hello", "what the peer got");
        await far.send("good day");
        bytesEqual(await call("recv", fd, 4) as Uint8Array, "good", "the first four bytes");
        bytesEqual(await call("recv", fd, 100) as Uint8Array, " day", "the others");
        await call("shutdown", fd, "SHUT_WR");
        equal((await far.drain()).eof, true, "EOF at the peer");
        await far.close();
        equal((await call("recv", fd, 100) as Uint8Array).length, 0, "bytes at the end of the stream");
        await call("close", fd);
        await rejects(call("close", fd), { code: "EBADF" }, "closing it again");
      }
    },
  },
  {
    id: "libc/tcp-server",
    level: "MUST",
    assertion:
      "bind, listen and accept take connections, with the peer's address; on a socket that does not block accept is EAGAIN",
    source: "POSIX bind(), listen(), accept()",
    env,
    ...overLibc,
    async run(t) {
      const { call } = await plainCalls(t);
      for (const host of await loopbacks(t)) {
        const [domain, family] = domainOf(host);
        const fd = await call("socket", domain, { sum: ["SOCK_STREAM", "SOCK_NONBLOCK"] });
        await call("bind", fd, { family, host, port: 0 });
        await call("listen", fd, 8);
        const { port } = await call("getsockname", fd) as { port: number };
        await rejects(
          call("accept", fd),
          { code: "EAGAIN", members: { syscall: "accept", errno: 11, name: "LibcError" } },
          "accept with nobody there",
        );
        const far = await t.peer.connect({ host, port });
        const accepted = await call("accept", fd) as { readonly fd: number; readonly address: unknown };
        equal(accepted.address, { family, ...far.local }, "the peer's address");
        await call("send", accepted.fd, text.encode("welcome"));
        bytesEqual((await far.receive(7)).data, "welcome", "what the peer got");
        await call("close", accepted.fd);
        await call("close", fd);
        await rejects(t.peer.connect({ host, port }), { code: "ECONNREFUSED" }, "connecting afterwards");
      }
    },
  },
  {
    id: "libc/udp",
    level: "MUST",
    assertion:
      "sendto and recvfrom carry datagrams with their senders, of no bytes too; a longer one is cut, and MSG_TRUNC tells its length",
    source: "POSIX sendto(), recvfrom(); Linux recv(2), MSG_TRUNC",
    env,
    ...overLibc,
    async run(t) {
      const { call, written } = await plainCalls(t);
      for (const host of await loopbacks(t)) {
        const [domain, family] = domainOf(host);
        const peer = await t.peer.bind({ host, port: 0 });
        const fd = await call("socket", domain, "SOCK_DGRAM");
        await call("bind", fd, { family, host, port: 0 });
        const near = await call("getsockname", fd) as { host: string; port: number };
        for (const data of ["ping", ""]) {
          const sent = await call("sendto", fd, text.encode(data), 0, { family, ...peer.address });
          equal(sent, data.length, "bytes sent");
          const got = await peer.receive();
          bytesEqual(got.data, data, "what the peer got");
          equal(got.from.port, near.port, "its sender");
          await peer.send(data, { host, port: near.port });
          const received = await call("recvfrom", fd, 100) as { data: Uint8Array; address: object };
          bytesEqual(received.data, data, "what came back");
          equal(received.address, { family, ...peer.address }, "the address it came from");
        }
        await peer.send("0123456789", { host, port: near.port });
        const room = new Uint8Array(4);
        const cut = await call("recvfrom", fd, room, "MSG_TRUNC") as { length: number };
        equal(cut.length, 10, "length of the whole datagram");
        bytesEqual(written()[1] as Uint8Array, "0123", "what is in the caller's buffer");
      }
    },
  },
  {
    id: "libc/unix",
    level: "MUST",
    assertion: "Unix sockets at paths and abstract names carry datagrams and streams; socketpair() makes two ends",
    source: "Linux unix(7); POSIX socketpair()",
    env,
    ...overLibc,
    async run(t) {
      const { call } = await plainCalls(t);
      const name = `\0omnisock-${t.subject.version}-${performance.now()}`;
      for (const path of [await t.temporaryPath("near"), name]) {
        const far = path === name ? `${name}-far` : await t.temporaryPath("far");
        const peer = await t.peer.bindUnix(far);
        const fd = await call("socket", "AF_UNIX", "SOCK_DGRAM");
        await call("bind", fd, { family: "unix", path });
        equal(await call("getsockname", fd), { family: "unix", path }, "its address");
        await call("sendto", fd, text.encode("over"), 0, { family: "unix", path: far });
        const got = await peer.receive();
        bytesEqual(got.data, "over", "what the peer got");
        equal(got.from.path, path, "its sender");
        await peer.send("back", { path });
        const { data, address } = await call("recvfrom", fd, 100) as { data: Uint8Array; address: unknown };
        bytesEqual(data, "back", "what came back");
        equal(address, { family: "unix", path: far }, "where it came from");
        await call("close", fd);
      }
      const [one, other] = await call("socketpair", "AF_UNIX", "SOCK_STREAM") as [number, number];
      await call("send", one, text.encode("through"));
      bytesEqual(await call("recv", other, 100) as Uint8Array, "through", "what went from one end to the other");
    },
  },
  {
    id: "libc/errors",
    level: "MUST",
    assertion:
      "What the kernel refuses is its own error, by name, number and call: EAFNOSUPPORT, ESOCKTNOSUPPORT, ECONNREFUSED, ENOTCONN, EADDRINUSE, EBADF, ENOPROTOOPT",
    source: "POSIX socket(), connect(), getpeername(), bind(); Linux errno(3)",
    env,
    ...overLibc,
    async run(t) {
      const { call } = await plainCalls(t);
      const host = "127.0.0.1";
      const port = await t.peer.closedPort();
      const { at } = await peerListener(t);
      const fd = await call("socket", "AF_INET", "SOCK_STREAM");
      const other = await call("socket", "AF_INET", "SOCK_STREAM");
      const failures = [
        ["EAFNOSUPPORT", 97, "socket", "PF_IPX", "SOCK_DGRAM"],
        ["ESOCKTNOSUPPORT", 94, "socket", "AF_INET", "SOCK_RDM"],
        ["EPROTONOSUPPORT", 93, "socket", "AF_INET", "SOCK_STREAM", 17],
        ["ENOTCONN", 107, "getpeername", other],
        ["ECONNREFUSED", 111, "connect", fd, { family: "ipv4", host, port }],
        ["EADDRINUSE", 98, "bind", other, { family: "ipv4", ...at }],
        ["EBADF", 9, "listen", 999_999, 1],
        ["ENOPROTOOPT", 92, "getsockopt", fd, "SOL_SOCKET", 9_999],
      ] as const;
      for (const [code, errno, name, ...args] of failures) {
        const shape = { code, name: "LibcError", members: { errno, syscall: name } };
        await rejects(call(name, ...args), shape, `${name} that fails with ${code}`);
      }
    },
  },
  {
    id: "libc/bad-arguments",
    level: "MUST",
    assertion: "Arguments that C would take for others are TypeErrors and RangeErrors, and the program lives on",
    source: "omnisock errors",
    env,
    ...overLibc,
    async run(t) {
      const { call } = await plainCalls(t);
      const fd = await call("socket", "AF_INET", "SOCK_DGRAM");
      const wrong = [
        ["TypeError", "socket", "x", "SOCK_STREAM"],
        ["TypeError", "bind", fd, null],
        ["TypeError", "bind", fd, "127.0.0.1:1"],
        ["TypeError", "send", fd, "text"],
        ["TypeError", "send", fd, null],
        ["RangeError", "recv", fd, -1],
        ["RangeError", "recv", fd, 1.5],
        ["RangeError", "recv", -1, 10],
        ["RangeError", "socket", 1.5, "SOCK_STREAM"],
        ["RangeError", "bind", fd, { family: "ipv4", host: "127.0.0.1", port: 65_536 }],
        ["RangeError", "getsockopt", fd, "SOL_SOCKET", "SO_TYPE", -1],
      ] as const;
      for (const [kind, name, ...args] of wrong) {
        const error = await refuses(() => call(name, ...args), {}, `${name}(${JSON.stringify(args)})`);
        ok(["TypeError", "RangeError"].includes(error.name), `${name}: ${error.name} (${error.message}), like ${kind}`);
      }
      equal(typeof await call("getsockname", fd), "object", "a right call afterwards");
    },
  },
  {
    id: "libc/options",
    level: "MUST",
    assertion: "setsockopt and getsockopt of integers and of bytes are the kernel's, seen from outside",
    source: "POSIX setsockopt(), getsockopt()",
    env: [...env, "root"],
    ...overLibc,
    async run(t) {
      const { call, kernel } = await plainCalls(t);
      const fd = await call("socket", "AF_INET", "SOCK_DGRAM");
      await call("bind", fd, { family: "ipv4", host: "127.0.0.1", port: 0 });
      const { port } = await call("getsockname", fd) as { port: number };
      equal(await call("getsockopt", fd, "SOL_SOCKET", "SO_PRIORITY"), 0, "SO_PRIORITY before");
      await call("setsockopt", fd, "SOL_SOCKET", "SO_PRIORITY", 5);
      equal(await kernel.option(port, { level: "SOL_SOCKET", name: "SO_PRIORITY" }), 5, "SO_PRIORITY after");
      equal(await call("getsockopt", fd, "SOL_SOCKET", "SO_PRIORITY"), 5, "SO_PRIORITY as it tells itself");
      await call("setsockopt", fd, "SOL_SOCKET", "SO_BINDTODEVICE", text.encode("lo\0"));
      equal(await kernel.optionAt({ port }, { level: "SOL_SOCKET", name: "SO_BINDTODEVICE" }), "lo", "the device");
      const name = await call("getsockopt", fd, "SOL_SOCKET", "SO_BINDTODEVICE", 16) as Uint8Array;
      bytesEqual(name.subarray(0, 2), "lo", "the device as it tells itself");
    },
  },
  {
    id: "libc/poll",
    level: "MUST",
    assertion: "poll() tells what is ready and what not, and waits as long as it is told",
    source: "POSIX poll()",
    env,
    ...overLibc,
    async run(t) {
      const { call, written } = await plainCalls(t);
      const peer = await t.peer.bind({ host: "127.0.0.1", port: 0 });
      const fd = await call("socket", "AF_INET", "SOCK_DGRAM");
      await call("bind", fd, { family: "ipv4", host: "127.0.0.1", port: 0 });
      const { port } = await call("getsockname", fd) as { port: number };
      const began = performance.now();
      equal(await call("poll", [{ fd, events: "POLLIN" }], 100), 0, "descriptors that are ready");
      ok(performance.now() - began >= 90, "it waited");
      await peer.send("x", { host: "127.0.0.1", port });
      equal(
        await call("poll", [{ fd, events: { sum: ["POLLIN", "POLLOUT"] } }, { fd: 0, events: 0 }], 1_000),
        1,
        "ready",
      );
      const [[one]] = written() as [[{ revents: number }]];
      equal(one.revents, 5, "POLLIN and POLLOUT");
    },
  },
  {
    id: "libc/raw",
    level: "MUST",
    assertion: "SOCK_RAW sends and receives ICMP: an echo request to 127.0.0.1 is answered",
    source: "RFC 792; Linux raw(7)",
    env: [...env, "root"],
    ...overLibc,
    async run(t) {
      const { call } = await plainCalls(t);
      const fd = await call("socket", "AF_INET", "SOCK_RAW", "IPPROTO_ICMP");
      // Type 8, code 0, checksum, identifier 0x1234, sequence number 1.
      const request = Uint8Array.of(8, 0, 0xe5, 0xca, 0x12, 0x34, 0, 1);
      await call("sendto", fd, request, 0, { family: "ipv4", host: "127.0.0.1", port: 0 });
      let answered = false;
      for (let i = 0; i < 10 && !answered; i++) {
        equal(await call("poll", [{ fd, events: "POLLIN" }], 1_000), 1, "something comes");
        const { data, address } = await call("recvfrom", fd, 200) as { data: Uint8Array; address: { host: string } };
        const header = 4 * ((data[0] ?? 0) & 15);
        equal(address.host, "127.0.0.1", "where it comes from");
        answered = data[header] === 0 && data[header + 4] === 0x12 && data[header + 5] === 0x34;
      }
      ok(answered, "an echo reply");
    },
  },
  {
    id: "libc/packet",
    level: "SHOULD",
    assertion: "AF_PACKET sees the datagrams that go through loopback",
    source: "Linux packet(7)",
    env: [...env, "root"],
    ...overLibc,
    async run(t) {
      const { call } = await plainCalls(t);
      const protocol = await call("htons", "ETH_P_ALL");
      const fd = await call("socket", "AF_PACKET", "SOCK_DGRAM", protocol);
      const [one, other] = [
        await t.peer.bind({ host: "127.0.0.1", port: 0 }),
        await t.peer.bind({ host: "127.0.0.1", port: 0 }),
      ];
      await one.send("in the clear", other.address);
      let seen = false;
      for (let i = 0; i < 50 && !seen; i++) {
        equal(await call("poll", [{ fd, events: "POLLIN" }], 1_000), 1, "something comes");
        const { data } = await call("recvfrom", fd, 2_000) as { data: Uint8Array };
        seen = new TextDecoder("latin1").decode(data).endsWith("in the clear");
      }
      ok(seen, "the datagram");
    },
  },
  {
    id: "libc/getaddrinfo",
    level: "MUST",
    assertion: "getaddrinfo gives literals and names as addresses with their ports, and EAI_NONAME for what is none",
    source: "POSIX getaddrinfo(); RFC 3493 §6.1",
    env,
    ...overLibc,
    async run(t) {
      const { call } = await plainCalls(t);
      const hints = { socktype: "SOCK_STREAM" };
      const found = await call("getaddrinfo", "127.0.0.1", 80, hints) as { address: unknown; socktype: number }[];
      equal(found.map(({ address }) => address), [{ family: "ipv4", host: "127.0.0.1", port: 80 }], "of a literal");
      const local = await call("getaddrinfo", "localhost", "80", hints) as { address: { host: string } }[];
      ok(local.some(({ address: { host } }) => host === "127.0.0.1"), "localhost is 127.0.0.1");
      await rejects(
        call("getaddrinfo", "not an address", null, { flags: "AI_NUMERICHOST" }),
        { code: "EAI_NONAME", members: { syscall: "getaddrinfo" } },
        "of what is no address",
      );
    },
  },
];
