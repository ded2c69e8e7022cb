/** Connected UDP: one peer, its datagrams only, and its refusals. */
import type { DatagramSocket } from "omnisock";

import { absence } from "../harness/absence.js";
import { setImmediate } from "node:timers";

import type { Case, Context, PeerDatagram } from "../harness/case.js";
import { bytesEqual, equal, rejects, settles } from "../harness/expect.js";
import { openUdp } from "../harness/udp.js";

const loopback = { host: "127.0.0.1", port: 0 };

/** A socket connected to a peer. */
async function openConnected(t: Context): Promise<{ readonly udp: DatagramSocket; readonly peer: PeerDatagram }> {
  const [udp, peer] = await Promise.all([openUdp(t), t.peer.bind(loopback)]);
  await t.within(2000, "connect", udp.connect(peer.address));
  return { udp, peer };
}

/** For sockets that cannot be connected: the call that says so. */
async function refuse(t: Context): Promise<void> {
  const udp = await openUdp(t);
  await udp.connect({ host: "127.0.0.1", port: 9 });
}

/** For sockets that are never told of a refusal, which no call can say: shows that it is so. */
async function showUntold(t: Context): Promise<void> {
  const { udp, peer } = await openConnected(t);
  await sendToClosed(t, udp, peer);
  const told = await settles(udp.receive({ timeout: 150 }));
  if (told.status === "rejected" && told.reason.code === "ETIMEDOUT") throw absence(t, "udp.refused");
}

async function next(t: Context, from: DatagramSocket | PeerDatagram): Promise<string> {
  return new TextDecoder().decode((await t.within(2000, "receive", from.receive())).data);
}

/** The peer goes away, and something is sent to where it was. */
async function sendToClosed(t: Context, udp: DatagramSocket, peer: PeerDatagram): Promise<void> {
  await peer.close();
  await t.within(2000, "send to the closed port", udp.send("anyone there?"));
}

