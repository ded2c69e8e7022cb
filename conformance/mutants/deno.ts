/** Defects of the adapter for Deno. */
import type { Mutant } from "./mutant.js";

const connect = "build/adapters/deno/connect.js";
const datagram = "build/adapters/deno/datagram.js";
const listener = "build/adapters/deno/listener.js";
const stream = "build/adapters/deno/stream.js";
const permissions = "build/adapters/deno/permissions.js";
const directListener = "build/adapters/deno/direct/listener.js";
const directStream = "build/adapters/deno/direct/stream.js";

export const mutants: readonly Mutant[] = [
  {
    name: "deno-deaf-after-emfile",
    what: "A listener that once had no descriptor never accepts again.",
    file: listener,
    find: `this.#inner.server._handle?.listen(backlog);`,
    replace: `;`,
    on: "omnisock@deno",
    cases: ["tcp.accept/emfile"],
  },
  {
    name: "deno-bind-failure-unnamed",
    what: "What bind(2) said is EINVAL.",
    file: listener,
    find: `if (codeOf(error) !== "EINVAL" || local.family === "unix" || native === undefined)
        return error;`,
    replace: `return error;`,
    on: "omnisock@deno",
    cases: ["tcp.listen/not-local"],
  },
  {
    name: "deno-connect-failure-unnamed",
    what: "What connect(2) said of a local address is EINVAL.",
    file: connect,
    find: `throw explainConnect(error, remote, bound);`,
    replace: `throw error;`,
    on: "omnisock@deno",
    cases: ["tcp.connect/local-bind-foreign"],
  },
  {
    name: "deno-permission-not-asked",
    what: "A missing permission is left to the runtime.",
    file: permissions,
    find: `if (missing.length === 0)`,
    replace: `if (true)`,
    on: "omnisock@deno",
    cases: ["errors/permission-denied"],
  },
  {
    name: "deno-canceled-write",
    what: "A write that waits while a reset arrives says what Deno says.",
    file: stream,
    find: `if (socket.destroyed && !this.#given && (!error || codeOf(error) === "ECANCELED"))`,
    replace: `if (false)`,
    on: "omnisock@deno",
    cases: ["tcp.backpressure/rst-under-pressure"],
  },
  {
    name: "deno-write-failure-lost",
    what: "A failed write counts as done.",
    file: stream,
    find: `    writeFailure(error) {`,
    replace: `    writeFailure(error) {
        return undefined;`,
    on: "omnisock@deno",
    cases: ["tcp.write/after-peer-close"],
  },
  {
    name: "deno-sends-last-first",
    what: "Datagrams that are sent together leave in reverse order.",
    file: datagram,
    find: `this.#last === undefined ? begin()`,
    replace: `true ? begin()`,
    on: "omnisock@deno",
    cases: ["udp.send/order"],
  },
  {
    name: "deno-unsendable-unnamed",
    what: "Why a datagram could not be sent is UNKNOWN.",
    file: datagram,
    find: `throw new Fault(await whyUnsendable(this.#request, remote), { cause: error });`,
    replace: `throw error;`,
    on: "omnisock@deno",
    cases: ["udp.send/broadcast-denied"],
  },
  {
    name: "deno-not-joined",
    what: "join() remembers the group and does not join it.",
    file: datagram,
    find: `this.#inner.setMembership(change, { group, interface: chosen, source });`,
    replace: `;`,
    on: "omnisock@deno",
    cases: ["udp.multicast/join-recv"],
  },
  {
    name: "deno-membership-unnamed",
    what: "A second join() and a leave() too many are EINVAL.",
    file: datagram,
    find: `if (codeOf(error) !== "EINVAL")
                throw error;
            if (change`,
    replace: `throw error;
            if (change`,
    on: "omnisock@deno",
    cases: ["udp.multicast/join-twice", "udp.multicast/leave-unjoined"],
  },
  {
    name: "deno-connect-forgets",
    what: "connect() of a UDP socket does not remember the peer.",
    file: datagram,
    find: `        requirePermission(remote);
        this.#remote = remote;`,
    replace: `        requirePermission(remote);`,
    on: "omnisock@deno",
    cases: ["udp.connected/implicit-bind"],
  },
  {
    name: "deno-udp-option-not-set",
    what: "Options of UDP are remembered and not set.",
    file: datagram,
    find: `        try {
            this.#inner.setOption(name, value);`,
    replace: `        try {
            this[name] = value;`,
    on: "omnisock@deno",
    cases: ["udp.options/ttl", "udp.options/broadcast"],
  },
  {
    name: "deno-unix-eof-missed",
    what: "The end of a Unix stream is not told.",
    file: directStream,
    find: `return this.#sink?.end();`,
    replace: `return;`,
    on: "omnisock@deno",
    cases: ["unix.stream/half-close"],
  },
  {
    name: "deno-unix-no-fin",
    what: "A Unix stream is not half-closed.",
    file: directStream,
    find: `await this.#conn.closeWrite();`,
    replace: ``,
    on: "omnisock@deno",
    cases: ["unix.stream/half-close"],
  },
  {
    name: "deno-unix-name-swapped",
    what: "The ends of an accepted Unix connection are mixed up.",
    file: directListener,
    find: `? { local, remote: { family: "unix", path: "" } }`,
    replace: `? { local: { family: "unix", path: "" }, remote: local }`,
    on: "omnisock@deno",
    cases: ["unix.stream/addresses"],
  },
  {
    name: "deno-unix-short-write-lost",
    what: "What Deno did not take at once of a write to a Unix stream is lost.",
    file: directStream,
    find: `sent += await this.#conn.write(piece);`,
    replace: `await this.#conn.write(piece);
                sent += piece.byteLength;`,
    on: "omnisock@deno",
    cases: ["unix.stream/no-data-loss", "unix.stream/close-flushes", "unix.stream/duplex"],
  },
  {
    name: "deno-unix-chunks-share",
    what: "Chunks of a Unix stream share the buffer that is read into.",
    file: directStream,
    find: `chunk = buffer.slice(0, count);`,
    replace: `chunk = buffer.subarray(0, count);`,
    on: "omnisock@deno",
    cases: ["unix.stream/eof", "iteration/mixed-reads"],
  },
  {
    name: "deno-looks-too-early",
    what: "close() asks whether input is unread before the event loop has looked for it.",
    file: "build/adapters/deno/stream.js",
    find: `        polled(done);`,
    replace: `        done();`,
    on: "omnisock@deno",
    cases: ["tcp.close/flushes"],
  },
];
