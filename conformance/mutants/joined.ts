/** Defects of what joins the writes of a turn, in `src/core/outbound.ts`, and of the read that waits, in `src/core/inbound.ts`. */
import type { Mutant } from "./mutant.js";

const inbound = "build/core/inbound.js";
const outbound = "build/core/outbound.js";
const stream = "build/core/stream.js";

export const mutants: readonly Mutant[] = [
  {
    name: "joined-write-resolves-at-once",
    what: "A write that is joined to one before it resolves at the call.",
    file: outbound,
    find: `return last.done;`,
    replace: `return Promise.resolve();`,
    on: "omnisock@node",
    cases: ["tcp.backpressure/blocks"],
  },
  {
    name: "first-of-joined-lost",
    what: "Of writes that are joined the first is zeros.",
    file: outbound,
    find: `room.set(this.bytes);`,
    replace: ``,
    on: "memory@node",
    cases: ["tcp.write/order", "unix.stream/coalesced"],
  },
  {
    name: "joined-room-sent",
    what: "Of joined writes the memory in which they were joined is sent, to its end.",
    file: outbound,
    find: `this.#room.subarray(0, this.length)`,
    replace: `this.#room`,
    on: "memory@node",
    cases: ["tcp.write/order", "unix.stream/coalesced"],
  },
  {
    name: "joined-room-shared",
    what: "Writes to several connections are joined in the same memory.",
    file: outbound,
    find: `    spare = undefined;
    return room;`,
    replace: `    return room;`,
    on: "memory@node",
    cases: ["tcp.write/apart"],
  },
  {
    name: "joined-room-given-back-early",
    what: "Memory that still waits to be sent is used for other writes.",
    file: outbound,
    find: `this.#room.subarray(0, this.length)`,
    replace: `(spare ??= this.#room, this.#room.subarray(0, this.length))`,
    on: "memory@node",
    cases: ["tcp.write/apart"],
  },
  {
    name: "joined-room-never-grows",
    what: "Writes are joined beyond the memory that they are joined in.",
    file: outbound,
    find: `if (this.#room === undefined || length > this.#room.byteLength) {`,
    replace: `if (this.#room === undefined) {`,
    on: "memory@node",
    cases: ["tcp.write/order"],
  },
  {
    name: "joined-without-limit",
    what: "Writes of a turn are joined whatever they come to, beyond the memory for it.",
    file: outbound,
    find: `last !== undefined && last.length + bytes.byteLength <= joinLimit && !last.lost`,
    replace: `last !== undefined && !last.lost`,
    on: "omnisock@node",
    cases: ["tcp.write/order", "tcp.write/gather"],
  },
  {
    name: "joined-to-lost",
    what: "A write is joined to one whose buffer was given away, and fails with it.",
    file: outbound,
    find: `<= joinLimit && !last.lost)`,
    replace: `<= joinLimit)`,
    on: "memory@node",
    cases: ["tcp.write/detached"],
  },
  {
    name: "joined-to-one-under-way",
    what: "A write is joined to one that the kernel has already, and never sent.",
    file: outbound,
    find: `    #next(first) {
        this.#open = undefined;`,
    replace: `    #next(first) {`,
    on: "omnisock@node",
    cases: ["tcp.write/order", "tcp.concurrency/interleaved-echo", "tcp.write/empty"],
  },
  {
    name: "timed-write-overtaken",
    what: "A write overtakes one with a timeout: it is joined to the one before that.",
    file: outbound,
    find: `        this.#open = undefined;
        if (this.#last === undefined)`,
    replace: `        if (this.#last === undefined)`,
    on: "omnisock@node",
    cases: ["tcp.write/order"],
  },
  {
    name: "timed-write-joined",
    what: "A write is joined to one with a timeout, and taken back with it.",
    file: outbound,
    find: `        this.#open = undefined;
        if (this.#last === undefined)`,
    replace: `        this.#open = this.#cork ? entry : undefined;
        if (this.#last === undefined)`,
    on: "omnisock@node",
    cases: ["tcp.concurrency/two-writes", "tcp.cancel/write-abort-defined"],
  },
  {
    name: "pieces-swapped",
    what: "Writes that are too large for one call together go out in the wrong order.",
    file: outbound,
    find: `        bytes.set(entry.bytes, offset);
        offset += entry.length;`,
    replace: `        offset += entry.length;
        bytes.set(entry.bytes, total - offset);`,
    on: "omnisock@node",
    cases: ["tcp.write/order"],
  },
  {
    name: "one-connection-a-turn",
    what: "Of connections that were written to in one turn only the first sends.",
    file: outbound,
    find: `index < count;`,
    replace: `index < 1;`,
    on: "omnisock@node",
    cases: ["tcp.concurrency/interleaved-conns"],
  },
  {
    name: "failed-write-escapes",
    what: "A write that fails and is not awaited is an unhandled rejection.",
    file: outbound,
    find: `        quiet(this.done);
`,
    replace: ``,
    on: "omnisock@node",
    cases: ["tcp.backpressure/rst-under-pressure", "tcp.reset/abort-discards"],
  },
  {
    name: "queue-overtaken",
    what: "A read waits for what comes next although bytes wait.",
    file: inbound,
    find: `const received = this.#outcome(into, false);`,
    replace: `const received = this.#end === undefined ? undefined : this.#outcome(into, false);`,
    on: "omnisock@node",
    cases: ["tcp.read/late-reader", "tcp.read/no-boundaries"],
  },
  {
    name: "whole-chunk-for-read-into",
    what: "A readInto() that waits gets the chunk instead of the bytes in its buffer.",
    file: inbound,
    find: `this.#into === undefined && this.#deadline === undefined`,
    replace: `this.#deadline === undefined`,
    on: "omnisock@node",
    cases: ["tcp.read/byob", "streams/byob"],
  },
  {
    name: "waiting-read-escapes",
    what: "A read that waits and is not awaited is an unhandled rejection when the connection breaks.",
    file: inbound,
    find: `                quiet(arrival);
`,
    replace: ``,
    on: "omnisock@node",
    cases: ["tcp.close/closed-settles", "tcp.reset/abort-discards"],
  },
  {
    name: "clock-of-quick-read-left",
    what: "A read that need not wait leaves its clock running.",
    file: inbound,
    find: `            deadline?.end();
            return Promise.resolve(received);`,
    replace: `            return Promise.resolve(received);`,
    on: "omnisock@node",
    cases: ["leaks/timers", "tcp.cancel/listener-removed"],
  },
  {
    name: "clock-of-refused-read-left",
    what: "A read that is refused leaves its clock running.",
    file: stream,
    find: `            deadline?.end();
            return quiet(Promise.reject(error));`,
    replace: `            return quiet(Promise.reject(error));`,
    on: "omnisock@node",
    cases: ["leaks/timers", "tcp.cancel/listener-removed"],
  },
];