export const cases: readonly Case[] = [
  {
    id: "udp.connected/filter",
    level: "MUST",
    assertion: "A connected socket receives from its peer only",
    source: "POSIX connect()",
    needs: ["udp.connect"],
    refusal: refuse,
    async run(t) {
      const { udp, peer } = await openConnected(t);
      const stranger = await t.peer.bind(loopback);
      for (let i = 0; i < 3; i++) {
        await stranger.send("stranger", udp.address);
        await peer.send(`peer ${i}`, udp.address);
        equal(await next(t, udp), `peer ${i}`, "what was received");
      }
    },
  },
  {
    id: "udp.connected/filter-queued",
    level: "INFO",
    assertion: "What becomes of a stranger's datagram that waited before connect()",
    source: "POSIX connect()",
    needs: ["udp.connect"],
    refusal: refuse,
    async run(t) {
      const [udp, peer, stranger] = [await openUdp(t), await t.peer.bind(loopback), await t.peer.bind(loopback)];
      await stranger.send("stranger", udp.address);
      await stranger.send("mark", udp.address);
      equal(await next(t, udp), "stranger", "the first datagram");
      // Turns of the event loop, in which the runtime takes the other out of the kernel.
      for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
      await udp.connect(peer.address);
      await peer.send("peer", udp.address);
      t.info((await next(t, udp)) === "peer" ? "filtered" : "delivered");
    },
  },
  {
    id: "udp.connected/send-with-addr",
    level: "SHOULD",
    assertion: "A destination given on a connected socket is EISCONN, and nothing is sent",
    source: "POSIX sendto(), EISCONN",
    needs: ["udp.connect"],
    refusal: refuse,
    async run(t) {
      const { udp, peer } = await openConnected(t);
      const other = await t.peer.bind(loopback);
      for (const to of [other.address, peer.address]) {
        await rejects(
          udp.send("x", to),
          { name: "SocketError", code: "EISCONN", members: { operation: "send" } },
          "send with a destination",
        );
      }
      await udp.send("plain");
      equal(await next(t, peer), "plain", "first datagram at the peer");
    },
  },
  {
    id: "udp.connected/remote-address",
    level: "MUST",
    assertion:
      "remoteAddress is the peer while connected and undefined otherwise; disconnect() without a peer is ENOTCONN",
    source: "POSIX getpeername(), ENOTCONN",
    needs: ["udp.connect"],
    refusal: refuse,
    async run(t) {
      const udp = await openUdp(t);
      equal(udp.remoteAddress, undefined, "remoteAddress before connect()");
      await rejects(
        udp.disconnect(),
        { name: "SocketError", code: "ENOTCONN", members: { operation: "disconnect" } },
        "disconnect() before connect()",
      );
      const peer = await t.peer.bind(loopback);
      await udp.connect(peer.address);
      equal(udp.remoteAddress, { family: "ipv4", ...peer.address }, "remoteAddress");
      await udp.disconnect();
      equal(udp.remoteAddress, undefined, "remoteAddress after disconnect()");
      await rejects(udp.disconnect(), { code: "ENOTCONN" }, "the second disconnect()");
    },
  },
  {
    id: "udp.connected/reconnect",
    level: "SHOULD",
    assertion: "connect() to another peer changes the destination and the filter",
    source: "POSIX connect()",
    needs: ["udp.connect"],
    refusal: refuse,
    async run(t) {
      const { udp, peer: first } = await openConnected(t);
      const second = await t.peer.bind(loopback);
      const { port } = udp.address;
      await t.within(2000, "second connect", udp.connect(second.address));
      equal(udp.remoteAddress, { family: "ipv4", ...second.address }, "remoteAddress");
      equal(udp.address.port, port, "local port");
      await udp.send("to the second");
      equal(await next(t, second), "to the second", "what the second peer got");
      await first.send("from the first", udp.address);
      await second.send("from the second", udp.address);
      equal(await next(t, udp), "from the second", "what was received");
    },
  },
  {
    id: "udp.connected/disconnect",
    level: "SHOULD",
    assertion: "After disconnect() the socket receives from everybody and needs a destination to send",
    source: "POSIX connect(), AF_UNSPEC",
    needs: ["udp.connect"],
    refusal: refuse,
    async run(t) {
      const { udp } = await openConnected(t);
      const stranger = await t.peer.bind(loopback);
      await udp.disconnect();
      await rejects(udp.send("x"), { code: "EDESTADDRREQ" }, "send without destination");
      await udp.send("hello", stranger.address);
      equal(await next(t, stranger), "hello", "what the stranger got");
      await stranger.send("hello yourself", udp.address);
      equal(await next(t, udp), "hello yourself", "what the stranger answered");
    },
  },
  {
    id: "udp.connected/disconnect-keeps-bind",
    level: "SHOULD",
    assertion:
      "disconnect() keeps the local port, given or chosen by the kernel, and a peer that knew it still reaches the socket",
    source: "Linux udp(7)",
    needs: ["udp.connect"],
    refusal: refuse,
    async run(t) {
      for (const host of ["127.0.0.1", "0.0.0.0"]) {
        const udp = await t.sockets.bind({ host });
        t.defer(() => udp.close());
        const { port } = udp.address;
        const peer = await t.peer.bind(loopback);
        await udp.connect(peer.address);
        await udp.send("x");
        equal(
          (await t.within(2000, "the peer's receive", peer.receive())).from.port,
          port,
          `port that the peer sees (${host})`,
        );
        await udp.disconnect();
        equal(udp.address.port, port, `port after disconnect() (${host})`);
        await peer.send("still here?", { host: "127.0.0.1", port });
        equal(await next(t, udp), "still here?", `datagram to the old port (${host})`);
      }
    },
  },
  {
    id: "udp.connected/implicit-bind",
    level: "MUST",
    assertion:
      "connect() on a socket bound to every address keeps its port, and the peer sees the address of the route to it",
    source: "POSIX connect(); Linux ip(7)",
    needs: ["udp.connect"],
    refusal: refuse,
    async run(t) {
      const udp = await t.sockets.bind({});
      t.defer(() => udp.close());
      const { port } = udp.address;
      const peer = await t.peer.bind(loopback);
      await udp.connect(peer.address);
      await udp.send("x");
      const { from } = await t.within(2000, "the peer's receive", peer.receive());
      equal(from, { host: "127.0.0.1", port }, "sender that the peer sees");
      equal(udp.address.port, port, "port after connect()");
    },
  },
  {
    id: "udp.connected/local-address",
    level: "SHOULD",
    assertion: "address of a connected socket is the one that the peer sees, also if it was bound to every address",
    source: "POSIX getsockname(); Linux ip(7)",
    needs: ["udp.connect"],
    refusal: refuse,
    async run(t) {
      const udp = await t.sockets.bind({});
      t.defer(() => udp.close());
      const peer = await t.peer.bind(loopback);
      await udp.connect(peer.address);
      await udp.send("x");
      const { from } = await t.within(2000, "the peer's receive", peer.receive());
      equal(udp.address, { family: "ipv4", ...from }, "address after connect()");
    },
  },
  {
    id: "udp.connected/icmp-refused",
    level: "MUST",
    assertion:
      "What was sent to a closed port makes the waiting receive(), or else the next call, say ECONNREFUSED once",
    source: "RFC 1122 §4.1.3.3; Linux udp(7)",
    needs: ["udp.connect", "udp.refused"],
    refusal: showUntold,
    async run(t) {
      const refused = { name: "SocketError", code: "ECONNREFUSED" };
      const { udp, peer } = await openConnected(t);
      const waiting = settles(udp.receive());
      await sendToClosed(t, udp, peer);
      const end = await t.within(2000, "the waiting receive", waiting);
      equal(end.status === "rejected" ? end.reason.code : end.status, "ECONNREFUSED", "the receive that waited");
      await rejects(
        udp.receive({ timeout: 50 }),
        { code: "ETIMEDOUT" },
        "the next receive: the error was reported already",
      );

      const late = await openConnected(t);
      await sendToClosed(t, late.udp, late.peer);
      // A question to the peer takes several turns of the event loop, in which the refusal arrives before anybody asks.
      await t.peer.closedPort();
      await rejects(t.within(2000, "receive", late.udp.receive()), refused, "the first receive");
      await rejects(late.udp.receive({ timeout: 50 }), { code: "ETIMEDOUT" }, "the second receive");

      // The first datagram is refused before the second is sent, whose send() may tell that.
      const hasty = await openConnected(t);
      await hasty.peer.close();
      const calls = [hasty.udp.send("one"), hasty.udp.send("two"), hasty.udp.receive({ timeout: 100 })];
      const ends = await Promise.all(calls.map((call: Promise<unknown>) => settles(call)));
      ends.push(await settles(hasty.udp.receive({ timeout: 100 })));
      const codes = ends.flatMap((one) => one.status === "rejected" ? [one.reason.code] : []);
      equal(
        codes.filter((code) => code === "ECONNREFUSED").length,
        1,
        `refusals told by two sends and two receives: ${codes}`,
      );
    },
  },
  {
    id: "udp.connected/icmp-nonfatal",
    level: "MUST",
    assertion: "After ECONNREFUSED the socket works: it reaches the peer once its port is open again",
    source: "RFC 8085 §5.2",
    needs: ["udp.connect"],
    refusal: refuse,
    async run(t) {
      const { udp, peer } = await openConnected(t);
      await sendToClosed(t, udp, peer);
      // Whether and when the refusal is reported is another case's matter.
      await settles(udp.receive({ timeout: 100 }));
      const again = await t.peer.bind(peer.address);
      await udp.send("welcome back");
      equal(await next(t, again), "welcome back", "what the peer got");
      await again.send("thank you", udp.address);
      equal(await next(t, udp), "thank you", "the answer");
    },
  },
  {
    id: "udp.connected/not-supported-declared",
    level: "MUST",
    surface: "omnisock",
    assertion:
      "Where supports() says that there is no connected UDP, connect() is ENOTSUP with that reason; elsewhere the filter holds",
    source: "omnisock capabilities",
    async run(t) {
      const support = t.sockets.supports("udp.connect");
      const [udp, peer, stranger] = [await openUdp(t), await t.peer.bind(loopback), await t.peer.bind(loopback)];
      const connected = await settles(udp.connect(peer.address));
      if (support.supported) {
        equal(connected.status, "fulfilled", "connect()");
        await stranger.send("stranger", udp.address);
      } else {
        equal(connected.status === "rejected" && connected.reason.code, "ENOTSUP", "connect()");
        equal(
          connected.status === "rejected" && connected.reason.message.includes(support.reason),
          true,
          "the reason in the message",
        );
        equal(udp.remoteAddress, undefined, "remoteAddress");
      }
      await peer.send("peer", udp.address);
      bytesEqual((await t.within(2000, "receive", udp.receive())).data, "peer", "the peer's datagram");
    },
  },
];
