/** Datagrams longer than what the caller wants of them. */
import type { DatagramSocket } from "omnisock";

import type { Case, Context } from "../harness/case.js";
import { bytesEqual, equal, rejects } from "../harness/expect.js";
import { pattern } from "../harness/pattern.js";

const loopback = { host: "127.0.0.1", port: 0 };

async function open(t: Context): Promise<DatagramSocket> {
  const udp = await t.within(2000, "bind", t.sockets.bind({ host: "127.0.0.1" }));
  t.defer(() => udp.close());
  return udp;
}

export const cases: readonly Case[] = [
  {
    id: "udp.truncation/full-size",
    level: "MUST",
    assertion: "The largest datagram, 65,507 bytes, is received whole and is not flagged",
    source: "Linux udp(7)",
    async run(t) {
      const [udp, peer] = [await open(t), await t.peer.bind(loopback)];
      await peer.send(pattern(1, 65_507), udp.address);
      const { data, truncated } = await t.within(2000, "receive", udp.receive());
      bytesEqual(data, pattern(1, 65_507), "largest datagram");
      equal(truncated, false, "truncated");
    },
  },
  {
    id: "udp.truncation/flag",
    level: "SHOULD",
    assertion:
      "receive({ maxLength }) keeps the beginning of a longer datagram, flags it, and loses the rest; one that fits is not flagged",
    source: "POSIX recvmsg(), MSG_TRUNC",
    async run(t) {
      const [udp, peer] = [await open(t), await t.peer.bind(loopback)];
      for (const text of ["0123456789", "0123", "next"]) await peer.send(text, udp.address);
      const long = await t.within(2000, "receive", udp.receive({ maxLength: 4 }));
      bytesEqual(long.data, "0123", "beginning of the long datagram");
      equal([long.truncated, long.from.port], [true, peer.address.port], "flag and sender of the long datagram");
      const fitting = await t.within(2000, "receive", udp.receive({ maxLength: 4 }));
      bytesEqual(fitting.data, "0123", "datagram that fits");
      equal(fitting.truncated, false, "flag of the datagram that fits");
      bytesEqual((await t.within(2000, "receive", udp.receive())).data, "next", "datagram after them");
    },
  },
  {
    id: "udp.truncation/zero-buffer",
    level: "SHOULD",
    assertion:
      "receive({ maxLength: 0 }) takes exactly one datagram; a negative or broken length is a RangeError and takes none",
    source: "POSIX recv()",
    async run(t) {
      const [udp, peer] = [await open(t), await t.peer.bind(loopback)];
      for (const text of ["first", "", "third"]) await peer.send(text, udp.address);
      for (const maxLength of [-1, 1.5, NaN]) {
        await rejects(udp.receive({ maxLength }), { name: "RangeError" }, `maxLength ${maxLength}`);
      }
      const first = await t.within(2000, "receive", udp.receive({ maxLength: 0 }));
      equal([first.data.byteLength, first.truncated], [0, true], "length and flag of the first");
      const second = await t.within(2000, "receive", udp.receive({ maxLength: 0 }));
      equal([second.data.byteLength, second.truncated], [0, false], "length and flag of the empty one");
      bytesEqual((await t.within(2000, "receive", udp.receive())).data, "third", "the third");
    },
  },
];
