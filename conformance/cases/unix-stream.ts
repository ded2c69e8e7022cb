/** Unix-domain streams: the path and its file, and what differs from TCP. */
import { readFileSync } from "node:fs";

import type { Connection, Listener } from "omnisock";

import type { Case, Context, PeerStream } from "../harness/case.js";
import { startThenBlock } from "../harness/busy.js";
import { bytesEqual, equal, notEqual, ok, rejects, settles } from "../harness/expect.js";
import { staysPending } from "../harness/traffic.js";

interface Ends {
  readonly conn: Connection;
  readonly far: PeerStream;
}

async function listen(t: Context, path: string): Promise<Listener> {
  const server = await t.within(2000, "listen", t.sockets.listen({ path }));
  t.defer(() => server.close());
  return server;
}

async function connect(t: Context, path: string): Promise<Connection> {
  const conn = await t.within(2000, "connect", t.sockets.connect({ path }));
  t.defer(() => conn.close({ timeout: 200 }));
  return conn;
}

/** The library connects, the peer accepts. */
async function clientEnds(t: Context): Promise<Ends> {
  const path = await t.temporaryPath();
  const listener = await t.peer.listen({ path });
  const conn = await connect(t, path);
  return { conn, far: await listener.accept() };
}

/** The peer connects, the library accepts. */
async function acceptedEnds(t: Context): Promise<Ends> {
  const path = await t.temporaryPath();
  const server = await listen(t, path);
  const far = await t.peer.connect({ path });
  const conn = await t.within(2000, "accept", server.accept());
  t.defer(() => conn.close({ timeout: 200 }));
  return { conn, far };
}

/** For adapters without Unix sockets: the call that says so. */
async function refuse(t: Context): Promise<void> {
  await listen(t, await t.temporaryPath());
}

const needed = { needs: ["unix.stream"], refusal: refuse } as const;

