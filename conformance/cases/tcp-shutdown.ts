/** Half-close: each direction ends by itself, and what was written before arrives. */
import type { Case } from "../harness/case.js";
import { bytesEqual, equal, ok, rejects } from "../harness/expect.js";
import { pattern } from "../harness/pattern.js";
import { bothRoles, listening, soon } from "../harness/tcp.js";
import {
  beyondKernel,
  ends,
  kernelRows,
  MiB,
  readExactly,
  readToEnd,
  sha256,
  staysPending,
} from "../harness/traffic.js";

export const cases: readonly Case[] = [
  {
    id: "tcp.shutdown/wr-no-data-loss",
    level: "MUST",
    assertion:
      'shutdown("write") right after 32 MiB of writes that nobody awaited loses nothing, though the peer begins to read late',
    source: "RFC 9293 §3.9.1.4; omnisock guarantee 1",
    deadline: 15_000,
    async run(t) {
      for (const role of bothRoles) {
        const { conn, far } = await ends(t, role);
        const data = pattern(1, 32 * MiB);
        for (let i = 0; i < 1000; i += 10) void conn.write(data.subarray(i, i + 10));
        void conn.write(data.subarray(1000));
        const shutdown = conn.shutdown("write");
        ok(await staysPending(shutdown), "shutdown waits for the bytes before it");
        const first = await far.receive(1000);
        bytesEqual(first.data, data.subarray(0, 1000), "the first bytes at the peer");
        const rest = await far.drain();
        equal(
          [rest.bytes, rest.eof, rest.sha256],
          [data.byteLength - 1000, true, sha256(data.subarray(1000))],
          `bytes, EOF and digest of what the ${role} wrote`,
        );
        await t.within(soon, "shutdown", shutdown);
      }
    },
  },
  {
    id: "tcp.shutdown/wr-keeps-read",
    level: "MUST",
    assertion: 'After shutdown("write") the peer sees EOF, and what it sends then is read until its own FIN',
    source: "RFC 9293 §3.6.1; omnisock guarantee 5",
    async run(t) {
      for (const role of bothRoles) {
        const { conn, far } = await ends(t, role);
        await conn.write("request");
        await t.within(soon, "shutdown", conn.shutdown("write"));
        const request = await far.drain();
        equal([request.bytes, request.eof], [7, true], "what the peer got before it answers");
        await Promise.all([
          far.send({ length: MiB, seed: 2 }).then(() => far.shutdown("write")),
          readToEnd(t, conn).then(({ bytes, end }) => {
            equal([end, sha256(bytes)], ["EOF", sha256(pattern(2, MiB))], `what the ${role} read after its FIN`);
          }),
        ]);
        await t.within(soon, "closed", conn.closed);
      }
    },
  },
  {
    id: "tcp.shutdown/peer-fin-keeps-write",
    level: "MUST",
    assertion:
      "After the peer's FIN we can go on writing as long and as much as we like, and the peer gets it all, though it reads late",
    source: "RFC 9293 §3.6.1; omnisock guarantee 5",
    async run(t) {
      for (const role of bothRoles) {
        const { conn, far } = await ends(t, role);
        await far.shutdown("write");
        equal(await t.within(soon, "read", conn.read()), null, "a read after the peer's FIN");
        await t.within(soon, "a write", conn.write(pattern(3, 1000)));
        // More than the kernel takes, so that it has to wait for the peer.
        void conn.write(pattern(3, beyondKernel, 1000));
        const shutdown = conn.shutdown("write");
        ok(await staysPending(shutdown), "shutdown waits for the bytes before it");
        const drained = await far.drain();
        equal(
          [drained.eof, drained.bytes],
          [true, 1000 + beyondKernel],
          `EOF and bytes at the peer, of what the ${role} wrote after the peer's FIN`,
        );
        equal(drained.sha256, sha256(pattern(3, 1000 + beyondKernel)), "digest at the peer");
        await t.within(soon, "shutdown", shutdown);
      }
    },
  },
  {
    id: "tcp.shutdown/auto-end-default",
    level: "MUST",
    assertion: "Without any option the peer's FIN does not make us send ours, neither before nor after it is read",
    source: "RFC 9293 §3.6.1; omnisock guarantee 5",
    async run(t) {
      for (const role of bothRoles) {
        const { conn, far } = await ends(t, role);
        await far.shutdown("write");
        const arrival = far.receive(1);
        ok(await staysPending(arrival), "the peer sees no FIN before EOF is read");
        equal(await t.within(soon, "read", conn.read()), null, "a read after the peer's FIN");
        ok(await staysPending(arrival), "the peer sees no FIN after EOF is read");
        await t.within(soon, "write", conn.write("x"));
        bytesEqual((await arrival).data, "x", `what the ${role} wrote`);
      }
    },
  },
  {
    id: "tcp.shutdown/eof-not-close",
    level: "MUST",
    assertion:
      "The peer's FIN leaves the connection open in CLOSE-WAIT; `closed` resolves and the descriptor goes when our FIN is sent too",
    source: "RFC 9293 §3.6 case 2; omnisock guarantees 5 and 7",
    env: ["kernel", "proc"],
    async run(t) {
      for (const role of bothRoles) {
        const { conn, far } = await ends(t, role);
        await far.shutdown("write");
        equal(await t.within(soon, "read", conn.read()), null, "a read after the peer's FIN");
        ok(await staysPending(conn.closed), "closed stays pending");
        const held = (await kernelRows(t, conn)).ours;
        equal([held?.state, held?.own], ["CLOSE_WAIT", true], "the kernel's state, and whether the descriptor is ours");
        await t.within(soon, "shutdown", conn.shutdown("write"));
        await t.within(soon, "closed", conn.closed);
        ok((await kernelRows(t, conn)).ours?.own !== true, "our descriptor is gone when closed has resolved");
        equal((await far.receive(1)).eof, true, "the peer's end");
      }
    },
  },
  {
    id: "tcp.shutdown/idempotent",
    level: "MUST",
    assertion:
      'shutdown("write") again, at the same time or later, resolves and changes nothing: one EOF at the peer, and reading goes on',
    source: "POSIX shutdown()",
    async run(t) {
      for (const role of bothRoles) {
        const { conn, far } = await ends(t, role);
        void conn.write("x");
        await t.within(
          soon,
          "three at once",
          Promise.all([conn.shutdown("write"), conn.shutdown("write"), conn.shutdown("write")]),
        );
        await t.within(soon, "one later", conn.shutdown("write"));
        const drained = await far.drain();
        equal([drained.bytes, drained.eof], [1, true], "bytes and EOF at the peer");
        await far.send("y");
        bytesEqual(await t.within(soon, "read", conn.read()), "y", `what the ${role} reads afterwards`);
        await t.within(soon, "both", conn.shutdown("both"));
        await t.within(soon, "both again", conn.shutdown("both"));
        equal(await t.within(soon, "read", conn.read()), null, "a read after shutdown of both");
      }
    },
  },
  {
    id: "tcp.shutdown/on-listener",
    level: "MUST",
    assertion:
      'A listener has no direction to shut down: shutdown("write") on it is a TypeError, and it goes on listening',
    source: "POSIX shutdown() ENOTCONN",
    async run(t) {
      const server = await listening(t);
      const { host, port } = server.address;
      for (const how of ["write", "read", "both"]) {
        await rejects(
          t.within(soon, "shutdown", server.shutdown(how as never)),
          { name: "TypeError" },
          `shutdown(${how}) of a listener`,
        );
      }
      await t.peer.connect({ host, port });
      const conn = await t.within(soon, "accept", server.accept());
      await rejects(
        t.within(soon, "shutdown", conn.shutdown("all" as never)),
        { name: "TypeError" },
        "shutdown(all) of a connection",
      );
      t.defer(() => conn.close({ timeout: 0 }));
    },
  },
  {
    id: "tcp.shutdown/rd",
    level: "INFO",
    assertion: 'What shutdown("read") does on the wire, and to reads',
    source: "POSIX shutdown(); Linux tcp(7)",
    async run(t) {
      const { conn, far } = await ends(t, "client");
      const pending = conn.read();
      await conn.shutdown("read");
      const read = await t.within(soon, "the pending read", pending);
      const onWire = await staysPending(far.receive(1)) ? "nothing" : "FIN or RST";
      t.info(
        `sends ${onWire}; a pending read gives ${String(read)}, a later one ${
          String(await t.within(soon, "read", conn.read()))
        }`,
      );
    },
  },
  {
    id: "tcp.shutdown/rd-then-peer-data",
    level: "INFO",
    assertion: 'What becomes of bytes that arrive after shutdown("read"), and of the peer that sends them',
    source: "POSIX shutdown(); RFC 9293 §3.9.1.4",
    async run(t) {
      const { conn, far } = await ends(t, "client");
      await far.send("before");
      await conn.shutdown("read");
      if (await staysPending(far.send({ length: 8 * MiB, seed: 1 }), 500)) return t.info("the peer is stopped");
      const read = await t.within(soon, "read", conn.read());
      await conn.write("still here");
      const { data, error } = await far.receive(10);
      const peer = data.byteLength === 10 ? "the peer is neither stopped nor reset" : `the peer gets ${error}`;
      t.info(`${read === null ? "discarded" : "readable"}; ${peer}`);
    },
  },
  {
    id: "tcp.shutdown/simultaneous",
    level: "MUST",
    assertion: "When both ends half-close at once, both see EOF after all bytes and `closed` resolves",
    source: "RFC 9293 §3.6 case 3",
    async run(t) {
      for (const role of bothRoles) {
        const { conn, far } = await ends(t, role);
        await Promise.all([conn.write("ours"), far.send("theirs")]);
        await Promise.all([t.within(soon, "shutdown", conn.shutdown("write")), far.shutdown("write")]);
        const [flow, drained] = await Promise.all([readToEnd(t, conn), far.drain()]);
        bytesEqual(flow.bytes, "theirs", `what the ${role} read`);
        equal([flow.end, drained.bytes, drained.eof], ["EOF", 4, true], "both ends");
        await t.within(soon, "closed", conn.closed);
      }
    },
  },
  {
    id: "tcp.shutdown/close-after-shutdown",
    level: "MUST",
    assertion: 'close() in the turn of shutdown("write"): both settle, and what was written before arrives',
    source: "POSIX close(); omnisock guarantees 1 and 6",
    async run(t) {
      for (const role of bothRoles) {
        const { conn, far } = await ends(t, role);
        void conn.write(pattern(4, MiB));
        const shutdown = conn.shutdown("write");
        const close = conn.close();
        const drained = await far.drain();
        equal(
          [drained.bytes, drained.eof, drained.sha256],
          [MiB, true, sha256(pattern(4, MiB))],
          "bytes, EOF and digest at the peer",
        );
        await t.within(soon, "shutdown", shutdown);
        await t.within(soon, "close", close);
        await t.within(soon, "closed", conn.closed);
      }
    },
  },
  {
    id: "tcp.shutdown/write-pending-then-eof",
    level: "MUST",
    assertion: "A peer that has half-closed while our answer was on its way, as behind a proxy, still gets all of it",
    source: "RFC 9293 §3.6.1; omnisock guarantees 1 and 5",
    async run(t) {
      for (const role of bothRoles) {
        const { conn, far } = await ends(t, role);
        const answer = pattern(5, beyondKernel);
        void conn.write(answer);
        const pending = conn.write("end").then(() => conn.shutdown("write"));
        ok(await staysPending(pending), "the answer waits for the peer");
        await far.send("request");
        await far.shutdown("write");
        const flow = await readToEnd(t, conn);
        bytesEqual(flow.bytes, "request", "what was read while the answer waits");
        equal(flow.end, "EOF", "how it ended");
        const drained = await far.drain();
        equal([drained.bytes, drained.eof], [answer.byteLength + 3, true], "bytes and EOF at the peer");
        equal(drained.sha256, sha256(answer, new TextEncoder().encode("end")), "digest at the peer");
        await t.within(soon, "the writes", pending);
      }
    },
  },
  {
    id: "tcp.shutdown/fin-wait2-orphan",
    level: "INFO",
    assertion: "The kernel's state after close() while the peer does not close",
    source: "Linux tcp(7) tcp_fin_timeout",
    env: ["kernel", "proc"],
    async run(t) {
      const { conn, far } = await ends(t, "client");
      await t.within(soon, "close", conn.close());
      // Until the peer's kernel has acknowledged our FIN, which it may delay.
      await t.until(soon, "an end to FIN_WAIT1", async () => (await kernelRows(t, conn)).ours?.state !== "FIN_WAIT1");
      const row = (await kernelRows(t, conn)).ours;
      equal((await far.receive(1)).eof, true, "EOF at the peer");
      t.info(row === undefined ? "gone" : `${row.state}, descriptor ${row.own ? "held" : "released"}`);
    },
  },
  {
    id: "tcp.shutdown/streams-close",
    level: "SHOULD",
    assertion:
      'Both WHATWG views are half-close correct: closing the writable is shutdown("write"), EOF of the readable leaves the writable open, cancelling it is shutdown("read"), and BYOB reads fill the given view',
    source: "WHATWG Streams §4.2, §5.2; omnisock: readable, writable",
    async run(t) {
      const first = await ends(t, "client");
      const writer = first.conn.writable.getWriter();
      await t.within(
        soon,
        "write",
        Promise.all([writer.write(Uint8Array.of(98, 121)), writer.write(Uint8Array.of(116, 101, 115))]),
      );
      await t.within(soon, "close of the writable", writer.close());
      const drained = await first.far.drain();
      bytesEqual(drained.head, "bytes", "what the peer got");
      equal(drained.eof, true, "the peer's EOF");
      await first.far.send("0123456789");
      const byob = first.conn.readable.getReader({ mode: "byob" });
      const view = new Uint8Array(new ArrayBuffer(8), 2, 4);
      const { value } = await t.within(soon, "BYOB read", byob.read(view));
      bytesEqual(value ?? null, "0123", "a BYOB read after the writable was closed");
      equal(
        [value?.byteOffset, view.byteLength],
        [2, 0],
        "where the bytes are, and what is left of the view that was given",
      );
      await first.far.shutdown("write");
      byob.releaseLock();
      bytesEqual(await readExactly(t, first.conn, 6), "456789", "the rest");
      const last = first.conn.readable.getReader({ mode: "byob" });
      equal((await t.within(soon, "BYOB read at EOF", last.read(new Uint8Array(4)))).done, true, "a BYOB read at EOF");

      const second = await ends(t, "accepted");
      await second.far.send("x");
      await second.far.shutdown("write");
      const reader = second.conn.readable.getReader();
      bytesEqual((await t.within(soon, "read", reader.read())).value ?? null, "x", "the readable's chunk");
      equal((await t.within(soon, "read", reader.read())).done, true, "the readable after the peer's FIN");
      await t.within(soon, "write", second.conn.writable.getWriter().write(new Uint8Array(3)));
      equal((await second.far.receive(3)).data.byteLength, 3, "bytes at the peer after the readable ended");

      const third = await ends(t, "client");
      await t.within(soon, "cancel", third.conn.readable.cancel());
      await third.far.send("nobody reads this");
      equal(await t.within(soon, "read", third.conn.read()), null, "a read after the readable was cancelled");
      await t.within(soon, "write", third.conn.writable.getWriter().write("abc"));
      bytesEqual(
        (await third.far.receive(3)).data,
        "abc",
        "the string that the peer got after the readable was cancelled",
      );
    },
  },
  {
    id: "tcp.shutdown/not-writable-after",
    level: "SHOULD",
    surface: "omnisock",
    assertion:
      'From the turn of shutdown("write") on, before it resolves, write() rejects with EPIPE and nothing of it is sent',
    source: "POSIX send() EPIPE",
    async run(t) {
      const { conn, far } = await ends(t, "client");
      void conn.write(pattern(6, beyondKernel));
      const shutdown = conn.shutdown("write");
      const late = conn.write("late");
      await rejects(t.within(soon, "write", late), { code: "EPIPE" }, "a write in the turn of shutdown");
      ok(await staysPending(shutdown), "shutdown itself still waits");
      equal((await far.drain()).bytes, beyondKernel, "bytes at the peer");
      await t.within(soon, "shutdown", shutdown);
    },
  },
];
