/** Options given at opening, as they are on the wire: the first packets have them already. */
import type { Feature, TcpConnectOptions } from "omnisock";

import type { Case, Context } from "../harness/case.js";
import { bytesEqual, equal, ok } from "../harness/expect.js";
import type { Segment } from "../harness/network.js";
import { distinct, has, openings, recorded } from "../harness/segments.js";
import { endpoint, listening, loopbacks, peerListener, soon } from "../harness/tcp.js";
import { staysPending } from "../harness/traffic.js";

/** The library's own SYN, of a connection with these options. */
async function synOf(t: Context, host: string, options: Partial<TcpConnectOptions>): Promise<Segment> {
  const { listener, at } = await peerListener(t, host);
  const capture = await t.network.capture({ port: at.port });
  const conn = await t.within(soon, "connect", t.sockets.connect({ ...options, ...at }));
  t.defer(() => conn.close({ timeout: 200 }));
  await listener.accept();
  const [syn] = await recorded(t, capture, "the SYN", 1, (segment) => openings([segment]).length > 0);
  ok(syn !== undefined, "a SYN");
  return syn;
}

/** The SYN-ACK of a listener of the library. */
async function answerOf(t: Context, host: string, options: object): Promise<Segment> {
  const server = await listening(t, { host, ...options });
  const capture = await t.network.capture({ port: server.address.port });
  await t.peer.connect(endpoint(server.address));
  const [answer] = await recorded(t, capture, "the SYN-ACK", 1, (segment) => has(segment, "SYN", "ACK"));
  ok(answer !== undefined, "a SYN-ACK");
  return answer;
}

/** Values of the options that cases here need. */
const values: Readonly<Record<string, unknown>> = {
  recvBufferSize: 8_000,
  maxSegment: 1_000,
  ttl: 33,
  typeOfService: 16,
  deferAccept: 3_000,
  fastOpenConnect: true,
};

/** Where options are not read there is no libc, and what a runtime sets it sets when the first packets are gone. */
function needing(...options: readonly string[]): Pick<Case, "needs" | "refusal" | "env"> {
  return {
    env: ["netns", "kernel"],
    needs: [...options.map((option) => `tcp.${option}` as Feature), "options.early", "options.read"],
    async refusal(t) {
      const given = Object.fromEntries(options.map((option) => [option, values[option]]));
      return (await listening(t, given)).getOption("noDelay");
    },
  };
}

