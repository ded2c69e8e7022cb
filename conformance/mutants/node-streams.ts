/** Defects of the streams and listeners of the adapter for Node. */
import type { Mutant } from "./mutant.js";

const connect = "build/adapters/node/connect.js";
const listener = "build/adapters/node/listener.js";
const stream = "build/adapters/node/stream.js";
const tcpOptions = "build/adapters/node/tcp-options.js";

export const mutants: readonly Mutant[] = [
  {
    name: "node-buffer-reused",
    what: "Every chunk is in the same buffer.",
    file: stream,
    find: `return this.#sink?.data(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength)) ?? true;`,
    replace: `(globalThis.scratch ??= new Uint8Array(1 << 20)).set(chunk);
        return this.#sink?.data(globalThis.scratch.subarray(0, chunk.byteLength)) ?? true;`,
    on: "omnisock@node",
    cases: ["tcp.read/buffer-ownership"],
  },
  {
    name: "node-write-resolves-early",
    what: "A write resolves before the kernel has the bytes.",
    file: stream,
    find: `if (!this.#written) {`,
    replace: `if (false) {`,
    on: "omnisock@node",
    cases: ["tcp.write/all-or-error"],
  },
  {
    name: "node-written-stays",
    what: "A write of which the kernel takes a part counts as done once one before it was.",
    file: stream,
    find: `        this.#written = false;
        this.#onWritten`,
    replace: `        this.#onWritten`,
    on: "omnisock@node",
    cases: ["tcp.backpressure/blocks", "tcp.write/all-or-error"],
  },
  {
    name: "node-refused-write-done",
    what: "A write that the kernel refuses at once counts as done.",
    file: stream,
    find: `        if (this.#writeError !== undefined)
            throw this.#writeError;`,
    replace: ``,
    on: "omnisock@node",
    cases: ["tcp.write/after-peer-close", "tcp.write/failure-keeps-input"],
  },
  {
    name: "node-broken-write-done",
    what: "A write that waits while its connection breaks counts as done, as the runtime says.",
    file: stream,
    find: `return socket.errored ?? error ?? new Error("the runtime closed the socket");`,
    replace: `return undefined;`,
    on: "node-adapter@deno",
    cases: ["tcp.backpressure/rst-under-pressure"],
  },
  {
    name: "node-late-failure-done",
    what: "A write that waits and fails counts as done.",
    file: stream,
    find: `        else
            writing?.reject(this.#writeError);`,
    replace: `        else
            writing?.resolve();`,
    on: "omnisock@node",
    cases: ["tcp.backpressure/rst-under-pressure", "tcp.backpressure/fin-then-rst-under-pressure"],
  },
  {
    name: "node-no-delay-not-set",
    what: "setOption() remembers noDelay and does not set it.",
    file: stream,
    find: `return checkStatus(handle.setNoDelay(value));`,
    replace: `return;`,
    on: "omnisock@node",
    cases: ["tcp.options/nodelay-set"],
  },
  {
    name: "node-keepalive-not-set",
    what: "setOption() remembers keepAlive and does not set it.",
    file: tcpOptions,
    find: `switchKeepAlive(handle, value);`,
    replace: ``,
    on: "omnisock@node",
    cases: ["tcp.options/keepalive-on", "tcp.options/keepalive-intvl-cnt"],
  },
  {
    name: "node-idle-dropped",
    what: "The idle time of keepAlive is left to the system.",
    file: tcpOptions,
    find: `handle.setKeepAlive(true, idle, interval, count)`,
    replace: `handle.setKeepAlive(true, 0), "EINVAL"`,
    on: "omnisock@node26",
    cases: ["tcp.options/keepalive-idle"],
  },
  {
    name: "node-eof-not-confirmed",
    what: "What libuv takes for EOF is believed.",
    file: stream,
    find: `if (this.#confirmEof && !this.#ended && handle !== null) {`,
    replace: `if (false) {`,
    on: "omnisock@node",
    cases: ["tcp.reset/recv-rst-read"],
  },
  {
    name: "node-stream-queue-used",
    what: "Bytes go through the runtime's own stream, which loses what it holds when a reset arrives.",
    file: stream,
    find: `            push: handlers.push,
        });`,
    replace: `        });
        socket.on("data", (chunk) => { if (!this.#onData(chunk)) socket.pause(); });
        socket.on("end", () => this.#sink?.end());
        socket.pause();
        this.resume = () => socket.resume();`,
    on: "omnisock@node",
    cases: ["tcp.reset/recv-rst-read"],
  },
  {
    name: "node-failed-write-destroys",
    what: "A failed write destroys the socket, and with it what the kernel still has for the reader.",
    file: stream,
    find: `        if (this.#writeError !== undefined)
            throw this.#writeError;`,
    replace: `        if (this.#writeError !== undefined) {
            this.#socket.destroy();
            throw this.#writeError;
        }`,
    on: "omnisock@node",
    cases: ["tcp.write/failure-keeps-input"],
  },
  {
    name: "node-accepted-read-at-once",
    what: "Accepted connections are read before anybody accepts them.",
    file: listener,
    find: `stream.attach(sink.opened(stream));`,
    replace: `stream.attach(sink.opened(stream));
            for (let i = 0; i < 64; i++)
                setTimeout(() => stream.resume(), i);`,
    on: "omnisock@node",
    cases: ["tcp.accept/queued-unread"],
  },
  {
    name: "node-half-open-off",
    what: "The adapter ends the connection by itself at the peer's FIN.",
    file: stream,
    find: `            this.#ended = true;
            this.#sink?.end();`,
    replace: `            this.#ended = true;
            this.#socket.end();
            this.#sink?.end();`,
    on: "omnisock@node",
    cases: ["tcp.shutdown/auto-end-default"],
  },
  {
    name: "node-abort-leaves-socket",
    what: "An aborted connect() rejects without destroying its socket.",
    file: connect,
    find: `            socket.destroy();
            reject(signal.reason);`,
    replace: `            reject(signal.reason);`,
    on: "omnisock@node",
    cases: ["tcp.close/while-connecting"],
  },
  {
    name: "node-local-address-ignored",
    what: "localAddress is not passed on.",
    file: connect,
    find: `from.localAddress = namedZone(local.host);`,
    replace: `void local.host;`,
    on: "omnisock@node",
    cases: ["tcp.connect/local-bind"],
  },
  {
    name: "node-local-port-ignored",
    what: "localPort is not passed on.",
    file: connect,
    find: `from.localPort = local.port;`,
    replace: `void local.port;`,
    on: "omnisock@node26",
    cases: ["tcp.connect/local-bind", "tcp.connect/local-addr-updates", "tcp.timewait/port-reuse-outgoing"],
  },
  {
    name: "node-closed-late",
    what: "A listener's close() resolves while the port is still taken.",
    file: listener,
    find: `        this.server.close();
        return`,
    replace: `        setTimeout(() => this.server.close(), 500);
        return`,
    on: "omnisock@node",
    cases: ["tcp.listen/rebind-after-close", "tcp.listen/close-stops-accept"],
  },
  {
    name: "node-path-left",
    what: "A Unix listener is left open, and its path with it.",
    file: listener,
    find: `        this.server.close();
        return`,
    replace: `        if (this.local.family !== "unix")
            this.server.close();
        return`,
    on: "omnisock@node",
    cases: ["unix.stream/unlink-on-close"],
  },
  {
    name: "node-port-of-the-request",
    what: "A listener reports the port that was asked for.",
    file: listener,
    find: `: ipAddress(bound.address, bound.port);`,
    replace: `: requested;`,
    on: "omnisock@node",
    cases: ["tcp.listen/ephemeral", "address/addr-before-open"],
  },
  {
    name: "node-host-ignored",
    what: "A listener listens on every address, whatever host it was given.",
    file: listener,
    find: `: { host: namedZone(hostText(local)), port: local.port };`,
    replace: `: { host: "0.0.0.0", port: local.port };`,
    on: "omnisock@node",
    cases: ["tcp.listen/address-report"],
  },
  {
    name: "node-port-shared",
    what: "Every listener has SO_REUSEPORT.",
    file: listener,
    find: `if (reusePort)
            how.reusePort = true;`,
    replace: `how.reusePort = true;`,
    on: "omnisock@node26",
    cases: ["tcp.listen/listen-twice"],
  },
  {
    name: "node-ipv6-only-always",
    what: "A listener on :: takes no IPv4.",
    file: listener,
    find: `if (ipv6Only)
            how.ipv6Only = true;`,
    replace: `how.ipv6Only = true;`,
    on: "omnisock@node",
    cases: ["address/v6-mapped-report", "tcp.listen/v6only-false"],
  },
  {
    name: "node-paths-swapped",
    what: "The names of accepted connections and of listeners on a path are mixed up.",
    file: "build/adapters/node/endpoint.js",
    find: `{ local, remote: { family: "unix", path: "" } }`,
    replace: `{ local: { family: "unix", path: "" }, remote: local }`,
    on: "omnisock@node",
    cases: ["unix.stream/addresses"],
  },
  {
    name: "node-port-ignored",
    what: "A listener takes any port, whatever it was asked for.",
    file: listener,
    find: `: { host: namedZone(hostText(local)), port: local.port };`,
    replace: `: { host: namedZone(hostText(local)), port: 0 };`,
    on: "omnisock@node",
    cases: ["tcp.listen/specific", "tcp.listen/rebind-timewait"],
  },
  {
    name: "node-abstract-padded",
    what: "An abstract name is padded.",
    file: listener,
    find: `? { path: local.path }`,
    replace: `? { path: local.path.startsWith("\\0") ? local.path.padEnd(60, "\\0") : local.path }`,
    on: "omnisock@node26",
    cases: ["unix.stream/abstract"],
  },
  {
    name: "node-idle-of-its-own",
    what: "keepAlive without an idle time has one of the adapter's.",
    file: tcpOptions,
    find: `handle.setKeepAlive(enabled, 0)`,
    replace: `handle.setKeepAlive(enabled, 60)`,
    on: "omnisock@node",
    cases: ["tcp.options/keepalive-intvl-cnt"],
  },
  {
    name: "idle-connection-given-up",
    what: "A connection on which nothing was sent or received for 250 ms is ended.",
    file: stream,
    find: `        socket.on("close", handlers.close).on("error", handlers.error);`,
    replace:
      `        socket.setTimeout(250, () => socket.destroy(Object.assign(new Error("idle"), { code: "ETIMEDOUT" })));
        socket.on("close", handlers.close).on("error", handlers.error);`,
    on: "omnisock@node",
    cases: ["tcp.write/link-returns", "tcp.backpressure/zero-window-long"],
  },
  {
    name: "unix-listener-for-everybody",
    what: "The socket file of a listener may be written to by every user.",
    file: listener,
    find: `? { path: local.path }`,
    replace: `? { path: local.path, writableAll: true, readableAll: true }`,
    on: "omnisock@node",
    cases: ["unix.stream/mode"],
  },
  {
    name: "unix-datagrams-promised",
    what: "Unix datagram sockets are promised and not there.",
    file: "build/adapters/node/index.js",
    find: `        "unix.datagram": "Node has no Unix datagram sockets",`,
    replace: ``,
    on: "omnisock@node",
    cases: ["unix.dgram/roundtrip", "unix.dgram/supported"],
  },
  {
    name: "reset-during-shutdown",
    what: "reset() does not wait until shutdown(2) is over.",
    file: stream,
    find: `        return this.#shutting === undefined ? abort() : this.#shutting.then(abort, abort);`,
    replace: `        return abort();`,
    on: "omnisock@node",
    cases: ["tcp.concurrency/close-vs-ops"],
  },
  {
    name: "node-looks-too-early",
    what: "close() asks whether input is unread before libuv has looked for it.",
    file: stream,
    find: `this.look(resolve);`,
    replace: `resolve();`,
    on: "omnisock@node",
    cases: ["tcp.close/flushes"],
  },
];
