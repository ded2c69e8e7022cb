/** Defects of `src/core/stream.ts` and what programs have of it: how a stream is read, written and described. */
import type { Mutant } from "./mutant.js";

const connection = "build/core/connection.js";
const dial = "build/core/dial.js";
const file = "build/core/stream.js";
const inbound = "build/core/inbound.js";

export const mutants: readonly Mutant[] = [
  {
    name: "overlapping-read-accepted",
    what: "A second read while one waits is let in.",
    file,
    find: `if (this.#inbound.awaited)
                throw this.#error("EBUSY", "read");`,
    replace: ``,
    on: "omnisock@node",
    cases: ["tcp.concurrency/two-reads", "streams/busy", "unix.stream/two-reads"],
  },
  {
    name: "reading-flag-sticks",
    what: "A read with a signal or a timeout leaves the connection marked as being read.",
    file: inbound,
    find: `if (this.#arrival === arrival)
                this.#forget();`,
    replace: `this.#arrival = arrival;`,
    on: "omnisock@deno",
    cases: ["tcp.cancel/timeout-rearm", "unix.stream/cancel"],
  },
  {
    name: "read-after-failure-waits",
    what: "A read of a connection that broke waits for ever.",
    file: inbound,
    find: `if (this.#end === "failure")
            throw this.#owner.readFailure();`,
    replace: ``,
    on: "omnisock@bun",
    cases: ["tcp.reset/rst-once", "families/tcp-ends", "iteration/connection-end", "streams/reset"],
  },
  {
    name: "empty-write-hangs",
    what: "A write() of no bytes waits for the kernel to take some.",
    file,
    find: `return bytes.byteLength === 0 ? Promise.resolve()`,
    replace: `return bytes.byteLength === 0 ? new Promise(() => { })`,
    on: "memory@node",
    cases: ["tcp.write/empty"],
  },
  {
    name: "aborted-write-unnoticed",
    what: "A write that is aborted after it began leaves the connection open, with a torso in it.",
    file,
    find: `                    await this.#reset();
                }
                throw error;`,
    replace: `                }
                throw error;`,
    on: "omnisock@node",
    cases: [
      "tcp.write/all-or-error",
      "tcp.cancel/write-abort-defined",
      "tcp.close/closed-settles",
      "unix.stream/write-abort",
    ],
  },
  {
    name: "late-abort-resets",
    what: "The signal of a write that was done in time still resets the connection.",
    file: file,
    find: `const entry = this.#outbound.addAlone(bytes);`,
    replace: `options.signal?.addEventListener("abort", () => void this.#reset());
            const entry = this.#outbound.addAlone(bytes);`,
    on: "omnisock@deno",
    cases: ["tcp.cancel/settled-in-time"],
  },
  {
    name: "options-not-applied",
    what: "Options given when a connection is opened are stored and not set.",
    file: "build/core/option-access.js",
    find: `        for (const [option, value] of settings)
            this.#call("setOption", () => this.#apply(option, value));`,
    replace: ``,
    on: "omnisock@bun",
    cases: ["tcp.options/keepalive-on"],
  },
  {
    name: "bytes-not-counted",
    what: "bytesRead counts chunks.",
    file: inbound,
    find: `this.#taken += bytes.byteLength;`,
    replace: `this.#taken += 1;`,
    on: "memory@node",
    cases: ["tcp.write/bytes-counters", "unix.stream/duplex"],
  },
  {
    name: "waiting-read-not-counted",
    what: "bytesRead leaves out what a read got that had to wait.",
    file: inbound,
    find: `            this.#taken += bytes.byteLength;`,
    replace: ``,
    on: "memory@node",
    cases: ["tcp.write/bytes-counters", "unix.stream/duplex"],
  },
  {
    name: "address-shared",
    what: "The address of a connection can be changed by whoever gets it.",
    file: connection,
    find: `this.remoteAddress = Object.freeze(stream.native.remote);`,
    replace: `this.remoteAddress = stream.native.remote;`,
    on: "memory@node",
    cases: ["address/addr-immutable"],
  },
  {
    name: "write-refused-while-reading",
    what: "A write while a read waits is refused.",
    file,
    find: `if (this.#fin !== undefined)
            throw this.#error("EPIPE", "write");`,
    replace: `if (this.#inbound.awaited)
            throw this.#error("EBUSY", "write");
        if (this.#fin !== undefined)
            throw this.#error("EPIPE", "write");`,
    on: "omnisock@node",
    cases: [
      "tcp.concurrency/read-while-write",
      "families/tcp",
      "tcp.concurrency/interleaved-conns",
      "unix.stream/close-wakes",
    ],
  },
  {
    name: "failure-loses-unread",
    what: "What had arrived before a failed write is not given to the reader any more.",
    file,
    find: `if (this.#inbound.ending !== undefined || this.#given !== undefined)
            return this.fail(error);`,
    replace: `return this.fail(error);`,
    on: "omnisock@node",
    cases: ["tcp.write/failure-keeps-input"],
  },
  {
    name: "option-a-turn-late",
    what: "Options given at opening are set some turns later.",
    file: dial,
    find: `stream.options.apply(this.#plan.settings);`,
    replace: `setTimeout(() => stream.options.apply(this.#plan.settings), 500);`,
    on: "omnisock@node",
    cases: ["tcp.options/before-connect"],
  },
];
