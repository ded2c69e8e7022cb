/** Defects of `src/core/stream.ts`: how a stream is reset, by either side. */
import type { Mutant } from "./mutant.js";

const file = "build/core/stream.js";

export const mutants: readonly Mutant[] = [
  {
    name: "reset-as-eof",
    what: "A failure of the connection is told to the reader as the peer's orderly end.",
    file,
    find: `        this.#inbound.finish("failure");
        this.#outbound.fail(this.#wrap(error, "write"));`,
    replace: `        this.#inbound.finish("eof");
        this.#outbound.fail(this.#wrap(error, "write"));`,
    on: "omnisock@node",
    cases: [
      "tcp.reset/recv-rst-read",
      "tcp.connect/syn-rst-vs-refused",
      "tcp.reset/blind-rst-ignored",
      "tcp.reset/kernel-abort",
      "tcp.write/peer-vanishes",
    ],
  },
  {
    name: "reset-leaves-writers",
    what: "reset() does not reject the writes that wait.",
    file,
    find: `this.#outbound.fail(this.#error(this.#given === "close" ? "ECANCELED" : "ECONNRESET", "write"));`,
    replace: ``,
    on: "omnisock@node",
    cases: ["tcp.reset/abort-discards", "streams/abort"],
  },
  {
    name: "reset-by-close",
    what: "reset() closes in order.",
    file,
    find: `const released = this.native.reset();`,
    replace: `const released = this.native.close();`,
    on: "omnisock@deno",
    cases: [
      "tcp.reset/abort-sends-rst",
      "tcp.reset/reset-after-close",
      "tcp.reset/reset-after-shutdown",
      "tcp.close/destroy-semantics",
      "tcp.reset/wire-rst",
      "tcp.options/linger",
      "tcp.timewait/linger-after-reset",
    ],
  },
  {
    name: "closed-silent-on-failure",
    what: "closed never settles when the connection breaks.",
    file,
    find: `                else
                    reject(failure);`,
    replace: ``,
    on: "omnisock@node",
    cases: ["tcp.backpressure/rst-under-pressure", "tcp.reset/recv-rst-idle", "tcp.reset/recv-rst-close-wait"],
  },
  {
    name: "closed-asked-late",
    what: "closed never settles if it is asked for when the connection is over.",
    file: file,
    find: `            if (this.#outcome !== undefined)
                this.#settleClosed();`,
    replace: ``,
    on: "omnisock@node",
    cases: ["tcp.close/closed-settles"],
  },
  {
    name: "reset-called-closed",
    what: "After reset() calls say that the connection is closed.",
    file,
    find: `this.#given === "reset" ? "ECONNRESET" : "EBADF"`,
    replace: `"EBADF"`,
    on: "omnisock@node",
    cases: ["tcp.reset/abort-discards", "unix.stream/reset"],
  },
];
