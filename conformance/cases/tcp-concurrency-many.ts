/** Many connections at once, and more than one thread: nobody gets what belongs to another. */
import type { Case } from "../harness/case.js";
import { bytesEqual, equal, ok, settles } from "../harness/expect.js";
import { pattern } from "../harness/pattern.js";
import { endpoint, soon } from "../harness/tcp.js";
import { ends, readToEnd, sha256 } from "../harness/traffic.js";

export const cases: readonly Case[] = [
  {
    id: "tcp.concurrency/thousand-open",
    level: "SHOULD",
    assertion:
      "1,000 connections of one process are open at the same time, and each one's bytes go to its own peer and back",
    source: "omnisock: connect",
    deadline: 20_000,
    async run(t) {
      const count = 1_000;
      const listener = await t.peer.listen({ host: "127.0.0.1", port: 0 }, { backlog: count });
      const at = endpoint(listener.address);
      const conns = await t.within(
        10_000,
        "connects",
        Promise.all(Array.from({ length: count }, () => t.sockets.connect(at))),
      );
      t.defer(() => Promise.all(conns.map((conn) => settles(conn.reset()))));
      const byPort = new Map(conns.map((conn) => [conn.localAddress.port, conn]));
      equal(byPort.size, count, "different local ports");
      await t.within(
        soon,
        "writes",
        Promise.all(conns.map((conn) => conn.write(`${conn.localAddress.port}`.padStart(5)))),
      );
      const fars = await Promise.all(conns.map(() => listener.accept()));
      await Promise.all(fars.map(async (far) => {
        const { port } = endpoint(far.remote);
        bytesEqual((await far.receive(5)).data, `${port}`.padStart(5), `what the peer of port ${port} got`);
        await far.send(`${port}`);
        await far.shutdown("write");
      }));
      for (const [port, conn] of byPort) {
        const { bytes, end } = await readToEnd(t, conn);
        equal([new TextDecoder().decode(bytes), end], [`${port}`, "EOF"], `what the connection of port ${port} got`);
      }
    },
  },
  {
    id: "tcp.concurrency/interleaved-conns",
    level: "MUST",
    assertion:
      "Reads and writes of all sizes, interleaved over 50 connections in both directions, mix up no byte of any two connections",
    source: "omnisock guarantee 1",
    deadline: 15_000,
    async run(t) {
      const count = 50;
      const length = 100_000;
      const pairs = await Promise.all(
        Array.from({ length: count }, (_, i) => ends(t, i % 2 === 0 ? "client" : "accepted")),
      );
      const transfers = pairs.map(async ({ conn, far }, i) => {
        const outgoing = pattern(i, length);
        const write = async (): Promise<void> => {
          // Sizes from 1 byte to some KiB, other ones on each connection; every third write is not awaited.
          for (let at = 0, turn = 0; at < length; turn++) {
            const size = 1 + (turn * 977 + i * 131) % 5_000;
            const written = conn.write(outgoing.subarray(at, at + size));
            if (turn % 3 !== 0) await written;
            at += size;
          }
          await conn.shutdown("write");
        };
        const send = async (): Promise<void> => {
          await far.send({ length, seed: count + i });
          await far.shutdown("write");
        };
        const [{ bytes, end }, drained] = await Promise.all([readToEnd(t, conn), far.drain(), write(), send()]);
        equal([sha256(bytes), end], [sha256(pattern(count + i, length)), "EOF"], `what connection ${i} read`);
        equal([drained.sha256, drained.eof], [sha256(outgoing), true], `what the peer of connection ${i} got`);
      });
      await Promise.all(transfers);
    },
  },
  {
    id: "tcp.concurrency/worker-threads",
    level: "SHOULD",
    assertion:
      "Two worker threads use sockets independently; ending one of them ends its connection, and the other goes on",
    source: "omnisock: no state is shared between threads",
    env: ["process"],
    deadline: 20_000,
    async run(t) {
      const listener = await t.peer.listen({ host: "127.0.0.1", port: 0 });
      const program = await t.start("workers", { args: [String(endpoint(listener.address).port)] });
      const fars = [await listener.accept(), await listener.accept()];
      equal(await t.within(8_000, "the workers", program.line()), "connected", "first line of the program");
      const echoes = async (far: (typeof fars)[number], text: string): Promise<void> => {
        await far.send(text);
        bytesEqual((await far.receive(text.length)).data, text, "the echo of a worker");
      };
      await Promise.all(fars.map((far, i) => echoes(far, `worker ${i}`)));
      const finish = fars.map((far) => far.receive(1));
      await program.write("end the first\n");
      equal(await t.within(soon, "end of a worker", program.line()), "terminated", "second line of the program");
      // Which of the two came from the first worker nobody has said.
      const gone = await t.within(
        1_000,
        "the end of a connection",
        Promise.race(finish.map(async (one, i) => {
          const { eof, error } = await one;
          ok(eof || error === "ECONNRESET", `the worker's peer sees EOF or ECONNRESET: ${error}`);
          return i;
        })),
      );
      const left = fars[1 - gone] as (typeof fars)[number];
      await left.send("y");
      bytesEqual((await finish[1 - gone])?.data ?? null, "y", "the echo of the worker that is left");
      await program.write("leave\n");
      const { code, stderr } = await t.within(soon, "end of the program", program.end);
      equal([code, stderr], [0, ""], "exit code and stderr");
    },
  },
];
