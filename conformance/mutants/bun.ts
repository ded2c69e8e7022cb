/** Defects of the adapter for Bun. */
import type { Mutant } from "./mutant.js";

const connect = "build/adapters/bun/connect.js";
const datagram = "build/adapters/bun/datagram.js";
const listener = "build/adapters/bun/listener.js";
const stream = "build/adapters/bun/stream.js";

export const mutants: readonly Mutant[] = [
  {
    name: "bun-short-write-lost",
    what: "What the kernel did not take at once is lost.",
    file: stream,
    find: `        const sent = this.#send(bytes, 0);
        if (sent === bytes.byteLength)
            return;`,
    replace: `        const sent = this.#send(bytes, 0);
        if (sent > 0)
            return;`,
    on: "omnisock@bun",
    cases: ["tcp.write/partial-write"],
  },
  {
    name: "bun-rest-sent-from-the-start",
    what: "After a short write the bytes are sent from their beginning.",
    file: stream,
    find: `writing.sent = this.#send(writing.bytes, writing.sent);`,
    replace: `writing.sent += this.#send(writing.bytes.subarray(0, writing.length - writing.sent), 0);`,
    on: "omnisock@bun",
    cases: ["tcp.backpressure/resume"],
  },
  {
    name: "bun-drain-missed",
    what: "A write that waits is not continued.",
    file: stream,
    find: `if (writing === undefined)
            return;`,
    replace: `if (true)
            return;`,
    on: "omnisock@bun",
    cases: ["tcp.backpressure/resume"],
  },
  {
    name: "bun-reset-as-eof",
    what: "A close with an error counts as the peer's orderly end.",
    file: stream,
    find: `const inOrder = error === undefined && this.#finSent && (this.#ended || !this.#paused);`,
    replace: `const inOrder = true;`,
    on: "omnisock@bun",
    cases: ["tcp.reset/recv-rst-read"],
  },
  {
    name: "bun-eof-after-fin-missed",
    what: "The peer's FIN after our own is taken for a failure.",
    file: stream,
    find: `const inOrder = error === undefined && this.#finSent && (this.#ended || !this.#paused);`,
    replace: `const inOrder = false;`,
    on: "omnisock@bun",
    cases: ["tcp.shutdown/wr-keeps-read"],
  },
  {
    name: "bun-never-paused",
    what: "Reading is not stopped when the queue is full.",
    file: stream,
    find: `        this.#paused = true;
        if (this.#closed === undefined)
            this.#socket.pause();`,
    replace: ``,
    on: "omnisock@bun",
    cases: ["tcp.backpressure/read-bounded"],
  },
  {
    name: "bun-read-before-accept",
    what: "A new socket is read at once.",
    file: stream,
    find: `        socket.data = this;
        socket.pause();`,
    replace: `        socket.data = this;`,
    on: "omnisock@bun",
    cases: ["tcp.accept/queued-unread"],
  },
  {
    name: "bun-reset-by-close",
    what: "reset() closes in order.",
    file: stream,
    find: `            this.#socket.terminate();
        return this.#gone();`,
    replace: `            this.#socket.close();
        return this.#gone();`,
    on: "omnisock@bun",
    cases: ["tcp.reset/abort-sends-rst"],
  },
  {
    name: "bun-no-delay-not-set",
    what: "noDelay is remembered and not set.",
    file: stream,
    find: `this.#socket.setNoDelay(value);`,
    replace: `this.noDelay = value;`,
    on: "omnisock@bun",
    cases: ["tcp.options/nodelay-set"],
  },
  {
    name: "bun-close-too-early",
    what: "close() resolves before the descriptor is released.",
    file: stream,
    find: `            this.#socket.close();
        return this.#gone();`,
    replace: `            setTimeout(() => this.#socket.close(), 200);
        return Promise.resolve();`,
    on: "omnisock@bun",
    cases: ["tcp.close/fd-released"],
  },
  {
    name: "bun-detached-torso",
    what: "A buffer that was given away while it was sent ends the write as if it had been sent.",
    file: stream,
    find: `            this.#socket.terminate();
            return;`,
    replace: `            this.#writing = undefined;
            writing.resolve();
            return;`,
    on: "omnisock@bun",
    cases: ["tcp.write/detached"],
  },
  {
    name: "bun-local-address-ignored",
    what: "localAddress and localPort are not passed on.",
    file: connect,
    find: `autoSelectFamily: false, localAddress, localPort });`,
    replace: `autoSelectFamily: false });`,
    on: "omnisock@bun",
    cases: ["tcp.connect/local-bind"],
  },
  {
    name: "bun-abort-leaves-socket",
    what: "An aborted connect() rejects without destroying its socket.",
    file: connect,
    find: `            socket.destroy();
            reject(signal.reason);`,
    replace: `            reject(signal.reason);`,
    on: "omnisock@bun",
    cases: ["tcp.cancel/mid-connect"],
  },
  {
    name: "bun-half-open-off",
    what: "Accepted sockets are ended by the runtime at the peer's FIN.",
    file: listener,
    find: `serve({ ...at, allowHalfOpen: true }`,
    replace: `serve({ ...at, allowHalfOpen: false }`,
    on: "omnisock@bun",
    cases: ["tcp.shutdown/auto-end-default"],
  },
  {
    name: "bun-listener-close-kills-accepted",
    what: "Closing a listener closes what it accepted.",
    file: listener,
    find: `this.#server?.stop(false);`,
    replace: `this.#server?.stop(true);`,
    on: "omnisock@bun",
    cases: ["tcp.listen/close-keeps-conns"],
  },
  {
    name: "bun-port-of-the-request",
    what: "A listener reports the port that was asked for.",
    file: listener,
    find: `ipAddress(hostText(local), port)`,
    replace: `local`,
    on: "omnisock@bun",
    cases: ["tcp.listen/ephemeral"],
  },
  {
    name: "bun-port-shared",
    what: "Every listener has SO_REUSEPORT.",
    file: listener,
    find: `port: local.port, ipv6Only, reusePort };`,
    replace: `port: local.port, ipv6Only, reusePort: true };`,
    on: "omnisock@bun",
    cases: ["tcp.listen/listen-twice", "multiproc/reuseport-mixed"],
  },
  {
    name: "bun-bad-peer-harms",
    what: "A datagram is lost to an error that another peer caused.",
    file: datagram,
    find: `if (to === undefined || attempt === attempts)`,
    replace: `if (true)`,
    on: "omnisock@bun",
    cases: ["udp.errors/bad-peer-harmless", "udp.errors/unconnected-icmp"],
  },
  {
    name: "bun-refusal-told-twice",
    what: "An error that a send has told is told again.",
    file: datagram,
    find: `fail: (error) => reports.knows(error) || sink.fail(error),`,
    replace: `fail: (error) => sink.fail(error),`,
    on: "omnisock@bun",
    cases: ["udp.connected/icmp-refused", "udp.connected/icmp-nonfatal"],
  },
  {
    name: "bun-looks-too-early",
    what: "close() asks whether input is unread before Bun has looked for it.",
    file: "build/adapters/bun/stream.js",
    find: `        await new Promise(polled);`,
    replace: ``,
    on: "omnisock@bun",
    cases: ["tcp.close/flushes"],
  },
];
