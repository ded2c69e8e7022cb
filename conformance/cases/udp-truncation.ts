/** Datagrams longer than what the caller wants of them. */
import type { Case } from "../harness/case.js";
import { bytesEqual, equal, rejects } from "../harness/expect.js";
import { pattern } from "../harness/pattern.js";
import { openUdp } from "../harness/udp.js";

const loopback = { host: "127.0.0.1", port: 0 };

export const cases: readonly Case[] = [
  {
    id: "udp.truncation/full-size",
    level: "MUST",
    assertion: "The largest datagram, 65,507 bytes, is received whole and is not flagged",
    source: "Linux udp(7)",
    async run(t) {
      const [udp, peer] = [await openUdp(t), await t.peer.bind(loopback)];
      await peer.send(pattern(1, 65_507), udp.address);
      const { data, truncated } = await t.within(2000, "receive", udp.receive());
      bytesEqual(data, pattern(1, 65_507), "largest datagram");
      equal(truncated, false, "truncated");
    },
  },
  {
    id: "udp.truncation/default-in-rinfo",
    level: "SHOULD",
    assertion: "data is as long as the datagram, whatever its size, and stays as it was when others are received",
    source: "POSIX recvfrom(); omnisock guarantee Datagrams",
    async run(t) {
      const [udp, peer] = [await openUdp(t), await t.peer.bind(loopback)];
      const sizes = [0, 1, 511, 512, 1_472, 1_473, 9_000, 65_507];
      const received: Uint8Array[] = [];
      for (const size of sizes) {
        await peer.send(pattern(size, size), udp.address);
        const { data, truncated } = await t.within(2000, "receive", udp.receive());
        equal([data.byteLength, truncated], [size, false], `length and flag of ${size} bytes`);
        received.push(data);
      }
      for (const [i, size] of sizes.entries()) {
        bytesEqual(received[i] ?? null, pattern(size, size), `the datagram of ${size} bytes in the end`);
      }
    },
  },
  {
    id: "udp.truncation/gro",
    level: "INFO",
    assertion: "Whether UDP_GRO is on, and whether a burst of 60 datagrams of one size is still given one by one",
    source: "Linux udp(7), UDP_GRO",
    env: ["kernel", "root"],
    async run(t) {
      const [udp, peer] = [await openUdp(t), await t.peer.bind(loopback)];
      const burst = Array.from({ length: 60 }, (_, i) => pattern(i, 1_000));
      await Promise.all(burst.map((data) => peer.send(data, udp.address)));
      for (const [i, sent] of burst.entries()) {
        bytesEqual((await t.within(2000, "receive", udp.receive())).data, sent, `datagram ${i} of the burst`);
      }
      const gro = await t.kernel.option(udp.address.port, { level: "IPPROTO_UDP", name: "UDP_GRO" });
      t.info(`${gro === 0 ? "off" : "on"}, one by one`);
    },
  },
  {
    id: "udp.truncation/flag",
    level: "SHOULD",
    assertion:
      "receive({ maxLength }) keeps the beginning of a longer datagram, flags it, and loses the rest; one that fits is not flagged",
    source: "POSIX recvmsg(), MSG_TRUNC",
    async run(t) {
      const [udp, peer] = [await openUdp(t), await t.peer.bind(loopback)];
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
      const [udp, peer] = [await openUdp(t), await t.peer.bind(loopback)];
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
