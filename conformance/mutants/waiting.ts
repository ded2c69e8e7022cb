/** Defects of `signal` and `timeout`. */
import type { Mutant } from "./mutant.js";

const file = "build/core/deadline.js";

export const mutants: readonly Mutant[] = [
  {
    name: "late-abort-ignored",
    what: "A signal is looked at when the call begins, and not any more.",
    file,
    find: `signal?.addEventListener("abort", this.#onAbort);`,
    replace: ``,
    on: "omnisock@node",
    cases: ["tcp.cancel/reason-identity", "tcp.reset/reset-before-connected"],
  },
  {
    name: "early-abort-ignored",
    what: "A signal that is aborted already is not looked at.",
    file,
    find: `signal?.throwIfAborted();`,
    replace: ``,
    on: "omnisock@node",
    cases: ["tcp.cancel/pre-aborted", "udp.send/pre-aborted"],
  },
  {
    name: "abort-reason-replaced",
    what: "An abort rejects with an AbortError of its own instead of the reason.",
    file,
    find: `this.#expire(this.#signal?.reason)`,
    replace: `this.#expire(new DOMException("aborted", "AbortError"))`,
    on: "memory@node",
    cases: ["tcp.cancel/reason-identity"],
  },
  {
    name: "timeout-ignored",
    what: "A timeout is checked and then forgotten.",
    file,
    find: `if (timeout !== Infinity) {`,
    replace: `if (false) {`,
    on: "omnisock@node",
    cases: ["tcp.connect/blackhole-timeout"],
  },
  {
    name: "timeout-too-short",
    what: "A timeout is taken for tenths of what it says.",
    file,
    find: `setTimeout(expire, Math.min(timeout, longestTimeout))`,
    replace: `setTimeout(expire, Math.min(timeout / 10, longestTimeout))`,
    on: "omnisock@deno",
    cases: ["tcp.connect/blackhole-timeout"],
  },
  {
    name: "long-timeout-fires-at-once",
    what: "A timeout beyond what timers hold fires at once.",
    file,
    find: `Math.min(timeout, longestTimeout)`,
    replace: `timeout`,
    on: "memory@node",
    cases: ["tcp.cancel/timeout-range"],
  },
  {
    name: "zero-timeout-tries",
    what: "A timeout of 0 lets the call take what is there.",
    file,
    find: `if (timeout === 0)
            throw new SocketError("ETIMEDOUT", operation, { address });`,
    replace: ``,
    on: "memory@node",
    cases: ["tcp.cancel/past-deadline"],
  },
  {
    name: "timeout-without-address",
    what: "The error of a timeout does not name the address.",
    file,
    find: `this.#expire(new SocketError("ETIMEDOUT", operation, { address }))`,
    replace: `this.#expire(new SocketError("ETIMEDOUT", operation))`,
    on: "memory@node",
    cases: ["tcp.cancel/timeout-code"],
  },
  {
    name: "signal-listener-left",
    what: "A call leaves its listener on the signal.",
    file,
    find: `this.#signal?.removeEventListener("abort", this.#onAbort);`,
    replace: ``,
    on: "memory@node",
    cases: ["tcp.cancel/listener-removed"],
  },
  {
    name: "aborted-read-consumes",
    what: "An aborted read takes the bytes that come next.",
    file: "build/core/inbound.js",
    find: `if (this.#arrival === arrival)
                this.#forget();`,
    replace: `if (this.#arrival === arrival) {
                this.#forget();
                this.push = () => delete this.push;
            }`,
    on: "omnisock@node",
    cases: ["tcp.cancel/read-abort-lossless"],
  },
];
