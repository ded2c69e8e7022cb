/** Defects that show in a process as a whole, or between processes. */
import type { Mutant } from "./mutant.js";

const listener = "build/adapters/node/listener.js";
const outbound = "build/core/outbound.js";
const stream = "build/core/stream.js";

export const mutants: readonly Mutant[] = [
  {
    name: "broken-pipe-fatal",
    what: "A write to a peer that is gone ends the process.",
    file: "build/core/errors.js",
    find: `        this.code = code;`,
    replace: `        this.code = code;
        if (operation === "write")
            process.exit(141);`,
    on: "omnisock@node",
    cases: ["signals/sigpipe"],
  },
  {
    name: "interrupted-call-fails",
    what: "A write under a signal handler fails with EINTR now and then.",
    file: outbound,
    find: `                pending = this.#owner.write(bytes);`,
    replace: `                globalThis.sends = (globalThis.sends ?? 0) + 1;
                if (process.listenerCount("SIGUSR2") > 0 && globalThis.sends % 40 === 0)
                    throw Object.assign(new Error("interrupted"), { code: "EINTR" });
                pending = this.#owner.write(bytes);`,
    on: "omnisock@node",
    cases: ["signals/eintr"],
  },
  {
    name: "sigint-handled",
    what: "The library closes its sockets on SIGINT, so that the process goes on.",
    file: "build/core/sockets.js",
    find: `export function createSockets(adapter) {`,
    replace: `export function createSockets(adapter) {
    process.on("SIGINT", () => { });`,
    on: "omnisock@node",
    cases: ["signals/sigint-default"],
  },
  {
    name: "stop-taken-for-a-dead-peer",
    what: "A connection of which nothing was heard for 100 ms of the clock is reset.",
    file: stream,
    find: `        group?.add(this);
        hold(this);`,
    replace: `        group?.add(this);
        hold(this);
        let last = Date.now();
        const watch = setInterval(() => {
            if (Date.now() - last > 100)
                void this.abort();
            last = Date.now();
        }, 20);
        watch.unref();`,
    on: "omnisock@node",
    cases: ["signals/sigstop-cont"],
  },
  {
    name: "graceful-without-grace",
    what: "shutdown({ graceful }) resets the accepted connections at once.",
    file: "build/core/listener.js",
    find: `            await (deadline === undefined ? over : deadline.race(over));`,
    replace: `            await Promise.all([...this.#open].map((stream) => stream.abort()));`,
    on: "omnisock@node",
    cases: ["signals/sigterm-graceful", "tcp.listen/graceful-shutdown"],
  },
  {
    name: "node-reuse-port-ignored",
    what: "reusePort of a listener is not passed on.",
    file: listener,
    find: `            how.reusePort = true;`,
    replace: `            ;`,
    on: "omnisock@node26",
    cases: ["multiproc/reuseport-bind", "multiproc/crash-one", "multiproc/unsupported-platform"],
  },
  {
    name: "node-udp-reuse-port-ignored",
    what: "reusePort of a UDP socket is not passed on.",
    file: "build/adapters/node/datagram.js",
    find: `            options.reusePort = true;`,
    replace: `            ;`,
    on: "omnisock@node26",
    cases: ["multiproc/reuseport-udp", "multiproc/unsupported-platform"],
  },
  {
    name: "port-asked-for-first",
    what: "A port on which the kernel still has a connection counts as in use.",
    file: listener,
    find: `        const where`,
    replace: `        const port = ":" + (local.port ?? 0).toString(16).toUpperCase().padStart(4, "0");
        const rows = process.getBuiltinModule("node:fs").readFileSync("/proc/net/tcp", "latin1").split("\\n");
        if (local.port > 0 && rows.some((row) => row.trim().split(" ")[1]?.endsWith(port)))
            return reject(Object.assign(new Error("in use"), { code: "EADDRINUSE" }));
        const where`,
    on: "omnisock@node",
    cases: ["tcp.timewait/server-restart", "multiproc/killed-listener", "tcp.listen/rebind-timewait"],
  },
  {
    name: "main-thread-only",
    what: "Nothing can be connected in a worker thread.",
    file: "build/adapters/node/index.js",
    find: `    connect: (request, opened) => connectStream(`,
    replace:
      `    connect: async (request, opened) => process.getBuiltinModule("node:worker_threads").isMainThread && connectStream(`,
    on: "omnisock@node",
    cases: ["tcp.concurrency/worker-threads"],
  },
  {
    name: "few-at-a-time",
    what: "A process can have 500 sockets.",
    file: "build/core/lifetime.js",
    find: `    holders.add(holder);`,
    replace: `    holders.add(holder);
    if (holders.size > 500)
        throw Object.assign(new Error("too many"), { code: "EMFILE" });`,
    on: "omnisock@node",
    cases: ["tcp.concurrency/thousand-open"],
  },
];