/** A path of exactly `length` bytes, in a folder of its own. */
async function pathOfLength(t: Context, length: number): Promise<string> {
  const folder = (await t.temporaryPath("")).replace(/\/*$/, "/");
  return folder + "x".repeat(length - folder.length);
}

export const cases: readonly Case[] = [
  {
    id: "unix.stream/basic",
    level: "MUST",
    assertion: "Bytes pass in both directions over a path, whichever side connected, and EOF after close",
    source: "POSIX socket(), AF_UNIX",
    ...needed,
    async run(t) {
      for (const ends of [clientEnds, acceptedEnds]) {
        const { conn, far } = await ends(t);
        equal(conn.transport, "unix", "transport");
        await conn.write("ping");
        bytesEqual((await far.receive(4)).data, "ping", "what the peer got");
        await far.send("pong");
        bytesEqual(await t.within(2000, "read", conn.read()), "pong", "what the peer sent");
        await far.close();
        equal(await t.within(2000, "read", conn.read()), null, "read after the peer's close");
      }
    },
  },
  {
    id: "unix.stream/addresses",
    level: "MUST",
    assertion: "Each end reports its path; the end without one reports an empty path",
    source: "Linux unix(7); omnisock Address",
    ...needed,
    async run(t) {
      const path = await t.temporaryPath();
      const server = await listen(t, path);
      equal(server.address, { family: "unix", path }, "address of the listener");
      const client = await connect(t, path);
      const accepted = await t.within(2000, "accept", server.accept());
      t.defer(() => accepted.close({ timeout: 200 }));
      const [named, unnamed] = [{ family: "unix", path }, { family: "unix", path: "" }];
      equal([client.localAddress, client.remoteAddress], [unnamed, named], "addresses of the connecting end");
      equal([accepted.localAddress, accepted.remoteAddress], [named, unnamed], "addresses of the accepted end");
    },
  },
  {
    id: "unix.stream/file-created",
    level: "MUST",
    assertion: "listen() creates a socket at the path, and fails if there is no such folder",
    source: "POSIX bind()",
    env: ["kernel"],
    ...needed,
    async run(t) {
      const path = await t.temporaryPath();
      equal(await t.kernel.file(path), "missing", "the path before listen()");
      await listen(t, path);
      equal(await t.kernel.file(path), "socket", "the path after listen()");
      const missing = t.within(2000, "listen", t.sockets.listen({ path: `${path}-folder/socket` }));
      // libuv says EACCES where bind(2) says ENOENT.
      await rejects(missing, { name: "SocketError", code: ["ENOENT", "EACCES"] }, "listen in a folder that is missing");
    },
  },
  {
    id: "unix.stream/unlink-on-close",
    level: "MUST",
    assertion:
      "The listener's close() removes the path and leaves accepted connections alone; the path can be listened on again",
    source: "omnisock close()",
    env: ["kernel"],
    ...needed,
    async run(t) {
      const path = await t.temporaryPath();
      const server = await listen(t, path);
      const far = await t.peer.connect({ path });
      const conn = await t.within(2000, "accept", server.accept());
      t.defer(() => conn.close({ timeout: 200 }));
      await t.within(2000, "close", server.close());
      equal(await t.kernel.file(path), "missing", "the path after close()");
      await far.send("still");
      bytesEqual(await t.within(2000, "read", conn.read()), "still", "bytes on the accepted connection");
      await rejects(t.sockets.connect({ path }), { code: "ENOENT" }, "connect after close()");
      await listen(t, path);
      equal(await t.kernel.file(path), "socket", "the path after the second listen()");
    },
  },
  {
    id: "unix.stream/no-foreign-unlink",
    level: "SHOULD",
    assertion: "close() does not remove a file that has taken the listener's place",
    source: "omnisock close()",
    env: ["kernel"],
    ...needed,
    async run(t) {
      const path = await t.temporaryPath();
      const server = await listen(t, path);
      await t.kernel.writeFile(path, "not yours");
      await t.within(2000, "close", server.close());
      equal(await t.kernel.file(path), "file", "the path after close()");
    },
  },
  {
    id: "unix.stream/exit-cleanup",
    level: "INFO",
    assertion: "Whether the path of a listener that is never closed remains after the process has ended",
    source: "Linux unix(7)",
    env: ["kernel", "process"],
    ...needed,
    async run(t) {
      const found: string[] = [];
      for (const end of ["exit", "kill"]) {
        const path = await t.temporaryPath();
        const result = await t.run("unix-unclosed", { args: [path, end] });
        equal(result.stdout, "listening\n", `output of the program (${end}): ${result.stderr}`);
        found.push(`${end}: ${await t.kernel.file(path) === "missing" ? "removed" : "remains"}`);
      }
      t.info(found.join(", "));
    },
  },
  {
    id: "unix.stream/enoent",
    level: "MUST",
    assertion: "A path at which there is nothing is ENOENT",
    source: "POSIX connect(), ENOENT",
    ...needed,
    async run(t) {
      const path = await t.temporaryPath();
      const shape = { name: "SocketError", code: "ENOENT", members: { operation: "connect", address: path } };
      await rejects(t.within(2000, "connect", t.sockets.connect({ path })), shape, "connect");
    },
  },
  {
    id: "unix.stream/not-socket",
    level: "MUST",
    assertion:
      "A path at which there is a regular file is ECONNREFUSED on Linux, ENOTSOCK elsewhere, and the file stays",
    source: "Linux unix(7)",
    env: ["kernel"],
    ...needed,
    async run(t) {
      const path = await t.temporaryPath();
      await t.kernel.writeFile(path, "a file");
      await rejects(t.within(2000, "connect", t.sockets.connect({ path })), {
        name: "SocketError",
        code: ["ECONNREFUSED", "ENOTSOCK"],
      }, "connect");
      await rejects(
        t.within(2000, "listen", t.sockets.listen({ path })),
        { name: "SocketError", code: "EADDRINUSE" },
        "listen",
      );
      equal(await t.kernel.file(path), "file", "the path afterwards");
    },
  },
  {
    id: "unix.stream/stale",
    level: "MUST",
    assertion: "A path whose listener is gone is ECONNREFUSED to connect() and EADDRINUSE to listen()",
    source: "POSIX connect(), ECONNREFUSED",
    env: ["kernel"],
    ...needed,
    async run(t) {
      const path = await t.temporaryPath();
      await (await t.peer.listen({ path })).close();
      equal(await t.kernel.file(path), "socket", "what the peer left at the path");
      await rejects(t.within(2000, "connect", t.sockets.connect({ path })), {
        name: "SocketError",
        code: "ECONNREFUSED",
      }, "connect");
      await rejects(
        t.within(2000, "listen", t.sockets.listen({ path })),
        { name: "SocketError", code: "EADDRINUSE" },
        "listen",
      );
    },
  },
  {
    id: "unix.stream/in-use",
    level: "MUST",
    assertion: "A path that has a listener is EADDRINUSE, and the listener goes on",
    source: "POSIX bind(), EADDRINUSE",
    ...needed,
    async run(t) {
      const path = await t.temporaryPath();
      const listener = await t.peer.listen({ path });
      const shape = { name: "SocketError", code: "EADDRINUSE", members: { operation: "listen", address: path } };
      await rejects(t.within(2000, "listen", t.sockets.listen({ path })), shape, "listen on the peer's path");
      const conn = await connect(t, path);
      await conn.write("there?");
      bytesEqual((await (await listener.accept()).receive(6)).data, "there?", "what the peer's listener got");

      const own = await t.temporaryPath();
      const server = await listen(t, own);
      await rejects(
        t.within(2000, "listen", t.sockets.listen({ path: own })),
        { code: "EADDRINUSE" },
        "listen on an own path",
      );
      await t.peer.connect({ path: own });
      t.defer(async () => (await server.accept()).close());
    },
  },
  {
    id: "unix.stream/backlog-full",
    level: "SHOULD",
    assertion:
      "When the queue of a listener is full, connect() waits or says EAGAIN; it neither fails otherwise nor pretends",
    source: "Linux connect(2), EAGAIN",
    env: ["kernel"],
    ...needed,
    async run(t) {
      const path = await t.temporaryPath();
      await t.peer.listen({ path }, { backlog: 1 });
      const ends: string[] = [];
      for (let i = 0; i < 6; i++) {
        const end = await settles(t.sockets.connect({ path, timeout: 100 }));
        if (end.status === "fulfilled") t.defer(() => end.value.close({ timeout: 200 }));
        ends.push(end.status === "fulfilled" ? "connected" : String(end.reason.code));
      }
      notEqual(ends.at(-1), "connected", "the last of six connects to a queue of one");
      ok(
        ends.every((end) => ["connected", "EAGAIN", "ETIMEDOUT"].includes(end)),
        `ends of the connects: ${ends.join(", ")}`,
      );
      t.info(String(ends.at(-1)));
    },
  },
  {
    id: "unix.stream/eacces",
    level: "SHOULD",
    assertion: "A socket, or a folder, that the user may not write to is EACCES to connect(), or listen()",
    source: "Linux unix(7); POSIX connect(), EACCES",
    env: ["kernel", "process", "root"],
    ...needed,
    async run(t) {
      const path = await t.temporaryPath();
      await t.peer.listen({ path });
      const result = await t.run("unix-forbidden", { args: [path] });
      equal([result.code, result.stderr], [0, ""], "exit code and stderr");
      equal(JSON.parse(result.stdout), { connect: "EACCES", listen: "EACCES" }, "what the program was told");
    },
  },
  {
    id: "unix.stream/mode",
    level: "SHOULD",
    assertion: "The file of a listener has the permissions that the umask leaves: nobody gets more, nobody less",
    source: "Linux unix(7)",
    env: ["kernel", "proc"],
    ...needed,
    async run(t) {
      const path = await t.temporaryPath();
      await listen(t, path);
      const umask = /^Umask:\s*(\d+)$/m.exec(readFileSync("/proc/self/status", "latin1"))?.[1] ?? "";
      equal((await t.kernel.mode(path)).toString(8), (0o777 & ~Number.parseInt(umask, 8)).toString(8), "the mode");
    },
  },
  {
    id: "unix.stream/path-too-long",
    level: "MUST",
    assertion: "A path longer than a socket address holds is a RangeError; no file with a shortened name appears",
    source: "Linux unix(7); POSIX ENAMETOOLONG",
    env: ["kernel"],
    ...needed,
    async run(t) {
      for (const length of [108, 109, 300]) {
        const path = await pathOfLength(t, length);
        await rejects(t.sockets.listen({ path }), { name: "RangeError" }, `listen on ${length} bytes`);
        await rejects(t.sockets.connect({ path }), { name: "RangeError" }, `connect to ${length} bytes`);
        for (const shorter of [107, 108]) {
          equal(await t.kernel.file(path.slice(0, shorter)), "missing", `the first ${shorter} bytes of the path`);
        }
      }
      const wide = `${"é".repeat(60)}`;
      await rejects(
        t.sockets.listen({ path: wide }),
        { name: "RangeError" },
        "listen on 60 characters of two bytes each",
      );
    },
  },
  {
    id: "unix.stream/path-107",
    level: "MUST",
    assertion: "A path of 107 bytes works, on either side",
    source: "Linux unix(7)",
    env: ["kernel"],
    ...needed,
    async run(t) {
      const path = await pathOfLength(t, 107);
      const server = await listen(t, path);
      equal(await t.kernel.file(path), "socket", "the path");
      const far = await t.peer.connect({ path });
      const conn = await t.within(2000, "accept", server.accept());
      t.defer(() => conn.close({ timeout: 200 }));
      await far.send("107");
      bytesEqual(await t.within(2000, "read", conn.read()), "107", "bytes from the peer");
      equal(server.address, { family: "unix", path }, "address of the listener");

      const other = await pathOfLength(t, 107);
      const listener = await t.peer.listen({ path: other });
      await (await connect(t, other)).write("107");
      bytesEqual((await (await listener.accept()).receive(3)).data, "107", "bytes at the peer");
    },
  },
  {
    id: "unix.stream/nul-in-path",
    level: "MUST",
    assertion: "A path with a NUL inside, or an empty one, is a RangeError; no file with the part before it appears",
    source: "Linux unix(7)",
    env: ["kernel"],
    async run(t) {
      const path = await t.temporaryPath();
      for (const wrong of [`${path}\0tail`, `${path}\0`, "", "\0", "\0a\0b"]) {
        await rejects(t.sockets.listen({ path: wrong }), { name: "RangeError" }, `listen on ${JSON.stringify(wrong)}`);
        await rejects(
          t.sockets.connect({ path: wrong }),
          { name: "RangeError" },
          `connect to ${JSON.stringify(wrong)}`,
        );
      }
      equal(await t.kernel.file(path), "missing", "the part before the NUL");
    },
  },
  {
    id: "unix.stream/abstract",
    level: "MAY",
    assertion: "An abstract name works with a peer of another kind on either side, and is free again after close()",
    source: "Linux unix(7)",
    needs: ["unix.abstract"],
    refusal: (t) => t.sockets.listen({ path: "\0omnisock-refused" }),
    async run(t) {
      const path = `\0omnisock-${Math.random().toString(36).slice(2)}`;
      const server = await listen(t, path);
      equal(server.address, { family: "unix", path }, "address of the listener");
      const far = await t.peer.connect({ path });
      const conn = await t.within(2000, "accept", server.accept());
      t.defer(() => conn.close({ timeout: 200 }));
      await far.send("abstract");
      bytesEqual(await t.within(2000, "read", conn.read()), "abstract", "bytes from the peer");
      await t.within(2000, "close", server.close());

      const listener = await t.peer.listen({ path });
      await (await connect(t, path)).write("and back");
      bytesEqual((await (await listener.accept()).receive(8)).data, "and back", "bytes at the peer");
    },
  },
  {
    id: "unix.stream/relative-path",
    level: "SHOULD",
    assertion: "A relative path is taken from the working directory, by listen(), connect() and close() alike",
    source: "POSIX bind()",
    env: ["kernel", "process"],
    ...needed,
    async run(t) {
      const path = await t.temporaryPath("relative");
      const result = await t.run("unix-relative", { args: [path.slice(0, path.lastIndexOf("/")), "relative"] });
      equal([result.code, result.stderr], [0, ""], "exit code and stderr");
      equal(
        JSON.parse(result.stdout),
        { address: "relative", echo: "over a relative path", existed: true },
        "what the program saw",
      );
      equal(await t.kernel.file(path), "missing", "the path after close()");
    },
  },
  {
    id: "unix.stream/half-close",
    level: "MUST",
    assertion:
      "As with TCP, shutdown(\"write\") ends the peer's reading only, and the peer's shutdown ends ours only, on both sides",
    source: "POSIX shutdown()",
    ...needed,
    async run(t) {
      for (const ends of [clientEnds, acceptedEnds]) {
        const { conn, far } = await ends(t);
        await conn.write("question");
        await t.within(2000, "shutdown", conn.shutdown("write"));
        const got = await far.drain();
        equal([got.bytes, got.eof, got.error], [8, true, undefined], "what the peer read until EOF");
        await far.send("answer");
        bytesEqual(await t.within(2000, "read", conn.read()), "answer", "what came after our shutdown");
        await rejects(conn.write("x"), { name: "SocketError", code: "EPIPE" }, "write after our shutdown");
        await far.close();
        equal(await t.within(2000, "read", conn.read()), null, "read after the peer's close");

        const second = await ends(t);
        await second.far.shutdown("write");
        equal(await t.within(2000, "read", second.conn.read()), null, "read after the peer's shutdown");
        await second.conn.write("after your FIN");
        bytesEqual((await second.far.receive(14)).data, "after your FIN", "what the peer got after its shutdown");
      }
    },
  },
  {
    id: "unix.stream/reset",
    level: "SHOULD",
    assertion:
      "reset() ends the connection for both sides at once: later calls here say ECONNRESET, the peer sees an end",
    source: "omnisock reset()",
    ...needed,
    async run(t) {
      const { conn, far } = await clientEnds(t);
      const waiting = settles(conn.read());
      await t.within(2000, "reset", conn.reset());
      const end = await t.within(1000, "the waiting read", waiting);
      equal(end.status === "rejected" ? end.reason.code : end.status, "ECONNRESET", "the read that waited");
      await rejects(conn.write("x"), { code: "ECONNRESET" }, "write after reset()");
      const got = await far.receive(1);
      ok(got.eof || got.error === "ECONNRESET", "the peer sees EOF or ECONNRESET");
    },
  },
  {
    id: "unix.stream/closed-at-once",
    level: "MUST",
    assertion:
      "A server that sends and closes while the program is busy with something else loses nothing: connect() succeeds, the bytes are read, then EOF",
    source: "POSIX connect(), recv(); omnisock guarantees 1 and 4",
    ...needed,
    env: ["process"],
    deadline: 15_000,
    async run(t) {
      const path = await t.temporaryPath();
      const server = await t.start("serve", { args: ["greet", JSON.stringify({ path })] });
      equal(await t.within(8_000, "start of the server", server.line()), path, "path of the server");
      for (let i = 0; i < 3; i++) {
        const { pending } = await startThenBlock(100, () => t.sockets.connect({ path }));
        const conn = await t.within(2000, "connect", pending);
        t.defer(() => conn.close());
        const greeting = `${server.pid}\n`;
        bytesEqual(await t.within(2000, "read", conn.read()), greeting, "what the server sent before it closed");
        equal(await t.within(2000, "read", conn.read()), null, "EOF");
      }
    },
  },
  {
    id: "unix.stream/unread-close",
    level: "INFO",
    assertion: "What the peer sees when a connection with unread bytes is closed",
    source: "Linux unix(7); omnisock guarantee 6",
    ...needed,
    async run(t) {
      const { conn, far } = await clientEnds(t);
      await conn.write("answer");
      await far.send("unread");
      // The bytes have arrived when the next ones can be read.
      bytesEqual(await t.within(2000, "read", conn.read()), "unread", "first bytes");
      await far.send("unread too");
      const closing = settles(conn.close({ timeout: 1000 }));
      const got = await far.drain();
      await far.close();
      await t.within(2000, "close", closing);
      t.info(`${got.bytes} bytes, then ${got.error ?? "EOF"}`);
    },
  },
  {
    id: "unix.stream/listener-close-pending",
    level: "INFO",
    assertion: "What a peer sees whose connection waited for accept() when the listener was closed",
    source: "Linux unix(7)",
    ...needed,
    async run(t) {
      const path = await t.temporaryPath();
      const server = await listen(t, path);
      const far = await t.peer.connect({ path });
      await t.within(2000, "close", server.close());
      const receiving = far.receive(1);
      if (await staysPending(receiving, 500)) return t.info("the connection stays open");
      const got = await receiving;
      // Which of the two depends on whether the runtime had taken it out of the kernel's queue by then.
      t.info(got.eof || got.error === "ECONNRESET" ? "EOF or ECONNRESET" : got.error ?? "bytes");
    },
  },
];