export const cases: readonly Case[] = [
  {
    id: "options/wire-window-scale",
    level: "MUST",
    assertion:
      "recvBufferSize given to connect() and listen() precedes the handshake: window and window scale of SYN and SYN-ACK are those of a small buffer",
    source: "Linux tcp(7), SO_RCVBUF; RFC 7323 §2.3",
    ...needing("recvBufferSize"),
    async run(t) {
      for (const host of await loopbacks(t)) {
        for (const [what, of] of [["SYN", synOf], ["SYN-ACK", answerOf]] as const) {
          const usual = await of(t, host, {});
          const small = await of(t, host, { recvBufferSize: 8_000 });
          ok((usual.windowScale ?? 0) > 0, `the usual ${what} at ${host} scales its window`);
          equal(small.windowScale, 0, `window scale of the ${what} at ${host}`);
          ok(small.window <= 16_000, `window of the ${what} at ${host}, ${small.window}, is that of the buffer`);
        }
      }
    },
  },
  {
    id: "options/wire-mss",
    level: "MUST",
    assertion: "maxSegment given to connect() and listen() is the MSS of SYN and SYN-ACK",
    source: "RFC 9293 §3.7.1; Linux tcp(7), TCP_MAXSEG",
    ...needing("maxSegment"),
    async run(t) {
      for (const host of await loopbacks(t)) {
        for (const [what, of] of [["SYN", synOf], ["SYN-ACK", answerOf]] as const) {
          ok((await of(t, host, {})).maxSegment !== 1_000, `the usual MSS of the ${what} is another`);
          equal((await of(t, host, { maxSegment: 1_000 })).maxSegment, 1_000, `MSS of the ${what} at ${host}`);
        }
      }
    },
  },
  {
    id: "options/wire-ttl",
    level: "MUST",
    assertion: "ttl given to connect() is that of the SYN itself, on IPv4 and IPv6; given to listen(), of the SYN-ACK",
    source: "RFC 9293 §3.9.2, MUST-49; Linux ip(7)",
    ...needing("ttl"),
    async run(t) {
      for (const host of await loopbacks(t)) {
        for (const [what, of] of [["SYN", synOf], ["SYN-ACK", answerOf]] as const) {
          ok((await of(t, host, {})).ttl !== 33, `the usual TTL of the ${what} is another`);
          equal((await of(t, host, { ttl: 33 })).ttl, 33, `TTL of the ${what} at ${host}`);
        }
      }
    },
  },
  {
    id: "options/wire-tos",
    level: "MUST",
    assertion:
      "typeOfService given to connect() is that of the SYN itself, on IPv4 and IPv6; given to listen(), of the SYN-ACK",
    source: "RFC 9293 §3.9.2, MUST-48; RFC 2474",
    ...needing("typeOfService"),
    async run(t) {
      for (const host of await loopbacks(t)) {
        for (const [what, of] of [["SYN", synOf], ["SYN-ACK", answerOf]] as const) {
          equal((await of(t, host, {})).tos, 0, `the usual TOS of the ${what}`);
          equal((await of(t, host, { typeOfService: 16 })).tos, 16, `TOS of the ${what} at ${host}`);
        }
      }
    },
  },
  {
    id: "options/wire-defer-accept",
    level: "MUST",
    assertion:
      "With deferAccept a connection is accepted when its first bytes are there and not before; without it at once",
    source: "Linux tcp(7), TCP_DEFER_ACCEPT",
    ...needing("deferAccept"),
    async run(t) {
      const plain = await listening(t);
      await t.peer.connect(endpoint(plain.address));
      await t.within(soon, "accept without deferAccept", plain.accept());
      const server = await listening(t, { deferAccept: 10_000 });
      const capture = await t.network.capture({ port: server.address.port });
      const far = await t.peer.connect(endpoint(server.address));
      const accepting = server.accept();
      ok(await staysPending(accepting, 200), "nothing is accepted before the first bytes");
      const handshake = distinct(await capture.segments());
      equal(handshake.filter((segment) => segment.length > 0), [], "segments with bytes until then");
      await far.send("hello");
      const conn = await t.within(soon, "accept", accepting);
      t.defer(() => conn.close({ timeout: 200 }));
      bytesEqual(await t.within(soon, "read", conn.read()), "hello", "what came");
    },
  },
  {
    id: "options/wire-fast-open",
    level: "SHOULD",
    assertion: "fastOpenConnect asks for a Fast Open cookie in the SYN; without it the SYN does not",
    source: "RFC 7413 §4.1.2; Linux tcp(7), TCP_FASTOPEN_CONNECT",
    ...needing("fastOpenConnect"),
    async run(t) {
      // Both sides; the namespace is the case's own.
      await t.network.sysctl("net.ipv4.tcp_fastopen", 3);
      equal((await synOf(t, "127.0.0.1", {})).fastOpen, undefined, "Fast Open in the usual SYN");
      equal((await synOf(t, "127.0.0.1", { fastOpenConnect: true })).fastOpen, true, "Fast Open in the SYN");
    },
  },
  {
    id: "options/wire-both-families",
    level: "MUST",
    assertion:
      "ttl and typeOfService of a dual-stack listener hold for its IPv4 connections as for those over IPv6, on the wire",
    source: "RFC 4038 §4.2; Linux ip(7), ipv6(7)",
    ...needing("ttl", "typeOfService"),
    async run(t) {
      for (const host of await loopbacks(t)) {
        const server = await t.within(
          soon,
          "listen",
          t.sockets.listen({ host: "::", ttl: 33, typeOfService: 16 }),
        );
        t.defer(() => server.close());
        const capture = await t.network.capture({ port: server.address.port });
        await t.peer.connect({ host, port: server.address.port });
        const [answer] = await recorded(t, capture, "the SYN-ACK", 1, (segment) => has(segment, "SYN", "ACK"));
        equal([answer?.ttl, answer?.tos], [33, 16], `TTL and TOS of the SYN-ACK at ${host}`);
        const conn = await t.within(soon, "accept", server.accept());
        t.defer(() => conn.close({ timeout: 200 }));
        await t.within(soon, "write", conn.write("x"));
        const [data] = await recorded(
          t,
          capture,
          "the bytes",
          1,
          (segment) => segment.length > 0 && segment.from.port === server.address.port,
        );
        equal([data?.ttl, data?.tos], [33, 16], `TTL and TOS of what the connection at ${host} sends`);
      }
    },
  },
];
