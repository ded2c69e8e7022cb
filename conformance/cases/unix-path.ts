/** Paths of Unix-domain streams: the file, its life, and what names there may be. */
import { readFileSync } from "node:fs";

import type { Case, Context } from "../harness/case.js";
import { bytesEqual, equal, rejects } from "../harness/expect.js";
import { soon } from "../harness/tcp.js";
import { connectedAt, listeningAt, overUnix } from "../harness/unix.js";

/** A path of exactly `length` bytes, in a folder of its own. */
async function pathOfLength(t: Context, length: number): Promise<string> {
  const folder = (await t.temporaryPath("")).replace(/\/*$/, "/");
  return folder + "x".repeat(length - folder.length);
}

export const cases: readonly Case[] = [
  {
    id: "unix.stream/file-created",
    level: "MUST",
    assertion: "listen() creates a socket at the path, and fails if there is no such folder",
    source: "POSIX bind()",
    env: ["kernel"],
    ...overUnix,
    async run(t) {
      const path = await t.temporaryPath();
      equal(await t.kernel.file(path), "missing", "the path before listen()");
      await listeningAt(t, path);
      equal(await t.kernel.file(path), "socket", "the path after listen()");
      const missing = t.within(soon, "listen", t.sockets.listen({ path: `${path}-folder/socket` }));
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
    ...overUnix,
    async run(t) {
      const path = await t.temporaryPath();
      const server = await listeningAt(t, path);
      const far = await t.peer.connect({ path });
      const conn = await t.within(soon, "accept", server.accept());
      t.defer(() => conn.close({ timeout: 200 }));
      await t.within(soon, "close", server.close());
      equal(await t.kernel.file(path), "missing", "the path after close()");
      await far.send("still");
      bytesEqual(await t.within(soon, "read", conn.read()), "still", "bytes on the accepted connection");
      await rejects(t.sockets.connect({ path }), { code: "ENOENT" }, "connect after close()");
      await listeningAt(t, path);
      equal(await t.kernel.file(path), "socket", "the path after the second listen()");
    },
  },
  {
    id: "unix.stream/no-foreign-unlink",
    level: "SHOULD",
    assertion: "close() does not remove a file that has taken the listener's place",
    source: "omnisock close()",
    env: ["kernel"],
    ...overUnix,
    async run(t) {
      const path = await t.temporaryPath();
      const server = await listeningAt(t, path);
      await t.kernel.writeFile(path, "not yours");
      await t.within(soon, "close", server.close());
      equal(await t.kernel.file(path), "file", "the path after close()");
    },
  },
  {
    id: "unix.stream/exit-cleanup",
    level: "INFO",
    assertion: "Whether the path of a listener that is never closed remains after the process has ended",
    source: "Linux unix(7)",
    env: ["kernel", "process"],
    ...overUnix,
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
    ...overUnix,
    async run(t) {
      const path = await t.temporaryPath();
      const shape = { name: "SocketError", code: "ENOENT", members: { operation: "connect", address: path } };
      await rejects(t.within(soon, "connect", t.sockets.connect({ path })), shape, "connect");
    },
  },
  {
    id: "unix.stream/not-socket",
    level: "MUST",
    assertion:
      "A path at which there is a regular file is ECONNREFUSED on Linux, ENOTSOCK elsewhere, and the file stays",
    source: "Linux unix(7)",
    env: ["kernel"],
    ...overUnix,
    async run(t) {
      const path = await t.temporaryPath();
      await t.kernel.writeFile(path, "a file");
      await rejects(t.within(soon, "connect", t.sockets.connect({ path })), {
        name: "SocketError",
        code: ["ECONNREFUSED", "ENOTSOCK"],
      }, "connect");
      await rejects(
        t.within(soon, "listen", t.sockets.listen({ path })),
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
    ...overUnix,
    async run(t) {
      const path = await t.temporaryPath();
      await (await t.peer.listen({ path })).close();
      equal(await t.kernel.file(path), "socket", "what the peer left at the path");
      await rejects(t.within(soon, "connect", t.sockets.connect({ path })), {
        name: "SocketError",
        code: "ECONNREFUSED",
      }, "connect");
      await rejects(
        t.within(soon, "listen", t.sockets.listen({ path })),
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
    ...overUnix,
    async run(t) {
      const path = await t.temporaryPath();
      const listener = await t.peer.listen({ path });
      const shape = { name: "SocketError", code: "EADDRINUSE", members: { operation: "listen", address: path } };
      await rejects(t.within(soon, "listen", t.sockets.listen({ path })), shape, "listen on the peer's path");
      const conn = await connectedAt(t, path);
      await conn.write("there?");
      bytesEqual((await (await listener.accept()).receive(6)).data, "there?", "what the peer's listener got");

      const own = await t.temporaryPath();
      const server = await listeningAt(t, own);
      await rejects(
        t.within(soon, "listen", t.sockets.listen({ path: own })),
        { code: "EADDRINUSE" },
        "listen on an own path",
      );
      await t.peer.connect({ path: own });
      t.defer(async () => (await server.accept()).close());
    },
  },
  {
    id: "unix.stream/eacces",
    level: "SHOULD",
    assertion: "A socket, or a folder, that the user may not write to is EACCES to connect(), or listen()",
    source: "Linux unix(7); POSIX connect(), EACCES",
    env: ["kernel", "process", "root"],
    ...overUnix,
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
    ...overUnix,
    async run(t) {
      const path = await t.temporaryPath();
      await listeningAt(t, path);
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
    ...overUnix,
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
    ...overUnix,
    async run(t) {
      const path = await pathOfLength(t, 107);
      const server = await listeningAt(t, path);
      equal(await t.kernel.file(path), "socket", "the path");
      const far = await t.peer.connect({ path });
      const conn = await t.within(soon, "accept", server.accept());
      t.defer(() => conn.close({ timeout: 200 }));
      await far.send("107");
      bytesEqual(await t.within(soon, "read", conn.read()), "107", "bytes from the peer");
      equal(server.address, { family: "unix", path }, "address of the listener");

      const other = await pathOfLength(t, 107);
      const listener = await t.peer.listen({ path: other });
      await (await connectedAt(t, other)).write("107");
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
      const server = await listeningAt(t, path);
      equal(server.address, { family: "unix", path }, "address of the listener");
      const far = await t.peer.connect({ path });
      const conn = await t.within(soon, "accept", server.accept());
      t.defer(() => conn.close({ timeout: 200 }));
      await far.send("abstract");
      bytesEqual(await t.within(soon, "read", conn.read()), "abstract", "bytes from the peer");
      await t.within(soon, "close", server.close());

      const listener = await t.peer.listen({ path });
      await (await connectedAt(t, path)).write("and back");
      bytesEqual((await (await listener.accept()).receive(8)).data, "and back", "bytes at the peer");
    },
  },
  {
    id: "unix.stream/relative-path",
    level: "SHOULD",
    assertion: "A relative path is taken from the working directory, by listen(), connect() and close() alike",
    source: "POSIX bind()",
    env: ["kernel", "process"],
    ...overUnix,
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
];
