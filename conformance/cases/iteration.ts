/** `for await` over connections and UDP sockets, and the ways of reading mixed. */
import type { Case } from "../harness/case.js";
import { bytesEqual, concat, equal, ok, rejects, settles } from "../harness/expect.js";
import { pattern } from "../harness/pattern.js";
import { soon } from "../harness/tcp.js";
import { readToEnd } from "../harness/traffic.js";
import { openUdp } from "../harness/udp.js";
import { everyStream } from "../harness/unix.js";

const host = "127.0.0.1";

export const cases: readonly Case[] = [
  {
    id: "iteration/mixed-reads",
    level: "MUST",
    assertion:
      "read(), readInto(), iteration and the readable stream, taken in turns, give every byte once and in order",
    source: "omnisock guarantees 1 and 4",
    async run(t) {
      for await (const { what, conn, far } of everyStream(t)) {
        const sending = far.send({ length: 300_000, seed: 7 }).then(() => far.shutdown("write"));
        const chunks: Uint8Array[] = [];
        for (let turn = 0; turn < 3; turn++) {
          const buffer = new Uint8Array(1_000);
          const count = await t.within(soon, "readInto", conn.readInto(buffer));
          chunks.push(buffer.subarray(0, count ?? 0));
          const reader = conn.readable.getReader({ mode: "byob" });
          chunks.push((await t.within(soon, "BYOB read", reader.read(new Uint8Array(500)))).value ?? new Uint8Array(0));
          reader.releaseLock();
          for await (const chunk of conn) {
            chunks.push(chunk);
            break;
          }
        }
        chunks.push((await readToEnd(t, conn)).bytes);
        await t.within(soon, "the peer's send", sending);
        bytesEqual(concat(chunks), pattern(7, 300_000), `what was read of ${what}`);
      }
    },
  },
  {
    id: "iteration/connection-break",
    level: "MUST",
    assertion:
      "Leaving a `for await` loop over a connection, by break or by an exception, leaves it open and loses nothing",
    source: "ECMA-262 AsyncIterator; omnisock Connection[Symbol.asyncIterator]",
    async run(t) {
      for await (const { what, conn, far } of everyStream(t)) {
        await far.send("first");
        for await (const chunk of conn) {
          bytesEqual(chunk, "first", `the first chunk of ${what}`);
          break;
        }
        await far.send("second");
        const failure = new Error("thrown in the loop");
        const loop = (async () => {
          for await (const chunk of conn) {
            bytesEqual(chunk, "second", "the second chunk");
            throw failure;
          }
        })();
        await rejects(t.within(soon, "the loop", loop), { value: failure }, "a loop whose body throws");
        await t.within(soon, "write", conn.write("answer"));
        bytesEqual((await far.receive(6)).data, "answer", "what the peer got");
        await far.send("third");
        await far.shutdown("write");
        let rest = "";
        for await (const chunk of conn) rest += new TextDecoder().decode(chunk);
        equal(rest, "third", "what the last loop gave");
      }
    },
  },
  {
    id: "iteration/connection-end",
    level: "MUST",
    assertion:
      "close() while a loop waits ends it with ECANCELED, the peer's reset with ECONNRESET; neither is taken for EOF",
    source: "omnisock guarantees 4 and 6",
    async run(t) {
      for await (const { what, conn, far } of everyStream(t)) {
        const closed = settles(conn[Symbol.asyncIterator]().next());
        await t.within(soon, "close", conn.close());
        const end = await t.within(soon, "the loop", closed);
        equal(end.status === "rejected" && end.reason.code, "ECANCELED", `end of a loop over ${what} under close()`);
        equal((await far.drain()).eof, true, "the peer's EOF");
      }
      for await (const { what, conn, far } of everyStream(t)) {
        if (conn.transport === "unix") continue;
        const broken = settles(conn[Symbol.asyncIterator]().next());
        await far.reset();
        const end = await t.within(soon, "the loop", broken);
        equal(end.status === "rejected" && end.reason.code, "ECONNRESET", `end of a loop over ${what} under a reset`);
      }
    },
  },
  {
    id: "iteration/datagrams",
    level: "MUST",
    assertion:
      "A `for await` loop over a UDP socket can be left and begun again without losing a datagram; close() ends it",
    source: "omnisock DatagramSocket[Symbol.asyncIterator]",
    async run(t) {
      const udp = await openUdp(t, { host });
      const far = await t.peer.bind({ host, port: 0 });
      for (const text of ["one", "two", "three", "four"]) await far.send(text, udp.address);
      const got: string[] = [];
      for (let loop = 0; loop < 2; loop++) {
        const looping = (async () => {
          for await (const { data } of udp) {
            got.push(new TextDecoder().decode(data));
            if (got.length % 2 === 0) break;
          }
        })();
        await t.within(soon, "a loop", looping);
      }
      equal(got, ["one", "two", "three", "four"], "what the loops gave");
      const waiting = udp[Symbol.asyncIterator]().next();
      await t.within(soon, "close", udp.close());
      ok((await t.within(soon, "the loop that waited", waiting)).done, "the loop that waited is done");
    },
  },
];
