/** Binding a UDP socket: the address it gets, who else may have it, and when it is free again. */
import type { IpAddress } from "omnisock";

import type { Case, Context } from "../harness/case.js";
import { bytesEqual, equal, notEqual, rejects } from "../harness/expect.js";
import { openUdp } from "../harness/udp.js";

/** A port of 127.0.0.1 that no UDP socket has. */
async function freePort(t: Context): Promise<number> {
  const probe = await t.peer.bind({ host: "127.0.0.1", port: 0 });
  await probe.close();
  return probe.address.port;
}

export const cases: readonly Case[] = [
  {
    id: "udp.bind/specific",
    level: "MUST",
    assertion: "A socket bound to a given port reports that port and receives what is sent there",
    source: "POSIX bind()",
    async run(t) {
      const port = await freePort(t);
      const udp = await openUdp(t, { host: "127.0.0.1", port });
      equal(udp.address, { family: "ipv4", host: "127.0.0.1", port }, "address");
      const peer = await t.peer.bind({ host: "127.0.0.1", port: 0 });
      await peer.send("here", { host: "127.0.0.1", port });
      const { data } = await t.within(2000, "receive", udp.receive());
      bytesEqual(data, "here", "datagram sent to the port");
    },
  },
  {
    id: "udp.bind/in-use",
    level: "MUST",
    assertion: "A port that another process has, or that this one has, is EADDRINUSE",
    source: "POSIX bind()",
    async run(t) {
      const peer = await t.peer.bind({ host: "127.0.0.1", port: 0 });
      const own = await openUdp(t);
      for (const port of [peer.address.port, own.address.port]) {
        const second = t.within(2000, "second bind", t.sockets.bind({ host: "127.0.0.1", port }));
        const members = { operation: "bind", address: `127.0.0.1:${port}` };
        await rejects(second, { name: "SocketError", code: "EADDRINUSE", members }, "second bind of the port");
      }
    },
  },
  {
    id: "udp.bind/reuse-addr",
    level: "SHOULD",
    assertion: "With reuseAddress a port can be shared with another socket that set SO_REUSEADDR, without it not",
    source: "Linux socket(7)",
    async run(t) {
      const peer = await t.peer.bind({ host: "127.0.0.1", port: 0 }, { reuseAddress: true });
      const { host, port } = peer.address;
      await rejects(t.sockets.bind({ host, port }), { code: "EADDRINUSE" }, "bind without reuseAddress");
      const udp = await openUdp(t, { host, port, reuseAddress: true });
      equal(udp.address.port, port, "shared port");
    },
  },
  {
    id: "udp.bind/not-local",
    level: "MUST",
    assertion: "An address of no interface of this host is EADDRNOTAVAIL",
    source: "POSIX bind()",
    async run(t) {
      const bound = t.within(2000, "bind", t.sockets.bind({ host: "192.0.2.1" }));
      await rejects(
        bound,
        { name: "SocketError", code: "EADDRNOTAVAIL", members: { operation: "bind" } },
        "bind to 192.0.2.1",
      );
    },
  },
  {
    id: "udp.bind/default-host",
    level: "INFO",
    assertion: "The address that a socket without host and port is bound to",
    source: "omnisock options",
    async run(t) {
      const udp = await openUdp(t, {});
      notEqual(udp.address.port, 0, "port that the kernel chose");
      t.info(udp.address.host);
    },
  },
  {
    id: "udp.bind/address-report",
    level: "MUST",
    assertion: "address is what the peer sees as the sender, and stays readable after close()",
    source: "POSIX getsockname()",
    async run(t) {
      const peer = await t.peer.bind({ host: "127.0.0.1", port: 0 });
      const udp = await openUdp(t);
      const { address } = udp;
      await udp.send("x", peer.address);
      const { from } = await t.within(2000, "the peer's receive", peer.receive());
      equal(address, { family: "ipv4", ...from }, "address");
      await udp.close();
      equal(udp.address, address, "address after close()");
    },
  },
  {
    id: "udp.bind/v6-dual",
    level: "SHOULD",
    assertion: "A socket bound to :: also serves IPv4 peers, reports them as IPv4, and answers at the reported address",
    source: "RFC 3493 §3.7, §5.3",
    env: ["ipv6"],
    async run(t) {
      const udp = await openUdp(t, { host: "::" });
      const { port } = udp.address;
      for (const [host, family] of [["127.0.0.1", "ipv4"], ["::1", "ipv6"]] as const) {
        const peer = await t.peer.bind({ host, port: 0 });
        await peer.send(family, { host, port });
        const { data, from } = await t.within(2000, `receive over ${family}`, udp.receive());
        bytesEqual(data, family, `datagram over ${family}`);
        const expected: IpAddress = { family, ...peer.address };
        equal(from, expected, `sender over ${family}`);
        await udp.send("answer", from);
        bytesEqual(
          (await t.within(2000, "the peer's receive", peer.receive())).data,
          "answer",
          `answer over ${family}`,
        );
      }
    },
  },
  {
    id: "udp.bind/v6-only",
    level: "SHOULD",
    assertion: "With ipv6Only a socket bound to :: leaves the IPv4 port of that number to others",
    source: "RFC 3493 §5.3",
    env: ["ipv6"],
    needs: ["udp.ipv6Only"],
    refusal: (t) => t.sockets.bind({ host: "::", ipv6Only: true }),
    async run(t) {
      const udp = await openUdp(t, { host: "::", ipv6Only: true });
      const { port } = udp.address;
      const other = await t.peer.bind({ host: "127.0.0.1", port });
      const sender = await t.peer.bind({ host: "127.0.0.1", port: 0 });
      await sender.send("ipv4", { host: "127.0.0.1", port });
      bytesEqual(
        (await t.within(2000, "the other's receive", other.receive())).data,
        "ipv4",
        "what the IPv4 socket got",
      );
      const sixth = await t.peer.bind({ host: "::1", port: 0 });
      await sixth.send("ipv6", { host: "::1", port });
      bytesEqual(
        (await t.within(2000, "receive", udp.receive())).data,
        "ipv6",
        "first datagram of the IPv6-only socket",
      );
    },
  },
  {
    id: "udp.bind/family-mismatch",
    level: "MUST",
    assertion:
      "A host of another family than asked for is a RangeError, an IPv6 destination of an IPv4 socket EAFNOSUPPORT",
    source: "POSIX sendto(), EAFNOSUPPORT",
    async run(t) {
      await rejects(t.sockets.bind({ host: "::1", family: "ipv4" }), { name: "RangeError" }, "::1 as ipv4");
      await rejects(t.sockets.bind({ host: "127.0.0.1", family: "ipv6" }), { name: "RangeError" }, "127.0.0.1 as ipv6");
      const udp = await openUdp(t);
      await rejects(
        udp.send("x", { host: "::1", port: 9 }),
        { name: "SocketError", code: "EAFNOSUPPORT" },
        "send to ::1",
      );
      const peer = await t.peer.bind({ host: "127.0.0.1", port: 0 });
      await udp.send("still works", peer.address);
      bytesEqual((await t.within(2000, "the peer's receive", peer.receive())).data, "still works", "the next datagram");
    },
  },
  {
    id: "udp.bind/close-releases",
    level: "MUST",
    assertion: "When close() has resolved, another process can bind the port",
    source: "POSIX close()",
    async run(t) {
      const udp = await openUdp(t);
      const { port } = udp.address;
      await t.within(2000, "close", udp.close());
      const peer = await t.peer.bind({ host: "127.0.0.1", port });
      equal(peer.address.port, port, "port bound by the peer");
    },
  },
  {
    id: "udp.bind/close-while-binding",
    level: "MUST",
    assertion: "A bind aborted on its way rejects with the reason and leaves no socket behind",
    source: "omnisock guarantee 8",
    async run(t) {
      const port = await freePort(t);
      const controller = new AbortController();
      const binding = t.sockets.bind({ host: "127.0.0.1", port, signal: controller.signal });
      const reason = new Error("no longer wanted");
      controller.abort(reason);
      await rejects(t.within(2000, "aborted bind", binding), { value: reason }, "aborted bind");
      // By the time that a later one has its socket, the aborted one had its own.
      await openUdp(t);
      await t.until(
        2000,
        "the port is free",
        () => t.peer.bind({ host: "127.0.0.1", port }).then(() => true, () => false),
      );
    },
  },
  {
    id: "udp.bind/bind-error-repeat",
    level: "MUST",
    assertion: "After a bind that failed, the same call succeeds as soon as the port is free",
    source: "POSIX bind()",
    async run(t) {
      const peer = await t.peer.bind({ host: "127.0.0.1", port: 0 });
      const { host, port } = peer.address;
      for (let i = 0; i < 3; i++) {
        await rejects(t.sockets.bind({ host, port }), { code: "EADDRINUSE" }, `bind ${i} of a taken port`);
      }
      await peer.close();
      const udp = await openUdp(t, { host, port });
      equal(udp.address.port, port, "port bound at last");
    },
  },
];
