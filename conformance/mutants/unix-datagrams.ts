/** Defects of Unix datagram sockets. */
import type { Mutant } from "./mutant.js";

const outbox = "build/libc/outbox.js";

export const mutants: readonly Mutant[] = [
  {
    name: "refused-datagram-taken-for-sent",
    what: "What the kernel says against a datagram is not told.",
    file: outbox,
    find: `            throw new LibcError(-result, "sendmsg");`,
    replace: `            return;`,
    on: "libc@bun",
    cases: ["unix.dgram/no-receiver", "unix.dgram/too-big"],
  },
  {
    name: "datagram-beyond-the-queue-lost",
    what: "A datagram for which the receiver has no room is dropped and said to be sent.",
    file: outbox,
    find: `            throw new LibcError(-result, "sendmsg");`,
    replace: `            throw new LibcError(-result, "sendmsg");
        if (to?.family === "unix")
            return;`,
    on: "libc@bun",
    cases: ["unix.dgram/queue-full"],
  },
  {
    name: "empty-datagram-skipped",
    what: "An empty datagram is taken for nothing.",
    file: "build/libc/inbox.js",
    find: `        take(this.#data.slice(0, size), from, false);`,
    replace: `        if (size > 0)
            take(this.#data.slice(0, size), from, false);`,
    on: "libc@bun",
    cases: ["unix.dgram/zero-length"],
  },
  {
    name: "unnamed-sender-named",
    what: "A sender without a name gets one.",
    file: "build/libc/endpoints.js",
    find: `        return { family: "unix", path: "" };`,
    replace: `        return { family: "unix", path: "unnamed" };`,
    on: "libc@bun",
    cases: ["unix.dgram/unnamed-sender"],
  },
];
