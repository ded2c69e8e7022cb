/** Defects that leave something behind. */
import type { Mutant } from "./mutant.js";

const lifetime = "build/core/lifetime.js";

export const mutants: readonly Mutant[] = [
  {
    name: "attempt-leaves-a-descriptor",
    what: "Each attempt to connect opens a file and does not close it.",
    file: "build/core/dial.js",
    find: `        this.#pending.add(controller);`,
    replace: `        this.#pending.add(controller);
        process.getBuiltinModule("node:fs").openSync("/dev/null", "r");`,
    on: "omnisock@node",
    cases: ["leaks/fd-connect-fail", "leaks/fd-connect-ok", "leaks/fd-abort", "dns/fail-closes-all"],
  },
  {
    name: "lookup-leaves-a-socket",
    what: "A lookup that fails leaves a socket open.",
    file: "build/core/resolve.js",
    find: `        throw wrap(error, "lookup"`,
    replace:
      `        await adapter.bind({ local: { family: "ipv4", host: "127.0.0.1", port: 0 } }, { message() { }, fail() { } });
        throw wrap(error, "lookup"`,
    on: "omnisock@node",
    cases: ["dns/fail-closes-all"],
  },
  {
    name: "reset-leaves-descriptor",
    what: "reset() says that it is done, and the descriptor stays open.",
    file: "build/core/stream.js",
    find: `const released = this.native.reset();`,
    replace: `const released = Promise.resolve();`,
    on: "omnisock@node",
    cases: ["leaks/fd-reset", "tcp.reset/wire-rst"],
  },
  {
    name: "listener-left-open",
    what: "close() of a listener ends its accepts and leaves it open.",
    file: "build/core/listener.js",
    find: `const released = this.#native.close();`,
    replace: `const released = Promise.resolve();`,
    on: "omnisock@node",
    cases: ["leaks/fd-listen", "leaks/sockets-kernel", "lifecycle/dispose"],
  },
  {
    name: "probe-left-open",
    what: "The socket that finds a free UDP port stays open, as one whose bind failed does.",
    file: "build/adapters/node/datagram.js",
    find: `            try {
                socket.close();
            }`,
    replace: `            try {
            }`,
    on: "omnisock@node",
    cases: ["leaks/fd-udp"],
  },
  {
    name: "deno-unix-listener-left-open",
    what: "close() of a listener at a path removes the path and leaves the socket.",
    file: "build/adapters/deno/direct/listener.js",
    find: `        this.#acceptor.close();`,
    replace: `        this.#acceptor.unref();
        this.#accepted = Promise.resolve();`,
    on: "omnisock@deno",
    cases: ["leaks/fd-unix", "unix.stream/descriptors"],
  },
  {
    name: "everything-remembered",
    what: "A list of all sockets that ever were is kept.",
    file: lifetime,
    find: `    holders.add(holder);`,
    replace: `    holders.add(holder);
    (globalThis.everHeld ??= []).push(holder);`,
    on: "omnisock@node",
    cases: ["leaks/collected"],
  },
  {
    name: "listener-keeps-accepted",
    what: "A listener keeps every connection that it ever accepted.",
    file: "build/core/stream.js",
    find: `            this.#group?.delete(this);
`,
    replace: ``,
    on: "omnisock@node",
    cases: ["leaks/collected"],
  },
  {
    name: "bytes-remembered",
    what: "What was received is kept when it has been read.",
    file: "build/core/inbound.js",
    find: `    push(bytes) {`,
    replace: `    push(bytes) {
        (globalThis.everReceived ??= []).push(bytes);`,
    on: "omnisock@node",
    cases: ["leaks/heap"],
  },
  {
    name: "timer-left",
    what: "The timer of a call that ended in time goes on.",
    file: "build/core/deadline.js",
    find: `        clearTimeout(this.#timer);
        this.#signal`,
    replace: `        this.#signal`,
    on: "omnisock@node",
    cases: ["leaks/timers"],
  },
  {
    name: "polled",
    what: "Open sockets are looked after a thousand times a second.",
    file: lifetime,
    find: `    timer ??= setInterval(() => { }, longest);`,
    replace: `    timer ??= setInterval(() => {
        for (const until = performance.now() + 5; performance.now() < until;)
            ;
    }, 1);`,
    on: "omnisock@node",
    cases: ["leaks/idle"],
  },
];
