/** Defects of active and passive opening in `src/core`. */
import type { Mutant } from "./mutant.js";

const dial = "build/core/dial.js";
const listener = "build/core/listener.js";
const sockets = "build/core/sockets.js";
const options = "build/core/options.js";

export const mutants: readonly Mutant[] = [
  {
    name: "aborted-connect-leaves-socket",
    what: "An attempt that is given up goes on in the kernel.",
    file: dial,
    find: `for (const controller of this.#pending)
            controller.abort();`,
    replace: ``,
    on: "omnisock@node",
    cases: ["tcp.cancel/mid-connect", "tcp.reset/reset-before-connected", "dns/cancel-losers"],
  },
  {
    name: "connect-blocks-the-loop",
    what: "connect() waits with the event loop standing still.",
    file: dial,
    find: `this.#remotes = await this.#candidates();`,
    replace: `this.#remotes = await this.#candidates();
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2500);`,
    on: "omnisock@node",
    cases: ["tcp.options/nonblock"],
  },
  {
    name: "connection-not-started",
    what: "A connection that was made by connect() is never read.",
    file: dial,
    find: `            stream.resume();`,
    replace: ``,
    on: "omnisock@bun",
    cases: ["tcp.connect/writes-before-open", "tcp.read/byte-exact"],
  },
  {
    name: "self-connection-accepted",
    what: "A connection of a socket with itself counts as success.",
    file: dial,
    find: `return local.family !== "unix" && remote.family !== "unix" && sameEndpoint(local, remote);`,
    replace: `return false;`,
    on: "omnisock@node",
    cases: ["tcp.connect/self-connect"],
  },
  {
    name: "connect-told-twice",
    what: "A failed connect() is thrown as an uncaught exception too.",
    file: dial,
    find: `this.#fail(summary(this.#failures));`,
    replace: `{
                const failure = summary(this.#failures);
                this.#fail(failure);
                queueMicrotask(() => { throw failure; });
            }`,
    on: "omnisock@node",
    cases: ["tcp.connect/socket-error-once"],
  },
  {
    name: "accept-after-close-waits",
    what: "accept() on a closed listener waits.",
    file: listener,
    find: `        if (this.#closing !== undefined)
            return quiet(Promise.reject(this.#failure("EBADF")));`,
    replace: ``,
    on: "memory@node",
    cases: ["tcp.accept/after-close"],
  },
  {
    name: "accepted-not-started",
    what: "An accepted connection is never read.",
    file: listener,
    find: `    stream.resume();
    return new Connection(stream);`,
    replace: `    return new Connection(stream);`,
    on: "omnisock@node",
    cases: [
      "tcp.accept/one-per-conn",
      "tcp.accept/closed-before-accept",
      "tcp.accept/pause-on-accept",
      "tcp.concurrency/many-conns",
    ],
  },
  {
    name: "listener-close-kills-accepted",
    what: "Closing a listener resets the connections that it accepted.",
    file: listener,
    find: `...queued.map((stream) => stream.abort())]);`,
    replace: `...[...queued, ...this.#open].map((stream) => stream.abort())]);`,
    on: "omnisock@node",
    cases: ["tcp.listen/close-keeps-conns"],
  },
  {
    name: "queued-left-at-close",
    what: "Connections that nobody accepted stay open when the listener is closed.",
    file: listener,
    find: `...queued.map((stream) => stream.abort())]);`,
    replace: `]);`,
    on: "omnisock@node",
    cases: ["tcp.listen/close-rst-queued", "leaks/fd-unaccepted"],
  },
  {
    name: "graceful-never-resets",
    what: "shutdown({ graceful }) leaves those alone that are not over in time.",
    file: listener,
    find: `await Promise.all([...this.#open].map((stream) => stream.abort()));`,
    replace: ``,
    on: "omnisock@node",
    cases: ["tcp.listen/graceful-shutdown"],
  },
  {
    name: "reset-in-queue-fatal",
    what: "A connection that broke before it was accepted is thrown away with its listener.",
    file: listener,
    find: `this.#mailbox.put(stream);`,
    replace: `stream.closed.catch(() => this.close());
        this.#mailbox.put(stream);`,
    on: "omnisock@node",
    cases: ["tcp.accept/aborted-before-accept"],
  },
  {
    name: "one-accept-at-a-time",
    what: "Of connections that come together only the first is kept.",
    file: listener,
    find: `this.#mailbox.put(stream);`,
    replace: `if (this.#mailbox.weight === 0)
            this.#mailbox.put(stream);`,
    on: "omnisock@node",
    cases: ["tcp.listen/queue-before-accept", "tcp.accept/syn-burst", "tcp.concurrency/many-conns"],
  },
  {
    name: "iterator-closes-listener",
    what: "Leaving a loop over a listener closes it.",
    file: listener,
    find: `            yield connection;`,
    replace: `            try {
                yield connection;
            }
            finally {
                await this.close();
            }`,
    on: "memory@node",
    cases: ["tcp.accept/throwing-handler"],
  },
  {
    name: "iterator-swallows-a-connection",
    what: "A loop over a listener takes a connection ahead of its body.",
    file: listener,
    find: `            yield connection;`,
    replace: `            void this.#next();
            yield connection;`,
    on: "memory@node",
    cases: ["tcp.accept/iterator-break"],
  },
  {
    name: "listener-has-shutdown-write",
    what: `A listener takes shutdown("write") for a graceful shutdown.`,
    file: listener,
    find: `        checkKeys("options of shutdown", options, ["graceful"]);
        const graceful = checkMilliseconds("graceful", options.graceful);`,
    replace: `        const graceful = options.graceful ?? 0;`,
    on: "memory@node",
    cases: ["tcp.shutdown/on-listener"],
  },
  {
    name: "listen-signal-ignored",
    what: "The signal of listen() does not close the listener later.",
    file: sockets,
    find: `signal.addEventListener("abort", close, { once: true });`,
    replace: ``,
    on: "memory@node",
    cases: ["tcp.listen/abort-signal"],
  },
  {
    name: "listener-ipv4-only",
    what: "A listener without a host listens on IPv4 only.",
    file: sockets,
    find: `return await attempt({ family: "ipv6", host: "::", port });`,
    replace: `return await attempt({ family: "ipv4", host: "0.0.0.0", port });`,
    on: "omnisock@node",
    cases: ["tcp.listen/dualstack-default"],
  },
  {
    name: "backlog-not-passed-on",
    what: "The backlog that is asked for does not reach the adapter.",
    file: sockets,
    find: `const request = { local, backlog, ipv6Only, reusePort };`,
    replace: `const request = { local, backlog: 128, ipv6Only, reusePort };`,
    on: "omnisock@node",
    cases: ["tcp.listen/backlog-honoured"],
  },
  {
    name: "no-delay-left-to-the-runtime",
    what: "noDelay is what the runtime chooses.",
    file: "build/core/option-table.js",
    find: `value: flag, on: tcp, initial: true }`,
    replace: `value: flag, on: tcp }`,
    on: "omnisock@node",
    cases: ["tcp.options/nodelay-default"],
  },
  {
    name: "idle-not-rounded",
    what: "The idle time of keepAlive is passed on in milliseconds where seconds count.",
    file: "build/core/option-values.js",
    find: `Math.ceil(checkInteger(what, value, least, maximum * 1000) / 1000) * 1000`,
    replace: `checkInteger(what, value, least, maximum * 1000)`,
    on: "omnisock@node",
    cases: ["tcp.options/keepalive-idle"],
  },
  {
    name: "keepalive-by-default",
    what: "keepAlive is on unless it is switched off.",
    file: "build/core/option-table.js",
    find: `name: "SO_KEEPALIVE", linux: 9, darwin: 0x8, value: flag, on: tcp }`,
    replace: `name: "SO_KEEPALIVE", linux: 9, darwin: 0x8, value: flag, on: tcp, initial: true }`,
    on: "omnisock@node",
    cases: ["tcp.options/keepalive-off"],
  },
  {
    name: "abort-after-connect",
    what: "A signal that is aborted after connect() resets the connection.",
    file: dial,
    find: `return new Connection(await (deadline === undefined ? connected : deadline.race(connected)));`,
    replace: `options.signal?.addEventListener("abort", () => void connected.then((stream) => stream.abort()));
        return new Connection(await (deadline === undefined ? connected : deadline.race(connected)));`,
    on: "omnisock@node",
    cases: ["tcp.cancel/after-connect"],
  },
  {
    name: "wildcard-no-destination",
    what: "A wildcard address is refused as a destination.",
    file: options,
    find: `    const from = localAddress === undefined`,
    replace: `    if (host === "0.0.0.0" || host === "::")
        throw new RangeError("host is a wildcard");
    const from = localAddress === undefined`,
    on: "omnisock@node",
    cases: ["tcp.connect/unspecified-addr"],
  },
];
