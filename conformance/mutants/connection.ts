/** Defects of `src/core/connection.ts`: how a stream is read, written and described. */
import type { Mutant } from "./mutant.js";

const file = "dist/core/connection.js";

export const mutants: readonly Mutant[] = [
  {
    name: "overlapping-read-accepted",
    what: "A second read while one waits is let in.",
    file,
    find: `if (this.#reading)
                throw this.#error("EBUSY", "read");`,
    replace: ``,
    on: "omnisock@node",
    cases: ["tcp.concurrency/two-reads", "streams/busy", "unix.stream/two-reads"],
  },
  {
    name: "reading-flag-sticks",
    what: "A read that ends early leaves the connection marked as being read.",
    file,
    find: `            finally {
                this.#reading = false;
            }`,
    replace: `            finally {
                this.#reading = deadline !== undefined;
            }`,
    on: "omnisock@deno",
    cases: ["tcp.cancel/timeout-rearm", "tcp.cancel/settled-in-time", "unix.stream/cancel"],
  },
  {
    name: "read-after-failure-waits",
    what: "A read that begins after the connection broke waits for ever.",
    file,
    find: `if (this.#failure !== undefined)
                        throw this.#wrap(this.#failure.error, "read");`,
    replace: ``,
    on: "omnisock@bun",
    cases: ["tcp.reset/rst-once", "families/tcp-ends", "iteration/connection-end", "streams/reset"],
  },
  {
    name: "empty-write-hangs",
    what: "A write() of no bytes waits for the kernel to take some.",
    file,
    find: `if (bytes.byteLength === 0)
                return;`,
    replace: `if (bytes.byteLength === 0)
                return await new Promise(() => { });`,
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
    name: "options-not-applied",
    what: "Options given when a connection is opened are stored and not set.",
    file,
    find: `configure = (connection, settings) => connection.#options.apply(settings);`,
    replace: `configure = () => { };`,
    on: "omnisock@bun",
    cases: ["tcp.options/keepalive-on"],
  },
  {
    name: "bytes-not-counted",
    what: "bytesRead counts chunks.",
    file,
    find: `this.#bytesRead += chunk.byteLength;`,
    replace: `this.#bytesRead += 1;`,
    on: "memory@node",
    cases: ["tcp.write/bytes-counters", "unix.stream/duplex"],
  },
  {
    name: "address-shared",
    what: "The address of a connection can be changed by whoever gets it.",
    file,
    find: `this.remoteAddress = Object.freeze({ ...native.remote });`,
    replace: `this.remoteAddress = native.remote;`,
    on: "memory@node",
    cases: ["address/addr-immutable"],
  },
  {
    name: "write-refused-while-reading",
    what: "A write while a read waits is refused.",
    file,
    find: `if (bytes.byteLength === 0)
                return;`,
    replace: `if (this.#reading)
                throw this.#error("EBUSY", "write");
            if (bytes.byteLength === 0)
                return;`,
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
            return this.#onFailure(error);`,
    replace: `return this.#onFailure(error);`,
    on: "omnisock@node",
    cases: ["tcp.write/failure-keeps-input"],
  },
  {
    name: "option-a-turn-late",
    what: "Options given at opening are set some turns later.",
    file,
    find: `configure = (connection, settings) => connection.#options.apply(settings);`,
    replace: `configure = (connection, settings) => setTimeout(() => connection.#options.apply(settings), 50);`,
    on: "omnisock@node",
    cases: ["tcp.options/before-connect"],
  },
];
