/** Passive open of TCP: what listen() binds, reports and queues. */
import type { Case } from "../harness/case.js";
import { bytesEqual, equal, notEqual, ok, rejects, settles } from "../harness/expect.js";
import { endpoint, listening, loopbacks, ownRows, peerListener, soon } from "../harness/tcp.js";

export const cases: readonly Case[] = [
  {
    id: "tcp.listen/ephemeral",
    level: "MUST",
    assertion:
      "Port 0, and no port, give a port of the kernel's choice, reported before the first accept and reachable",
    source: "POSIX bind(); RFC 6056",
    async run(t) {
      const ports: number[] = [];
      for (const options of [{ port: 0 }, {}, { port: undefined }]) {
        const server = await listening(t, options);
        ports.push(server.address.port);
        const far = await t.peer.connect(endpoint(server.address));
        equal(far.remote, endpoint(server.address), "where the peer is connected");
      }
      ok(ports.every((port) => port > 0), `the ports ${ports} are not zero`);
      equal(new Set(ports).size, ports.length, "different ports");
    },
  },
  {
    id: "tcp.listen/specific",
    level: "MUST",
    assertion: "A free port that is asked for is the one that is bound",
    source: "POSIX bind()",
    async run(t) {
      for (const host of await loopbacks(t)) {
        const port = await t.peer.closedPort(host);
        const server = await listening(t, { host, port });
        equal(endpoint(server.address), { host, port }, "address");
        equal((await t.peer.connect({ host, port })).remote, { host, port }, "where the peer is connected");
      }
    },
  },
  {
    id: "tcp.listen/in-use",
    level: "MUST",
    assertion: "A port on which another process listens is EADDRINUSE, with the operation and the address",
    source: "POSIX bind() EADDRINUSE",
    async run(t) {
      const { listener, at } = await peerListener(t);
      const shape = {
        code: "EADDRINUSE",
        name: "SocketError",
        members: { operation: "listen", address: `${at.host}:${at.port}` },
      };
      await t.within(soon, "listen", rejects(t.sockets.listen(at), shape, "listen on the peer's port"));
      await listener.close();
      equal((await listening(t, at)).address.port, at.port, "port, once the peer has given it up");
    },
  },
  {
    id: "tcp.listen/in-use-wildcard",
    level: "MUST",
    assertion:
      "A wildcard listener takes the port on every address: 127.0.0.1 while 0.0.0.0 is held is EADDRINUSE, and the reverse",
    source: "Linux socket(7) SO_REUSEADDR",
    async run(t) {
      for (const [held, wanted] of [["0.0.0.0", "127.0.0.1"], ["127.0.0.1", "0.0.0.0"]] as const) {
        const { port } = (await peerListener(t, held)).at;
        const listened = t.sockets.listen({ host: wanted, port });
        await t.within(
          soon,
          "listen",
          rejects(listened, { code: "EADDRINUSE" }, `listen on ${wanted} while ${held} is held`),
        );
      }
    },
  },
  {
    id: "tcp.listen/not-local",
    level: "MUST",
    assertion: "An address that the host does not have is EADDRNOTAVAIL",
    source: "POSIX bind() EADDRNOTAVAIL",
    async run(t) {
      const shape = {
        code: "EADDRNOTAVAIL",
        name: "SocketError",
        members: { operation: "listen", address: "192.0.2.1:0" },
      };
      await t.within(
        soon,
        "listen",
        rejects(t.sockets.listen({ host: "192.0.2.1", port: 0 }), shape, "listen on 192.0.2.1"),
      );
    },
  },
  {
    id: "tcp.listen/privileged",
    level: "SHOULD",
    assertion: "A port below ip_unprivileged_port_start is EACCES for a user without privileges",
    source: "POSIX bind() EACCES; Linux ip(7)",
    env: ["kernel", "process", "proc", "root"],
    async run(t) {
      const result = await t.run("privileged");
      equal({ code: result.code, stdout: result.stdout.trim(), stderr: result.stderr }, {
        code: 0,
        stdout: "EACCES",
        stderr: "",
      }, "the program");
    },
  },
  {
    id: "tcp.listen/multicast-bind",
    level: "INFO",
    assertion: "What listening on 224.0.0.5 gives",
    source: "Linux ip(7); WASI sockets tcp.bind",
    async run(t) {
      const outcome = await settles(t.sockets.listen({ host: "224.0.0.5", port: 0 }));
      if (outcome.status === "rejected") return t.info(outcome.reason.code ?? outcome.reason.name);
      t.info(`listens on ${outcome.value.address.host}`);
      await outcome.value.close();
    },
  },
  {
    id: "tcp.listen/dualstack-default",
    level: "INFO",
    assertion: "Which loopback addresses reach a listener that was given no host, and as what it reports itself",
    source: "RFC 3493 §5.3",
    env: ["ipv6"],
    async run(t) {
      const server = await t.within(soon, "listen", t.sockets.listen({ port: 0 }));
      t.defer(() => server.close());
      const reached: string[] = [];
      for (const host of ["127.0.0.1", "::1"]) {
        const outcome = await settles(t.peer.connect({ host, port: server.address.port }));
        if (outcome.status === "fulfilled") reached.push(host);
      }
      t.info(`${server.address.host}: ${reached.join(" and ")}`);
    },
  },
  {
    id: "tcp.listen/v6only-false",
    level: "SHOULD",
    assertion: "A listener on :: takes IPv4 connections too, by default and with ipv6Only: false",
    source: "RFC 3493 §5.3",
    env: ["ipv6"],
    async run(t) {
      for (const options of [{ ipv6Only: false }, {}]) {
        const server = await listening(t, { host: "::", ...options });
        const { port } = server.address;
        equal(server.address, { family: "ipv6", host: "::", port }, "address");
        for (const [host, family] of [["127.0.0.1", "ipv4"], ["::1", "ipv6"]] as const) {
          const far = await t.peer.connect({ host, port });
          const conn = await t.within(soon, "accept", server.accept());
          t.defer(() => conn.reset());
          equal(conn.remoteAddress, { family, ...endpoint(far.local) }, `the client of ${host}`);
        }
      }
    },
  },
  {
    id: "tcp.listen/backlog-honoured",
    level: "SHOULD",
    assertion: "backlog reaches listen(2), and without one it is 511 (or net.core.somaxconn, if that is less)",
    source: "POSIX listen(); Linux listen(2)",
    needs: ["tcp.backlog"],
    refusal: (t) => t.sockets.listen({ host: "127.0.0.1", port: 0, backlog: 5 }),
    env: ["kernel", "process", "proc", "ss"],
    async run(t) {
      const result = await t.run("backlog", { args: ["tcp", "1", "5", "300", "default"] });
      equal({ code: result.code, stderr: result.stderr }, { code: 0, stderr: "" }, "the program");
      const { lengths, most } = JSON.parse(result.stdout) as { lengths: readonly number[]; most: number };
      equal(lengths, [1, 5, 300, 511].map((length) => Math.min(length, most)), "queue lengths in the kernel");
      t.info(`default ${lengths.at(-1)}`);
      for (
        const [backlog, name] of [
          [0, "RangeError"],
          [-1, "RangeError"],
          [1.5, "RangeError"],
          [65_536, "RangeError"],
          [NaN, "RangeError"],
          ["5", "TypeError"],
          [null, "TypeError"],
        ] as const
      ) {
        const listened = t.sockets.listen({ host: "127.0.0.1", port: 0, backlog: backlog as number });
        await rejects(listened, { name }, `listen with the backlog ${backlog}`);
      }
    },
  },
  {
    id: "tcp.listen/queue-before-accept",
    level: "MUST",
    assertion: "Connections that were complete before the first accept() are given in the order in which they came",
    source: "POSIX listen(), accept()",
    async run(t) {
      const server = await listening(t);
      const came: unknown[] = [];
      for (let i = 0; i < 5; i++) {
        const far = await t.peer.connect(endpoint(server.address));
        await far.send(`${i}`);
        came.push(far.local);
      }
      const given: unknown[] = [];
      for (let i = 0; i < 5; i++) {
        const conn = await t.within(soon, "accept", server.accept());
        t.defer(() => conn.reset());
        given.push(endpoint(conn.remoteAddress));
        bytesEqual(
          await t.within(soon, "read", conn.read()),
          `${i}`,
          `what connection ${i} had sent before it was accepted`,
        );
      }
      equal(given, came, "clients in the order of the accept() calls");
    },
  },
  {
    id: "tcp.listen/listen-twice",
    level: "MUST",
    assertion:
      "A second listen() on the address of an open listener is EADDRINUSE, and the first listener keeps working",
    source: "POSIX bind() EADDRINUSE, listen()",
    async run(t) {
      const server = await listening(t);
      const address = endpoint(server.address);
      for (let i = 0; i < 2; i++) {
        await t.within(
          soon,
          "second listen",
          rejects(t.sockets.listen(address), { code: "EADDRINUSE" }, "listen on the same address"),
        );
        const far = await t.peer.connect(address);
        const conn = await t.within(soon, "accept by the first listener", server.accept());
        t.defer(() => conn.reset());
        equal(endpoint(conn.remoteAddress), far.local, "whom the first listener accepted");
      }
    },
  },
  {
    id: "tcp.listen/address-report",
    level: "MUST",
    assertion: "address is what the kernel has bound: family, host (wildcards too) and port",
    source: "POSIX getsockname()",
    env: ["kernel", "proc"],
    async run(t) {
      const hosts = (await loopbacks(t)).length === 2
        ? ["127.0.0.1", "127.0.0.2", "0.0.0.0", "::1", "::"]
        : ["127.0.0.1", "127.0.0.2", "0.0.0.0"];
      for (const host of hosts) {
        const server = await listening(t, { host });
        const { port } = server.address;
        equal(server.address, { family: host.includes(":") ? "ipv6" : "ipv4", host, port }, "address");
        const bound = (await ownRows(t, port)).map(({ local, state }) => ({ ...local, state }));
        equal(bound, [{ host, port, state: "LISTEN" }], "the kernel's listeners on the port");
        // The kernel may choose the same port for the next address.
        await server.close();
      }
      const named = await listening(t, { host: "localhost" });
      notEqual(named.address.host, "localhost", "host of a listener that was given a name");
      const bound = (await ownRows(t, named.address.port)).map(({ local }) => local);
      equal(bound, [endpoint(named.address)], "the kernel's listener for a name");
    },
  },
];
