/** Errors and the end of UDP sockets: what one peer, one bad call or close() may do, and what not. */
import type { Case, Context } from "../harness/case.js";
import { bytesEqual, equal, ok, refuses, rejects, settles, show } from "../harness/expect.js";
import { openUdp } from "../harness/udp.js";

const loopback = { host: "127.0.0.1", port: 0 };

async function freePort(t: Context): Promise<number> {
  const probe = await t.peer.bind(loopback);
  await probe.close();
  return probe.address.port;
}

export const cases: readonly Case[] = [
  {
    id: "udp.errors/unconnected-icmp",
    level: "INFO",
    assertion: "What an unconnected socket reports after a datagram to a closed port",
    source: "RFC 1122 §4.1.3.3; Linux udp(7)",
    async run(t) {
      const udp = await openUdp(t);
      await udp.send("x", { host: "127.0.0.1", port: await freePort(t) });
      const received = await settles(udp.receive({ timeout: 60 }));
      const sent = await settles(udp.send("x", { host: "127.0.0.1", port: await freePort(t) }));
      const codes = [received, sent].flatMap((end) => end.status === "rejected" ? [end.reason.code] : []);
      t.info(codes.includes("ECONNREFUSED") ? "ECONNREFUSED" : "nothing");
    },
  },
  {
    id: "udp.errors/bad-peer-harmless",
    level: "MUST",
    assertion:
      "Datagrams to closed ports in between neither lose one to a good peer nor surface as an error on an unconnected socket",
    source: "omnisock guarantee Datagrams",
    async run(t) {
      const udp = await openUdp(t);
      const good = await t.peer.bind(loopback);
      const closed = { host: "127.0.0.1", port: await freePort(t) };
      for (let i = 0; i < 20; i++) {
        await udp.send("nobody", closed);
        await udp.send(`good ${i}`, good.address);
        const { data } = await t.within(2000, "the peer's receive", good.receive());
        bytesEqual(data, `good ${i}`, "datagram at the good peer");
      }
      const waiting = settles(udp.receive());
      for (let i = 0; i < 5; i++) await udp.send("nobody", closed);
      await good.send("answer", udp.address);
      const received = await t.within(2000, "receive", waiting);
      equal(
        received.status === "rejected" ? received.reason.code : received.status,
        "fulfilled",
        "the receive that waited",
      );
    },
  },
  {
    id: "udp.errors/no-handler-survives",
    level: "MUST",
    assertion: "Refusals that nobody waits for, on a connected and on an unconnected socket, leave the process alone",
    source: "RFC 8085 §5.2",
    env: ["process"],
    async run(t) {
      const port = await freePort(t);
      const result = await t.run("udp-unheard", { args: [String(port)] });
      equal([result.code, result.stderr, result.stdout], [0, "", "survived\n"], "exit code, stderr and stdout");
    },
  },
  {
    id: "udp.errors/send-after-close",
    level: "MUST",
    assertion: "After close() every call says EBADF, while address, dropped and closed can still be asked",
    source: "omnisock close(); POSIX EBADF",
    async run(t) {
      const udp = await openUdp(t);
      const { address } = udp;
      await udp.close();
      const closed = { name: "SocketError", code: "EBADF" };
      await rejects(udp.send("x", { host: "127.0.0.1", port: 9 }), closed, "send");
      await rejects(udp.send("x"), closed, "send without destination");
      await rejects(udp.receive(), closed, "receive");
      await rejects(udp.disconnect(), closed, "disconnect");
      await refuses(() => udp.setOption("broadcast", true), closed, "setOption");
      if (t.sockets.supports("udp.connect").supported) {
        await rejects(udp.connect({ host: "127.0.0.1", port: 9 }), closed, "connect");
      }
      if (t.sockets.supports("udp.multicast").supported) await refuses(() => udp.join("239.1.2.3"), closed, "join");
      equal([udp.address, udp.dropped, udp.remoteAddress], [address, 0, undefined], "what can still be asked");
      await t.within(1000, "closed", udp.closed);
    },
  },
  {
    id: "udp.errors/callback-once",
    level: "MUST",
    assertion:
      "Every send() settles, and as its own datagram fared: sent, too long, without a destination, or under a close()",
    source: "POSIX sendto(); omnisock send()",
    async run(t) {
      const udp = await openUdp(t);
      const peer = await t.peer.bind({ host: "127.0.0.1", port: 0 });
      const calls: readonly (readonly [() => Promise<void>, string])[] = [
        [() => udp.send("x", peer.address), "sent"],
        [() => udp.send(new Uint8Array(70_000), peer.address), "EMSGSIZE"],
        [() => udp.send("x"), "EDESTADDRREQ"],
        [() => udp.send("x", { host: "127.0.0.1", port: 0 }), "RangeError"],
      ];
      const fates = Array.from({ length: 100 }, (_, i) => {
        const [send, expected] = calls[i % calls.length] ?? calls[0] as typeof calls[number];
        return { sending: settles(send()), expected };
      });
      for (const { sending, expected } of fates) {
        const end = await t.within(2000, "send", sending);
        equal(
          end.status === "fulfilled" ? "sent" : end.reason.code ?? end.reason.name,
          expected,
          "what became of a send",
        );
      }
      for (let i = 0; i < 25; i++) bytesEqual((await peer.receive()).data, "x", `datagram ${i} at the peer`);
      const late = Array.from({ length: 20 }, () => settles(udp.send("late", peer.address)));
      const closing = udp.close();
      for (const end of await t.within(2000, "the sends under close()", Promise.all(late))) {
        ok(end.status === "fulfilled" || end.reason.code === "ECANCELED", `a send under close(): ${show(end)}`);
      }
      await t.within(2000, "close", closing);
    },
  },
  {
    id: "udp.errors/close-idempotent",
    level: "SHOULD",
    assertion: "close(), repeated at once, later, and by disposal, resolves each time",
    source: "omnisock close()",
    async run(t) {
      const udp = await openUdp(t);
      await t.within(2000, "two closes at once", Promise.all([udp.close(), udp.close()]));
      await t.within(2000, "a close later", udp.close());
      await t.within(2000, "disposal", udp[Symbol.asyncDispose]());
      udp.ref().unref();
    },
  },
  {
    id: "udp.errors/close-callback-last",
    level: "SHOULD",
    assertion: "closed settles last: after the rejection of the calls that waited",
    source: "omnisock closed",
    async run(t) {
      const udp = await openUdp(t);
      const order: string[] = [];
      const receiving = udp.receive().catch(() => order.push("receive"));
      const closed = udp.closed.then(() => order.push("closed"));
      void udp.close();
      await t.within(2000, "the end", Promise.all([receiving, closed]));
      equal(order, ["receive", "closed"], "order of the ends");
    },
  },
  {
    id: "udp.errors/bad-args",
    level: "MUST",
    surface: "omnisock",
    assertion:
      "Wrong payloads and destinations are TypeError or RangeError, nothing is sent for them, and the socket goes on",
    source: "omnisock errors",
    async run(t) {
      const udp = await openUdp(t);
      const peer = await t.peer.bind(loopback);
      const { host, port } = peer.address;
      const send = (data: unknown, to: unknown): Promise<void> =>
        udp.send(data as string, to as { host: string; port: number });
      const detached = new Uint8Array(8);
      structuredClone(detached.buffer, { transfer: [detached.buffer] });
      for (
        const data of [
          undefined,
          null,
          1,
          {},
          ["x"],
          new ArrayBuffer(1),
          new DataView(new ArrayBuffer(1)),
          new Uint16Array(1),
          detached,
        ]
      ) {
        await rejects(send(data, { host, port }), { name: "TypeError" }, "send of a wrong payload");
      }
      for (
        const to of [null, 1, "127.0.0.1", [host, port], {}, { host }, { port }, { host, port: String(port) }, {
          host: 1,
          port,
        }, { host, port, extra: 1 }]
      ) {
        await rejects(send("x", to), { name: "TypeError" }, "send to a wrong destination");
      }
      for (
        const to of [
          { host, port: -1 },
          { host, port: 0 },
          { host, port: 65_536 },
          { host, port: 1.5 },
          { host, port: NaN },
          { host: "", port },
          { host: "[::1]", port },
          { host: "a\0b", port },
        ]
      ) {
        await rejects(send("x", to), { name: "RangeError" }, "send to a destination out of range");
      }
      await udp.send("right", peer.address);
      bytesEqual(
        (await t.within(2000, "the peer's receive", peer.receive())).data,
        "right",
        "first datagram at the peer",
      );
    },
  },
  {
    id: "udp.errors/lookup-fail-send",
    level: "MUST",
    assertion: "A destination whose name does not resolve rejects that send() with the name's error only",
    source: "omnisock errors",
    async run(t) {
      const udp = await openUdp(t);
      const peer = await t.peer.bind(loopback);
      const failed = udp.send("x", { host: "no-such-host.invalid", port: 9 });
      // Without a name server the resolver cannot tell and says EAI_AGAIN.
      await rejects(
        t.within(4000, "send", failed),
        { name: "SocketError", code: ["ENOTFOUND", "EAI_AGAIN"] },
        "send to a name that does not resolve",
      );
      await udp.send("next", peer.address);
      bytesEqual((await t.within(2000, "the peer's receive", peer.receive())).data, "next", "the next datagram");
    },
  },
  {
    id: "udp.errors/abort-signal",
    level: "SHOULD",
    assertion: "The signal given to bind() closes the socket later: waiting calls end and the port is free",
    source: "omnisock bind()",
    async run(t) {
      const controller = new AbortController();
      const udp = await t.sockets.bind({ host: "127.0.0.1", signal: controller.signal });
      const { port } = udp.address;
      const waiting = settles(udp.receive());
      controller.abort();
      await t.within(2000, "closed", udp.closed);
      equal((await t.within(1000, "the waiting receive", waiting)).status, "rejected", "the receive that waited");
      const peer = await t.peer.bind({ host: "127.0.0.1", port });
      ok(peer.address.port === port, "the peer has the port");
      const late = t.sockets.bind({ host: "127.0.0.1", signal: AbortSignal.abort(new Error("before")) });
      await rejects(late, { message: "before" }, "bind with an aborted signal");
    },
  },
];
