/** Sending datagrams: what reaches the peer, and what is refused. */
import type { Case, Context, PeerDatagram } from "../harness/case.js";
import { bytesEqual, equal, rejects, settles } from "../harness/expect.js";
import { pattern } from "../harness/pattern.js";
import { openUdp } from "../harness/udp.js";

async function next(t: Context, peer: PeerDatagram): Promise<Uint8Array> {
  return (await t.within(2000, "the peer's receive", peer.receive())).data;
}

export const cases: readonly Case[] = [
  {
    id: "udp.send/pre-aborted",
    level: "MUST",
    assertion:
      "send() with a signal that is aborted, or with no time, rejects with the reason or ETIMEDOUT and sends nothing",
    source: "omnisock guarantee 8",
    async run(t) {
      const peer = await t.peer.bind({ host: "127.0.0.1", port: 0 });
      const udp = await openUdp(t);
      const reason = new Error("given up");
      await rejects(udp.send("1", peer.address, { signal: AbortSignal.abort(reason) }), { value: reason }, "aborted");
      await rejects(udp.send("2", peer.address, { timeout: 0 }), { code: "ETIMEDOUT" }, "no time");
      await udp.send("3", peer.address, { signal: new AbortController().signal, timeout: 5_000 });
      bytesEqual(await next(t, peer), "3", "the first datagram at the peer");
    },
  },
  {
    id: "udp.send/roundtrip",
    level: "MUST",
    assertion: "Payloads from 1 to 65,507 bytes arrive byte for byte, one datagram for one send(), in both directions",
    source: "RFC 768",
    async run(t) {
      const peer = await t.peer.bind({ host: "127.0.0.1", port: 0 });
      const udp = await openUdp(t);
      for (const length of [1, 512, 1472, 1473, 8192, 65_506, 65_507]) {
        await udp.send(pattern(length, length), peer.address);
        bytesEqual(await next(t, peer), pattern(length, length), `${length} bytes at the peer`);
        await peer.send(pattern(length + 1, length), udp.address);
        const { data } = await t.within(2000, "receive", udp.receive());
        bytesEqual(data, pattern(length + 1, length), `${length} bytes from the peer`);
      }
    },
  },
  {
    id: "udp.send/zero-length",
    level: "MUST",
    assertion: "An empty payload, as bytes or as a string, is sent as an empty datagram",
    source: "RFC 768; POSIX sendto()",
    async run(t) {
      const peer = await t.peer.bind({ host: "127.0.0.1", port: 0 });
      const udp = await openUdp(t);
      await udp.send(new Uint8Array(0), peer.address);
      await udp.send("", peer.address);
      await udp.send("end", peer.address);
      bytesEqual(await next(t, peer), "", "empty bytes");
      bytesEqual(await next(t, peer), "", "empty string");
      bytesEqual(await next(t, peer), "end", "the datagram after them");
    },
  },
  {
    id: "udp.send/max-v6",
    level: "SHOULD",
    assertion: "Over IPv6 65,527 bytes arrive and one more is EMSGSIZE",
    source: "RFC 8200 §3; RFC 768",
    env: ["ipv6"],
    async run(t) {
      const peer = await t.peer.bind({ host: "::1", port: 0 });
      const udp = await openUdp(t, { host: "::1" });
      await udp.send(pattern(6, 65_527), peer.address);
      bytesEqual(await next(t, peer), pattern(6, 65_527), "65,527 bytes at the peer");
      await rejects(
        udp.send(new Uint8Array(65_528), peer.address),
        { name: "SocketError", code: "EMSGSIZE" },
        "65,528 bytes",
      );
    },
  },
  {
    id: "udp.send/toobig-once",
    level: "SHOULD",
    assertion: "A datagram that is too long is EMSGSIZE for its own send() and for no other call, connected or not",
    source: "omnisock guarantee Datagrams",
    async run(t) {
      for (const connected of [false, true]) {
        if (connected && !t.sockets.supports("udp.connect").supported) continue;
        const peer = await t.peer.bind({ host: "127.0.0.1", port: 0 });
        const udp = await openUdp(t);
        if (connected) await udp.connect(peer.address);
        const to = connected ? undefined : peer.address;
        const waiting = settles(udp.receive());
        await rejects(udp.send(new Uint8Array(65_508), to), {
          name: "SocketError",
          code: "EMSGSIZE",
          members: { operation: "send" },
        }, "65,508 bytes");
        for (const text of ["one", "two", "three"]) {
          await udp.send(text, to);
          bytesEqual(await next(t, peer), text, "the next datagrams");
        }
        await peer.send("answer", udp.address);
        const received = await t.within(2000, "receive", waiting);
        equal(received.status, "fulfilled", "the receive() that waited meanwhile");
      }
    },
  },
  {
    id: "udp.send/port-zero",
    level: "SHOULD",
    assertion: "Port 0 as a destination is a RangeError, and the socket goes on working",
    source: "POSIX sendto(), EINVAL",
    async run(t) {
      const peer = await t.peer.bind({ host: "127.0.0.1", port: 0 });
      const udp = await openUdp(t);
      await rejects(udp.send("x", { host: "127.0.0.1", port: 0 }), { name: "RangeError" }, "send to port 0");
      await udp.send("next", peer.address);
      bytesEqual(await next(t, peer), "next", "the next datagram");
    },
  },
  {
    id: "udp.send/unspecified-dest",
    level: "INFO",
    assertion: "What becomes of a datagram to 0.0.0.0",
    source: "RFC 1122 §3.2.1.3",
    async run(t) {
      const peer = await t.peer.bind({ host: "127.0.0.1", port: 0 });
      const udp = await openUdp(t);
      const sent = await settles(udp.send("anyone", { host: "0.0.0.0", port: peer.address.port }));
      await udp.send("end", peer.address);
      const first = new TextDecoder().decode(await next(t, peer));
      t.info(sent.status === "rejected" ? String(sent.reason.code) : first === "anyone" ? "reaches 127.0.0.1" : "lost");
    },
  },
  {
    id: "udp.send/no-dest",
    level: "MUST",
    assertion: "Without a destination an unconnected socket says EDESTADDRREQ",
    source: "POSIX send(), EDESTADDRREQ",
    async run(t) {
      const udp = await openUdp(t);
      await rejects(
        udp.send("x"),
        { name: "SocketError", code: "EDESTADDRREQ", members: { operation: "send" } },
        "send without destination",
      );
    },
  },
  {
    id: "udp.send/broadcast-denied",
    level: "SHOULD",
    assertion: "Broadcast is off by default: a broadcast address is EACCES",
    source: "Linux ip(7), SO_BROADCAST",
    async run(t) {
      const udp = await openUdp(t);
      for (const host of ["127.255.255.255", "255.255.255.255"]) {
        await rejects(udp.send("x", { host, port: 9 }), { name: "SocketError", code: "EACCES" }, `send to ${host}`);
      }
      udp.setOption("broadcast", true);
      udp.setOption("broadcast", false);
      await rejects(
        udp.send("x", { host: "127.255.255.255", port: 9 }),
        { code: "EACCES" },
        "send after the option was switched off again",
      );
    },
  },
  {
    id: "udp.send/broadcast-allowed",
    level: "SHOULD",
    assertion: "With the broadcast option, given to bind() or set later, a directed broadcast arrives",
    source: "RFC 919; Linux ip(7), SO_BROADCAST",
    async run(t) {
      const peer = await t.peer.bind({ host: "0.0.0.0", port: 0 });
      const to = { host: "127.255.255.255", port: peer.address.port };
      const given = await openUdp(t, { host: "127.0.0.1", broadcast: true });
      await given.send("given", to);
      bytesEqual(await next(t, peer), "given", "broadcast with the option of bind()");
      const set = await openUdp(t);
      set.setOption("broadcast", true);
      await set.send("set", to);
      bytesEqual(await next(t, peer), "set", "broadcast with the option set later");
    },
  },
  {
    id: "udp.send/order",
    level: "SHOULD",
    assertion: "Datagrams of one sender, sent without waiting, arrive over loopback in the order of the calls",
    source: "omnisock guarantee Datagrams",
    async run(t) {
      const peer = await t.peer.bind({ host: "127.0.0.1", port: 0 });
      const udp = await openUdp(t);
      const sent = Array.from({ length: 50 }, (_, i) => udp.send(`datagram ${i}`, peer.address));
      await t.within(2000, "50 sends", Promise.all(sent));
      for (let i = 0; i < 50; i++) bytesEqual(await next(t, peer), `datagram ${i}`, `place ${i}`);
    },
  },
  {
    id: "udp.send/buffer-copy",
    level: "MUST",
    assertion:
      "A buffer is the caller's again when send() has resolved: changing it then changes nothing that was sent",
    source: "omnisock guarantee 2",
    async run(t) {
      const peer = await t.peer.bind({ host: "127.0.0.1", port: 0 });
      const udp = await openUdp(t);
      const buffer = new Uint8Array(1000);
      for (let i = 1; i <= 5; i++) {
        buffer.fill(i);
        await udp.send(buffer, peer.address);
      }
      buffer.fill(255);
      for (let i = 1; i <= 5; i++) bytesEqual(await next(t, peer), new Uint8Array(1000).fill(i), `datagram ${i}`);
    },
  },
];
