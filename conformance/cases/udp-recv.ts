/** Receiving datagrams: boundaries, senders, waiting calls, and the bounded queue. */
import type { Case } from "../harness/case.js";
import { bytesEqual, equal, ok, rejects, settles } from "../harness/expect.js";
import { openUdp } from "../harness/udp.js";

export const cases: readonly Case[] = [
  {
    id: "udp.recv/one-per-read",
    level: "MUST",
    assertion: "Datagrams that wait together are received one by one, in order and with their boundaries",
    source: "RFC 768; Linux udp(7)",
    async run(t) {
      const udp = await openUdp(t);
      const peer = await t.peer.bind({ host: "127.0.0.1", port: 0 });
      const lengths = [1, 100, 0, 1400, 3];
      for (const length of lengths) await peer.send(new Uint8Array(length).fill(length), udp.address);
      for (const length of lengths) {
        const { data, truncated } = await t.within(2000, "receive", udp.receive());
        bytesEqual(data, new Uint8Array(length).fill(length), `datagram of ${length} bytes`);
        equal(truncated, false, "truncated");
      }
    },
  },
  {
    id: "udp.recv/source-addr",
    level: "MUST",
    assertion: "Each datagram comes with the address and port of its own sender",
    source: "POSIX recvfrom(); RFC 1122 §4.1.3.5",
    async run(t) {
      const udp = await openUdp(t);
      for (let i = 0; i < 3; i++) {
        const peer = await t.peer.bind({ host: "127.0.0.1", port: 0 });
        await peer.send("x", udp.address);
        const { from } = await t.within(2000, "receive", udp.receive());
        equal(from, { family: "ipv4", ...peer.address }, "sender");
      }
    },
  },
  {
    id: "udp.recv/zero-length-recv",
    level: "MUST",
    assertion: "An empty datagram is received as an empty one; it is neither left out nor taken for an end",
    source: "RFC 768",
    async run(t) {
      const udp = await openUdp(t);
      const peer = await t.peer.bind({ host: "127.0.0.1", port: 0 });
      await peer.send("", udp.address);
      await peer.send("after", udp.address);
      const empty = await t.within(2000, "receive", udp.receive());
      bytesEqual(empty.data, "", "empty datagram");
      equal(empty.from.port, peer.address.port, "its sender's port");
      bytesEqual((await t.within(2000, "receive", udp.receive())).data, "after", "the datagram after it");
    },
  },
  {
    id: "udp.recv/waiters-in-order",
    level: "MUST",
    assertion: "Several receive() calls may wait; each gets a datagram of its own, in order of the calls",
    source: "omnisock receive()",
    async run(t) {
      const udp = await openUdp(t);
      const peer = await t.peer.bind({ host: "127.0.0.1", port: 0 });
      const waiting = [udp.receive(), udp.receive(), udp.receive()];
      for (const text of ["first", "second", "third"]) await peer.send(text, udp.address);
      const received = await t.within(2000, "three receives", Promise.all(waiting));
      equal(
        received.map(({ data }) => new TextDecoder().decode(data)),
        ["first", "second", "third"],
        "datagrams by call",
      );
    },
  },
  {
    id: "udp.recv/abort-loses-nothing",
    level: "MUST",
    assertion: "A receive() that is aborted or times out rejects, and the next datagram goes to the next call",
    source: "omnisock guarantee 8",
    async run(t) {
      const udp = await openUdp(t);
      const peer = await t.peer.bind({ host: "127.0.0.1", port: 0 });
      const controller = new AbortController();
      const reason = new Error("enough");
      const aborted = rejects(udp.receive({ signal: controller.signal }), { value: reason }, "aborted receive");
      const expired = rejects(udp.receive({ timeout: 20 }), {
        name: "SocketError",
        code: "ETIMEDOUT",
        members: { operation: "receive" },
      }, "receive with a timeout");
      const patient = udp.receive();
      controller.abort(reason);
      await t.within(2000, "aborted receive", aborted);
      await t.within(2000, "expired receive", expired);
      await peer.send("kept", udp.address);
      bytesEqual((await t.within(2000, "patient receive", patient)).data, "kept", "what the patient call got");
      await peer.send("there", udp.address);
      await t.within(2000, "receive", udp.receive());
      await peer.send("waits", udp.address);
      await rejects(
        udp.receive({ signal: AbortSignal.abort(reason) }),
        { value: reason },
        "receive with an aborted signal",
      );
      bytesEqual((await t.within(2000, "receive", udp.receive())).data, "waits", "what was there meanwhile");
    },
  },
  {
    id: "udp.recv/close-wakes",
    level: "MUST",
    assertion: "close() rejects every waiting receive() with ECANCELED and ends an iteration; later calls say EBADF",
    source: "omnisock close()",
    async run(t) {
      const udp = await openUdp(t);
      const peer = await t.peer.bind({ host: "127.0.0.1", port: 0 });
      const waiting = [udp.receive(), udp.receive({ timeout: 5000 })].map(settles);
      await t.within(2000, "close", udp.close());
      for (const one of waiting) {
        const end = await t.within(1000, "the waiting receive", one);
        equal(end.status === "rejected" ? end.reason.code : end.status, "ECANCELED", "a receive that waited");
      }
      await rejects(udp.receive(), { name: "SocketError", code: "EBADF" }, "a receive after close()");

      const iterated = await openUdp(t);
      await peer.send("one", iterated.address);
      let count = 0;
      const loop = (async () => {
        for await (const { data } of iterated) {
          bytesEqual(data, "one", "the datagram of the loop");
          count++;
          setTimeout(() => iterated.close(), 10);
        }
      })();
      await t.within(2000, "the end of the loop", loop);
      equal(count, 1, "datagrams of the loop");
    },
  },
  {
    id: "udp.recv/queue-bounded",
    level: "SHOULD",
    assertion:
      "Datagrams beyond receiveQueueSize are dropped and counted; the oldest stay, and what is taken makes room again",
    source: "RFC 8085 §3.3; omnisock guarantee Datagrams",
    async run(t) {
      const udp = await openUdp(t, { host: "127.0.0.1", receiveQueueSize: 10_000 });
      const peer = await t.peer.bind({ host: "127.0.0.1", port: 0 });
      for (let round = 1; round <= 2; round++) {
        for (let i = 0; i < 20; i++) await peer.send(new Uint8Array(4000).fill(i), udp.address);
        await t.until(2000, `18 of 20 datagrams are dropped, round ${round}`, () => udp.dropped === round * 18);
        for (let i = 0; i < 2; i++) {
          const { data } = await t.within(2000, "receive", udp.receive());
          bytesEqual(data, new Uint8Array(4000).fill(i), `datagram ${i} of the queue, round ${round}`);
        }
        await rejects(udp.receive({ timeout: 5 }), { code: "ETIMEDOUT" }, "a third datagram");
      }
    },
  },
  {
    id: "udp.recv/no-starvation",
    level: "SHOULD",
    assertion: "A flood of datagrams starves no timer: while thousands arrive, none is late by a second",
    source: "omnisock: the event loop turns",
    env: ["process"],
    deadline: 20_000,
    async run(t) {
      const udp = await openUdp(t);
      const flood = await t.start("flood", { args: [String(udp.address.port)] });
      equal(await t.within(8_000, "the flood", flood.line()), "flooding", "first line of the program");
      let received = 0;
      const receiving = settles((async () => {
        for await (const _ of udp) received++;
      })());
      let [turns, late, last] = [0, 0, performance.now()];
      await t.until(5_000, "5,000 datagrams and 10 timers", () => {
        late = Math.max(late, performance.now() - last - 5);
        last = performance.now();
        return ++turns > 10 && received + udp.dropped > 5_000;
      });
      await flood.signal("SIGKILL");
      await t.within(2000, "close", udp.close());
      await t.within(2000, "the end of the iteration", receiving);
      ok(late < 1_000, `a timer of 5 ms came ${Math.round(late)} ms late`);
    },
  },
  {
    id: "udp.recv/fast-close-deliver",
    level: "SHOULD",
    assertion: "Datagrams not taken before close() are never given afterwards",
    source: "omnisock close()",
    async run(t) {
      const udp = await openUdp(t);
      const peer = await t.peer.bind({ host: "127.0.0.1", port: 0 });
      for (let i = 0; i < 5; i++) await peer.send(`${i}`, udp.address);
      bytesEqual((await t.within(2000, "receive", udp.receive())).data, "0", "the datagram taken in time");
      const closing = udp.close();
      const late = await settles(udp.receive());
      equal(late.status === "rejected" ? late.reason.code : late.status, "EBADF", "receive during close()");
      await t.within(2000, "close", closing);
      await rejects(udp.receive(), { code: "EBADF" }, "receive after close()");
      let given = false;
      for await (const _ of udp) given = true;
      ok(!given, "an iteration that begins after close() gives nothing");
    },
  },
];
