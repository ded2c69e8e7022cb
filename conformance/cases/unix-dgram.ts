/** Unix datagram sockets. */
import type { Case, Context } from "../harness/case.js";
import { bytesEqual, equal, ok, rejects, settles, within } from "../harness/expect.js";
import { pattern } from "../harness/pattern.js";
import { soon } from "../harness/tcp.js";
import { staysPending } from "../harness/traffic.js";
import { bindAt, pair } from "../harness/unix-datagram.js";

const needed = {
  needs: ["unix.datagram"],
  refusal: async (t: Context) => void (await bindAt(t, await t.temporaryPath())),
} as const;

/** More datagrams than any kernel keeps for a receiver that does not read (`net.unix.max_dgram_qlen`, 10 by default). */
const beyondQueue = 5_000;

export const cases: readonly Case[] = [
  {
    id: "unix.dgram/supported",
    level: "INFO",
    assertion: "Whether there are Unix datagram sockets, and if not, why",
    source: "POSIX socket(), AF_UNIX and SOCK_DGRAM; omnisock capabilities",
    async run(t) {
      const support = t.sockets.supports("unix.datagram");
      t.info(support.supported ? "yes" : support.reason);
    },
  },
  {
    id: "unix.dgram/roundtrip",
    level: "MUST",
    assertion: "Datagrams keep their boundaries, their order and the path of their sender, in both directions",
    source: "POSIX sendto(); Linux unix(7)",
    ...needed,
    async run(t) {
      const { socket, peer } = await pair(t);
      const sizes = [1, 7, 1_000, 30_000];
      for (const size of sizes) await t.within(soon, "send", socket.send(pattern(size, size), peer.address));
      for (const size of sizes) {
        const { data, from } = await peer.receive();
        bytesEqual(data, pattern(size, size), `what the peer got of ${size} bytes`);
        equal(from.path, socket.address.path, "the sender that the peer saw");
      }
      for (const size of sizes) await peer.send(pattern(size, size), socket.address);
      for (const size of sizes) {
        const { data, from } = await t.within(soon, "receive", socket.receive());
        bytesEqual(data, pattern(size, size), `what was received of ${size} bytes`);
        equal(from, { family: "unix", path: peer.address.path }, "its sender");
      }
    },
  },
  {
    id: "unix.dgram/zero-length",
    level: "SHOULD",
    assertion: "An empty datagram is sent and received as one, in both directions, and is no end",
    source: "POSIX sendto()",
    ...needed,
    async run(t) {
      const { socket, peer } = await pair(t);
      await t.within(soon, "send", socket.send(new Uint8Array(0), peer.address));
      await t.within(soon, "send", socket.send("next", peer.address));
      equal((await peer.receive()).data.byteLength, 0, "length of the first that the peer got");
      bytesEqual((await peer.receive()).data, "next", "the second that the peer got");
      await peer.send("", socket.address);
      await peer.send("next", socket.address);
      const empty = await t.within(soon, "receive", socket.receive());
      equal([empty.data.byteLength, empty.from.path], [0, peer.address.path], "the empty one");
      bytesEqual((await t.within(soon, "receive", socket.receive())).data, "next", "the one after it");
    },
  },
  {
    id: "unix.dgram/unnamed-sender",
    level: "SHOULD",
    assertion: "A datagram of a sender without a name is received with an empty path",
    source: "Linux unix(7)",
    ...needed,
    async run(t) {
      const socket = await bindAt(t, await t.temporaryPath());
      await (await t.peer.bindUnix()).send("anonymous", socket.address);
      const { data, from } = await t.within(soon, "receive", socket.receive());
      bytesEqual(data, "anonymous", "what was received");
      equal(from, { family: "unix", path: "" }, "its sender");
    },
  },
  {
    id: "unix.dgram/autobind",
    level: "MAY",
    assertion: "An abstract name works as a path does: it receives, and it is seen as the sender",
    source: "Linux unix(7)",
    ...needed,
    async run(t) {
      const path = `\0omnisock-${Math.random().toString(36).slice(2)}`;
      const socket = await bindAt(t, path);
      const peer = await t.peer.bindUnix(`${path}-far`);
      await t.within(soon, "send", socket.send("ping", peer.address));
      const { data, from } = await peer.receive();
      bytesEqual(data, "ping", "what the peer got");
      equal(from.path, path, "its sender");
      await peer.send("pong", { path });
      bytesEqual((await t.within(soon, "receive", socket.receive())).data, "pong", "what was received");
    },
  },
  {
    id: "unix.dgram/no-receiver",
    level: "MUST",
    assertion: "A path at which there is nothing is ENOENT, one whose socket is gone ECONNREFUSED; the sender goes on",
    source: "POSIX sendto(), ENOENT; Linux unix(7), ECONNREFUSED",
    ...needed,
    async run(t) {
      const { socket, peer } = await pair(t);
      const missing = { path: await t.temporaryPath("missing") };
      const gone = await t.peer.bindUnix(await t.temporaryPath("gone"));
      await gone.close();
      for (const [to, code] of [[missing, "ENOENT"], [gone.address, "ECONNREFUSED"]] as const) {
        const shape = { name: "SocketError", code, members: { operation: "send", address: to.path } };
        await rejects(t.within(soon, "send", socket.send("x", to)), shape, `send that fails with ${code}`);
      }
      await t.within(soon, "send", socket.send("still here", peer.address));
      bytesEqual((await peer.receive()).data, "still here", "the first that the peer got");
    },
  },
  {
    id: "unix.dgram/too-big",
    level: "SHOULD",
    assertion: "A datagram beyond the send buffer is EMSGSIZE for its own send() only, and nothing of it arrives",
    source: "POSIX sendto(), EMSGSIZE; Linux unix(7)",
    ...needed,
    async run(t) {
      const { socket, peer } = await pair(t);
      // Linux lets no sender have more than net.core.wmem_max, which is far below 16 MiB.
      const shape = { name: "SocketError", code: "EMSGSIZE" };
      await rejects(
        t.within(soon, "send", socket.send(new Uint8Array(16 * 1024 * 1024), peer.address)),
        shape,
        "send of 16 MiB",
      );
      await t.within(soon, "send", socket.send("fits", peer.address));
      bytesEqual((await peer.receive()).data, "fits", "the first that the peer got");
    },
  },
  {
    id: "unix.dgram/queue-full",
    level: "MUST",
    assertion:
      "When the receiver's queue is full, send() waits or says EAGAIN or ENOBUFS; what resolved arrives, all of it and in order",
    source: "Linux unix(7); POSIX send(), EAGAIN",
    ...needed,
    async run(t) {
      const { socket, peer } = await pair(t);
      const resolved: number[] = [];
      let waiting: Promise<void> | undefined;
      let stopped = "never";
      for (let i = 0; i < beyondQueue && stopped === "never"; i++) {
        const sending = socket.send(String(i), peer.address);
        const ended = settles(sending);
        if (await staysPending(sending, 100)) {
          stopped = "waits";
          waiting = sending;
        } else {
          const end = await ended;
          if (end.status === "fulfilled") resolved.push(i);
          else stopped = String(end.reason.code);
        }
      }
      ok(
        ["waits", "EAGAIN", "ENOBUFS"].includes(stopped),
        `what became of the send that found the queue full: ${stopped}`,
      );
      within(resolved.length, 1, beyondQueue - 1, "datagrams that were taken");
      for (const i of resolved) bytesEqual((await peer.receive()).data, String(i), `datagram ${i} at the peer`);
      if (waiting !== undefined) {
        await t.within(soon, "the send that waited", waiting);
        bytesEqual((await peer.receive()).data, String(resolved.length), "the datagram that waited");
      }
      t.info(stopped);
    },
  },
  {
    id: "unix.dgram/unlink",
    level: "SHOULD",
    assertion: "bind() creates a socket at the path and close() removes it, so that it can be bound again",
    source: "POSIX bind(); omnisock close()",
    env: ["kernel"],
    ...needed,
    async run(t) {
      const path = await t.temporaryPath();
      for (const time of ["first", "second"]) {
        const socket = await bindAt(t, path);
        equal(await t.kernel.file(path), "socket", `the path after the ${time} bind()`);
        await rejects(
          bindAt(t, path),
          { name: "SocketError", code: "EADDRINUSE" },
          `another bind() of the ${time} time`,
        );
        await t.within(soon, "close", socket.close());
        equal(await t.kernel.file(path), "missing", `the path after the ${time} close()`);
      }
    },
  },
];
