/** Defects of `src/core/stream.ts`: how a stream is closed, by either side. */
import type { Mutant } from "./mutant.js";

const connection = "build/core/connection.js";
const file = "build/core/stream.js";
const inbound = "build/core/inbound.js";

export const mutants: readonly Mutant[] = [
  {
    name: "eof-as-error",
    what: "The peer's orderly end is an error to the reader.",
    file: inbound,
    find: `if (this.#end === "failure")
            throw`,
    replace: `if (this.#end !== undefined)
            throw`,
    on: "omnisock@node",
    cases: [
      "tcp.read/eof-once",
      "unix.stream/basic",
      "iteration/connection-break",
      "streams/byob",
      "streams/echo",
      "streams/through",
      "unix.stream/closed-at-once",
      "unix.stream/many",
      "tcp.connect/closed-at-once",
    ],
  },
  {
    name: "eof-once-only",
    what: "EOF is given to one read; the next one waits for ever.",
    file: inbound,
    find: `return this.#end === "eof" ? null : undefined;`,
    replace: `if (this.#end !== "eof" || this.eofGiven)
            return undefined;
        this.eofGiven = true;
        return null;`,
    on: "memory@node",
    cases: ["tcp.read/eof-sticky", "unix.stream/eof"],
  },
  {
    name: "fin-before-queued",
    what: "FIN is sent without waiting for the writes before it.",
    file,
    find:
      `        return this.#outbound.idle ? this.#shutDown() : this.#outbound.drained().then(() => this.#shutDown());`,
    replace: `        return this.#shutDown();`,
    on: "omnisock@node",
    cases: [
      "tcp.shutdown/wr-no-data-loss",
      "tcp.shutdown/close-after-shutdown",
      "tcp.close/wire-fin",
      "unix.stream/close-flushes",
      "unix.stream/no-data-loss",
    ],
  },
  {
    name: "close-without-flush",
    what: "close() releases the descriptor without sending what was written.",
    file,
    find: `            await inTime(deadline, this.#fin);
`,
    replace: ``,
    on: "omnisock@bun",
    cases: ["tcp.close/flushes"],
  },
  {
    name: "close-without-lingering",
    what: "close() with unread input does not wait for the peer's FIN.",
    file,
    find: `if (this.#inbound.discarded && this.#inbound.ending === undefined)`,
    replace: `if (false)`,
    on: "omnisock@node",
    cases: ["tcp.close/flushes", "tcp.close/unread-rst", "unix.stream/unread-close", "tcp.close/wire-unread"],
  },
  {
    name: "peer-end-unnoticed",
    what: "close() with unread input does not see the peer's FIN and waits until its time is over.",
    file: file,
    find: `        if (this.#inbound.ending !== undefined)
            this.#peerEnded?.();`,
    replace: ``,
    on: "omnisock@node",
    cases: ["tcp.close/flushes", "tcp.close/unread-rst", "unix.stream/unread-close"],
  },
  {
    name: "linger-unbounded",
    what: "The linger option does not bound close().",
    file,
    find: `{ timeout: this.#linger, ...options }`,
    replace: `{ ...options }`,
    on: "omnisock@deno",
    cases: ["tcp.close/wakes-writer"],
  },
  {
    name: "close-twice-hits-another",
    what: "A second close() is passed on, as a descriptor that another connection has by then.",
    file,
    find: `this.#closing ??= quiet(`,
    replace: `if (this.#closing !== undefined)
            process._getActiveHandles().filter((handle) => handle.remotePort !== undefined).at(-1)?.destroy();
        this.#closing ??= quiet(`,
    on: "omnisock@node",
    cases: ["tcp.close/idempotent"],
  },
  {
    name: "close-leaves-descriptor",
    what: "close() reports its end, but the descriptor stays open.",
    file,
    find: `this.#released ?? this.#settle(this.native.close());`,
    replace: `this.#released ?? this.#settle(Promise.resolve());`,
    on: "omnisock@deno",
    cases: [
      "tcp.close/fd-released",
      "tcp.close/data-after-close-rst",
      "unix.stream/descriptors",
      "leaks/fd-accept",
    ],
  },
  {
    name: "close-leaves-reader",
    what: "A read that waits is not woken by close().",
    file,
    find: `            this.#given ??= "close";
            this.#inbound.discard();`,
    replace: `            this.#given ??= "close";`,
    on: "omnisock@bun",
    cases: ["tcp.close/wakes-reader", "streams/close-of-connection"],
  },
  {
    name: "half-close-off",
    what: "The peer's FIN is answered by our own at once.",
    file,
    find: `this.#inbound.finish("eof");`,
    replace: `this.#inbound.finish("eof");
        this.#fin ??= quiet(this.#sendFin());`,
    on: "omnisock@node",
    cases: ["tcp.shutdown/auto-end-default"],
  },
  {
    name: "release-at-eof",
    what: "The descriptor is released at the peer's FIN, although we may still write.",
    file,
    find: `if (this.#finSent && this.#inbound.ending === "eof" && this.#released === undefined)`,
    replace: `if (this.#inbound.ending === "eof" && this.#released === undefined)`,
    on: "omnisock@node26",
    cases: ["tcp.shutdown/eof-not-close", "unix.stream/peer-gone"],
  },
  {
    name: "never-released",
    what: "A connection that both ends have shut down is not released.",
    file,
    find: `if (this.#finSent && this.#inbound.ending === "eof" && this.#released === undefined)`,
    replace: `if (false)`,
    on: "omnisock@deno",
    cases: ["tcp.shutdown/simultaneous"],
  },
  {
    name: "shutdown-read-nothing",
    what: `shutdown("read") does nothing.`,
    file,
    find: `this.#readShut = true;
                this.#inbound.discard();`,
    replace: ``,
    on: "memory@node",
    cases: ["errors/state-machine", "tcp.shutdown/rd", "tcp.shutdown/rd-then-peer-data", "streams/cancel"],
  },
  {
    name: "write-after-shutdown",
    what: `A write() after shutdown("write") is not refused.`,
    file,
    find: `if (this.#fin !== undefined)
            throw this.#error("EPIPE", "write");`,
    replace: ``,
    on: "omnisock@bun",
    cases: ["tcp.write/after-local-end", "tcp.shutdown/not-writable-after", "streams/close"],
  },
  {
    name: "write-after-close",
    what: "A write() after close() says that the connection is broken instead of closed.",
    file,
    find: `if (this.#given !== undefined)
            throw this.#stateError("write");`,
    replace: `if (this.#given !== undefined)
            throw this.#error("ECONNRESET", "write");`,
    on: "memory@node",
    cases: ["tcp.write/after-close"],
  },
  {
    name: "second-shutdown-refused",
    what: `A repeated shutdown("write") sends FIN again.`,
    file,
    find: `if (this.#fin === undefined) {`,
    replace: `if (this.#finSent)
                throw this.#error("EPIPE", "shutdown");
            if (this.#fin === undefined) {`,
    on: "omnisock@node",
    cases: ["tcp.shutdown/idempotent", "tcp.cancel/shutdown", "tcp.shutdown/wire-fin-once"],
  },
  {
    name: "option-after-close",
    what: "setOption() is passed on after close().",
    file,
    find: `        if (this.#given !== undefined || this.#released !== undefined)
            throw this.#stateError(operation);`,
    replace: ``,
    on: "omnisock@node",
    cases: ["tcp.options/after-close", "options/closed"],
  },
  {
    name: "disposal-throws",
    what: "Disposal of a connection throws what close() rejects with.",
    file: connection,
    find: `await this.close().catch(() => { });`,
    replace: `await this.close();`,
    on: "omnisock@node",
    cases: ["tcp.close/async-dispose"],
  },
  {
    name: "close-by-reset",
    what: "close() resets a connection that has nothing to send.",
    file,
    find: `            this.#fin ??= quiet(this.#sendFin());
            await inTime`,
    replace: `            if (prompt)
                return await this.#reset();
            this.#fin ??= quiet(this.#sendFin());
            await inTime`,
    on: "omnisock@node",
    cases: [
      "tcp.close/graceful-fin",
      "tcp.shutdown/fin-wait2-orphan",
      "unix.stream/unread-close",
      "tcp.timewait/active-closer",
    ],
  },
  {
    name: "close-options-ignored",
    what: "The timeout and the signal of close() are not heeded.",
    file,
    find: `this.#close(options)`,
    replace: `this.#close(undefined)`,
    on: "omnisock@node",
    cases: ["tcp.close/close-with-timeout", "tcp.cancel/every-call"],
  },
  {
    name: "shutdown-not-awaited",
    what: `shutdown("write") resolves before FIN is sent.`,
    file,
    find: `await (deadline === undefined ? this.#fin : deadline.race(this.#fin));`,
    replace: ``,
    on: "omnisock@node",
    cases: ["tcp.write/flush-promise"],
  },
  {
    name: "address-gone-at-close",
    what: "A connection that is closed has no address.",
    file: connection,
    find: `this.localAddress = Object.freeze(stream.native.local);`,
    replace: `this.localAddress = Object.freeze(stream.native.local);
        const forget = () => {
            this.localAddress = undefined;
        };
        stream.closed.then(forget, forget);`,
    on: "omnisock@node",
    cases: ["address/addr-after-close"],
  },
  {
    name: "no-fin",
    what: `shutdown("write") sends nothing.`,
    file,
    find: `            await this.native.shutdown();`,
    replace: ``,
    on: "omnisock@node",
    cases: ["tcp.timewait/shutdown-first", "tcp.shutdown/wire-fin-once", "multiproc/cross-runtime"],
  },
  {
    name: "read-shutdown-on-the-wire",
    what: `shutdown("read") sends FIN.`,
    file,
    find: `            if (how === "read")
                return;`,
    replace: `            if (how === "read")
                return await this.native.shutdown();`,
    on: "omnisock@node",
    cases: ["tcp.shutdown/wire-read"],
  },
  {
    name: "disposal-closes-nothing",
    what: "Disposal of a connection leaves it open.",
    file: connection,
    find: `await this.close().catch(() => { });`,
    replace: ``,
    on: "omnisock@node",
    cases: ["leaks/close-wait", "tcp.close/async-dispose"],
  },
];
