/** The same over IPv4 and IPv6, for both roles. */
import type { Case } from "../harness/case.js";
import { bytesEqual, equal, rejects } from "../harness/expect.js";
import { pattern } from "../harness/pattern.js";
import { bothRoles, connected, endpoint, loopbacks, soon } from "../harness/tcp.js";
import { MiB, readToEnd, sha256 } from "../harness/traffic.js";
import { openUdp } from "../harness/udp.js";

export const cases: readonly Case[] = [
  {
    id: "families/tcp",
    level: "MUST",
    assertion:
      "One MiB each way, half-close, EOF and the addresses are the same over 127.0.0.1 and ::1, for both roles",
    source: "RFC 9293; RFC 3493; omnisock guarantees 1, 4 and 5",
    async run(t) {
      for (const host of await loopbacks(t)) {
        for (const role of bothRoles) {
          const { conn, far } = await connected(t, role, host);
          const what = `${role} at ${host}`;
          equal(conn.remoteAddress.family, host === "::1" ? "ipv6" : "ipv4", `family of the ${what}`);
          equal([endpoint(conn.localAddress), endpoint(conn.remoteAddress)], [far.remote, far.local], "both addresses");
          const [flow, drained] = await Promise.all([
            readToEnd(t, conn),
            far.drain(),
            conn.write(pattern(1, MiB)).then(() => conn.shutdown("write")),
            far.send({ length: MiB, seed: 2 }).then(() => far.shutdown("write")),
          ]);
          equal([flow.end, sha256(flow.bytes)], ["EOF", sha256(pattern(2, MiB))], `what the ${what} read`);
          equal([drained.eof, drained.sha256], [true, sha256(pattern(1, MiB))], `what the ${what} wrote`);
          await t.within(soon, "closed", conn.closed);
        }
      }
    },
  },
  {
    id: "families/tcp-ends",
    level: "MUST",
    assertion:
      "Refusal, the peer's reset, our reset and close() end a connection in the same way over 127.0.0.1 and ::1",
    source: "RFC 9293 §3.10; omnisock guarantees 4 and 6",
    async run(t) {
      for (const host of await loopbacks(t)) {
        const port = await t.peer.closedPort(host);
        const address = host === "::1" ? `[::1]:${port}` : `127.0.0.1:${port}`;
        const refused = { name: "SocketError", code: "ECONNREFUSED", members: { operation: "connect", address } };
        await rejects(t.within(soon, "connect", t.sockets.connect({ host, port })), refused, `connect to ${address}`);
        for (const role of bothRoles) {
          const theirs = await connected(t, role, host);
          await theirs.far.send("before");
          bytesEqual(await t.within(soon, "read", theirs.conn.read()), "before", `what the ${role} read`);
          await theirs.far.reset();
          await rejects(
            t.within(soon, "read", theirs.conn.read()),
            { code: "ECONNRESET" },
            "read after the peer's reset",
          );
          const ours = await connected(t, role, host);
          await t.within(soon, "close", ours.conn.close());
          equal((await ours.far.drain()).eof, true, `EOF at the peer after close() at ${host}`);
          if (!t.sockets.supports("tcp.reset").supported) continue;
          const reset = await connected(t, role, host);
          await t.within(soon, "reset", reset.conn.reset());
          equal((await reset.far.drain()).error, "ECONNRESET", `the peer's end after reset() at ${host}`);
        }
      }
    },
  },
  {
    id: "families/udp",
    level: "MUST",
    assertion: "Datagrams of 0 to 60,000 bytes, their sender, and a connected peer are the same over 127.0.0.1 and ::1",
    source: "RFC 768; RFC 3493",
    async run(t) {
      for (const host of await loopbacks(t)) {
        const udp = await openUdp(t, { host });
        const far = await t.peer.bind({ host, port: 0 });
        for (const size of [0, 1, 1_500, 60_000]) {
          await t.within(soon, "send", udp.send(pattern(size, size), far.address));
          const there = await far.receive();
          bytesEqual(there.data, pattern(size, size), `${size} bytes from ${host}`);
          equal(there.from, endpoint(udp.address), "the sender that the peer saw");
          await far.send(pattern(size, size), udp.address);
          const { data, from, truncated } = await t.within(soon, "receive", udp.receive());
          bytesEqual(data, pattern(size, size), `${size} bytes to ${host}`);
          equal([endpoint(from), from.family, truncated], [far.address, udp.address.family, false], "sender and flag");
        }
        if (!t.sockets.supports("udp.connect").supported) continue;
        await t.within(soon, "connect", udp.connect(far.address));
        await t.within(soon, "send", udp.send("connected"));
        bytesEqual((await far.receive()).data, "connected", `what the connected peer at ${host} got`);
        equal(endpoint(udp.remoteAddress ?? {}), far.address, "remoteAddress");
        const stranger = await t.peer.bind({ host, port: 0 });
        await stranger.send("strange", udp.address);
        await far.send("known", udp.address);
        bytesEqual(
          (await t.within(soon, "receive", udp.receive())).data,
          "known",
          "what the connected socket received",
        );
      }
    },
  },
];
