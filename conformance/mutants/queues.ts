/** Defects of the queues in `src/core`: inbound, outbound, mailbox, and the WHATWG views over them. */
import type { Mutant } from "./mutant.js";

const inbound = "build/core/inbound.js";
const outbound = "build/core/outbound.js";
const mailbox = "build/core/mailbox.js";
const streams = "build/core/streams.js";

export const mutants: readonly Mutant[] = [
  {
    name: "unbounded-read-ahead",
    what: "Reading goes on when the queue is full.",
    file: inbound,
    find: `this.#stopped = this.#full;`,
    replace: `this.#stopped = false;`,
    on: "omnisock@node",
    cases: ["tcp.backpressure/read-bounded", "tcp.backpressure/read-pause", "unix.stream/backpressure-read"],
  },
  {
    name: "tiny-chunks-unbounded",
    what: "However many chunks wait, only their bytes count.",
    file: inbound,
    find: `this.#size + this.#chunks.length * overhead >= this.#limit`,
    replace: `this.#size >= this.#limit`,
    on: "omnisock@node",
    cases: ["tcp.backpressure/tiny-bounded"],
  },
  {
    name: "reading-never-resumed",
    what: "Reading that was stopped by a full queue does not go on when the queue is empty.",
    file: inbound,
    find: `        this.#stopped = false;
        this.#owner.resume();`,
    replace: ``,
    on: "omnisock@deno",
    cases: ["tcp.read/late-reader", "tcp.backpressure/pipe-duplex"],
  },
  {
    name: "unread-lost-at-reset",
    what: "Bytes that had arrived before a reset are dropped.",
    file: inbound,
    find: `this.#end ??= ending;`,
    replace: `this.#end ??= ending;
        if (ending === "failure") {
            this.#chunks.reset([]);
            this.#size = 0;
        }`,
    on: "omnisock@bun",
    cases: ["tcp.reset/recv-rst-read", "tcp.read/data-then-rst"],
  },
  {
    name: "part-read-twice",
    what: "What readInto() took of a chunk is given again.",
    file: inbound,
    find: `this.#chunks.putBack(chunk.subarray(part.byteLength));`,
    replace: `this.#chunks.putBack(chunk);`,
    on: "memory@node",
    cases: ["tcp.read/no-boundaries", "tcp.read/byob", "iteration/mixed-reads"],
  },
  {
    name: "rest-of-chunk-lost",
    what: "What does not fit into the buffer of readInto() is dropped.",
    file: inbound,
    find: `            if (part.byteLength < chunk.byteLength)
                this.#chunks.putBack(chunk.subarray(part.byteLength));`,
    replace: ``,
    on: "memory@node",
    cases: ["tcp.read/no-boundaries"],
  },
  {
    name: "newest-chunk-first",
    what: "Of chunks that wait the newest is read first.",
    file: inbound,
    find: `        this.#chunks.push(bytes);`,
    replace: `        this.#chunks.putBack(bytes);`,
    on: "omnisock@node",
    cases: ["tcp.read/no-boundaries"],
  },
  {
    name: "unawaited-bytes-lost",
    what: "Bytes that come while nobody reads are lost.",
    file: inbound,
    find: `        this.#chunks.push(bytes);`,
    replace: `        if (this.#arrival === undefined)
            return true;
        this.#chunks.push(bytes);`,
    on: "omnisock@node",
    cases: [
      "tcp.read/fragments",
      "tcp.read/late-reader",
      "streams/release",
      "streams/same-object",
      "unix.stream/no-tcp-options",
      "unix.stream/unread-close",
      "tcp.concurrency/interleaved-echo",
    ],
  },
  {
    name: "zero-read-takes-all",
    what: "readInto() of an empty buffer waits for bytes.",
    file: inbound,
    find: `if (target.byteLength === 0)
            return 0;`,
    replace: ``,
    on: "memory@node",
    cases: ["tcp.read/zero-len-read"],
  },
  {
    name: "last-write-dropped-on-shutdown",
    what: "The write that is last in the queue is dropped when FIN is asked for.",
    file: outbound,
    find: `    drained() {`,
    replace: `    drained() {
        const last = this.#last;
        if (last !== undefined) {
            this.cancel(last);
            last.finish();
        }`,
    on: "omnisock@deno",
    cases: ["tcp.shutdown/wr-no-data-loss"],
  },
  {
    name: "write-resolves-early",
    what: "A write() resolves when it is queued, however long the queue is.",
    file: outbound,
    find: `const entry = new Entry(bytes);`,
    replace: `const entry = new Entry(bytes);
        entry.finish();`,
    on: "omnisock@node",
    cases: ["tcp.backpressure/blocks", "tcp.backpressure/bounded-rss", "unix.stream/backpressure-write"],
  },
  {
    name: "coalescing-off",
    what: "Each small write of a turn is a system call of its own.",
    file: outbound,
    find: `this.#cork = cork;`,
    replace: `this.#cork = false;`,
    on: "omnisock@node",
    cases: ["tcp.write/order", "tcp.write/wire-coalesced"],
  },
  {
    name: "next-not-joined",
    what: "A write that can be taken back is a system call of its own.",
    file: outbound,
    find: `if (last !== undefined && (!this.#cork || total + entry.length > joinLimit))`,
    replace: `if (last !== undefined)`,
    on: "omnisock@node",
    cases: ["tcp.write/order"],
  },
  {
    name: "joined-writes-swapped",
    what: "Writes that are joined are put together in the wrong order.",
    file: outbound,
    find: `        this.#room.set(bytes, this.length);`,
    replace: `        this.#room.copyWithin(bytes.byteLength, 0, this.length);
        this.#room.set(bytes);`,
    on: "memory@node",
    cases: ["tcp.write/order", "tcp.connect/writes-before-open", "tcp.write/gather", "unix.stream/coalesced"],
  },
  {
    name: "aborted-write-sent",
    what: "A write that is aborted before it began is sent nevertheless.",
    file: outbound,
    find: `        if (before === undefined)
            this.#first = entry.next;
        else
            before.next = entry.next;
        if (this.#last === entry)
            this.#last = before;
`,
    replace: ``,
    on: "omnisock@node",
    cases: ["tcp.concurrency/two-writes"],
  },
  {
    name: "aborted-last-followed",
    what: "What is written after a write that was aborted before it began is lost.",
    file: outbound,
    find: `        if (this.#last === entry)
            this.#last = before;
`,
    replace: ``,
    on: "omnisock@node",
    cases: ["tcp.concurrency/two-writes"],
  },
  {
    name: "waiting-counted-as-sent",
    what: "With one write all that wait behind it count as sent.",
    file: outbound,
    find: `taken.next = undefined;`,
    replace: ``,
    on: "omnisock@node",
    cases: ["tcp.write/order"],
  },
  {
    name: "detached-buffer-sent",
    what: "A buffer that was given away while its write() waited is sent as what is left of it.",
    file: outbound,
    find: `entry !== undefined && !entry.lost;`,
    replace: `entry !== undefined;`,
    on: "memory@node",
    cases: ["tcp.write/detached"],
  },
  {
    name: "written-not-counted",
    what: "bytesWritten stays 0.",
    file: outbound,
    find: `this.#written += entry.length;`,
    replace: ``,
    on: "omnisock@node",
    cases: ["tcp.write/bytes-counters", "unix.stream/duplex"],
  },
  {
    name: "failed-writes-hang",
    what: "Writes that wait are not told that the connection broke.",
    file: outbound,
    find: `entry.reject(error);`,
    replace: `continue;`,
    on: "omnisock@node",
    cases: ["tcp.backpressure/rst-under-pressure", "tcp.backpressure/fin-then-rst-under-pressure"],
  },
  {
    name: "last-waiter-first",
    what: "The call that has waited shortest is served first.",
    file: mailbox,
    find: `this.#waiting.push(taker);`,
    replace: `this.#waiting.putBack(taker);`,
    on: "omnisock@node",
    cases: ["tcp.accept/concurrent-accepts", "udp.recv/waiters-in-order"],
  },
  {
    name: "last-datagram-first",
    what: "The datagram that came last is received first.",
    file: mailbox,
    find: `this.#items.push(item);`,
    replace: `this.#items.putBack(item);`,
    on: "omnisock@bun",
    cases: ["udp.recv/one-per-read", "iteration/datagrams", "udp.truncation/gro"],
  },
  {
    name: "waiters-left-at-close",
    what: "Calls that wait are not ended by close().",
    file: mailbox,
    find: `        for (const taker of this.#waiting.list())
            taker.reject(error);`,
    replace: ``,
    on: "omnisock@node",
    cases: ["tcp.accept/close-wakes", "udp.recv/close-wakes", "unix.stream/abort-listener"],
  },
  {
    name: "timed-out-waiter-stays",
    what: "A call whose time ran out stays in the queue and swallows the next item.",
    file: mailbox,
    find: `if (!this.#waiting.remove(waiter))`,
    replace: `if (!this.#waiting.list().includes(waiter))`,
    on: "omnisock@deno",
    cases: ["udp.recv/abort-loses-nothing"],
  },
  {
    name: "readable-reads-ahead",
    what: "The readable stream takes a chunk before anybody reads.",
    file: streams,
    find: `{ highWaterMark: 0 }`,
    replace: `{ highWaterMark: 65_536 }`,
    on: "omnisock@node",
    cases: ["tcp.read/unexpected-read"],
  },
  {
    name: "readable-never-closes",
    what: "The readable stream does not end at EOF.",
    file: streams,
    find: `                if (chunk === null)
                    controller.close();
                else
                    controller.enqueue(chunk);`,
    replace: `                if (chunk !== null)
                    controller.enqueue(chunk);`,
    on: "memory@node",
    cases: ["tcp.read/eof-once"],
  },
  {
    name: "writable-closes-both",
    what: "Closing the writable stream closes the connection.",
    file: streams,
    find: `close: () => connection.shutdown("write"),`,
    replace: `close: () => connection.close(),`,
    on: "memory@node",
    cases: ["tcp.shutdown/streams-close"],
  },
  {
    name: "writable-without-pressure",
    what: "The writable stream does not wait for the connection.",
    file: streams,
    find: `write: (chunk) => connection.write(chunk),`,
    replace: `write: (chunk) => void connection.write(chunk),`,
    on: "omnisock@node",
    cases: ["tcp.backpressure/desired-size", "streams/bad-chunk"],
  },
  {
    name: "reader-woken-late",
    what: "A reader that waits is woken by a timer.",
    file: inbound,
    find: `resolve?.(received);`,
    replace: `setTimeout(() => resolve?.(received), 1500);`,
    on: "omnisock@node",
    cases: ["tcp.backpressure/fairness"],
  },
  {
    name: "written-when-idle",
    what: "Writes resolve when they are queued, and are sent when the program has nothing else to do.",
    file: outbound,
    find: `const entry = new Entry(bytes);`,
    replace: `const entry = new Entry(bytes);
        entry.finish();
        if (!this.#busy) {
            this.#busy = true;
            setTimeout(() => this.#flush(), 10);
        }`,
    on: "omnisock@node",
    cases: ["tcp.write/all-or-error", "lifecycle/exit-flush"],
  },
  {
    name: "chunks-of-a-kibibyte",
    what: "What arrives is given in chunks of 1 KiB.",
    file: inbound,
    find: `    push(bytes) {`,
    replace: `    push(bytes) {
        if (bytes.byteLength > 1024) {
            this.push(bytes.subarray(0, 1024));
            return this.push(bytes.subarray(1024));
        }`,
    on: "omnisock@node",
    cases: ["defaults/read-chunk"],
  },
];
