/** Defects of UDP in `src/core`: what is sent and received, and the life of a socket. */
import type { Mutant } from "./mutant.js";

const file = "build/core/datagram.js";
const destinations = "build/core/destinations.js";
const receiving = "build/core/receiving.js";
const sending = "build/core/sending.js";
const state = "build/core/datagram-state.js";
const bind = "build/core/bind.js";

export const mutants: readonly Mutant[] = [
  {
    name: "boundaries-merged",
    what: "Datagrams that wait together are received as one.",
    file: receiving,
    find: `const datagram = this.#mailbox.take();`,
    replace: `let datagram = this.#mailbox.take();
        const next = this.#mailbox.take();
        if (next !== undefined)
            datagram = { ...datagram, data: new Uint8Array([...datagram.data, ...next.data]) };`,
    on: "omnisock@node",
    cases: ["udp.recv/one-per-read"],
  },
  {
    name: "empty-datagram-dropped",
    what: "An empty datagram is taken for nothing.",
    file: receiving,
    find: `    put(datagram) {`,
    replace: `    put(datagram) {
        if (datagram.data.byteLength === 0)
            return;`,
    on: "omnisock@node",
    cases: ["udp.recv/zero-length-recv", "udp.truncation/default-in-rinfo"],
  },
  {
    name: "empty-datagram-not-sent",
    what: "An empty payload is not sent.",
    file: sending,
    find: `        let sent;
        try {`,
    replace: `        let sent;
        if (bytes.byteLength === 0)
            return;
        try {`,
    on: "omnisock@bun",
    cases: ["udp.send/zero-length"],
  },
  {
    name: "source-of-the-first",
    what: "Every datagram is said to come from the first sender.",
    file: receiving,
    find: `    put(datagram) {`,
    replace: `    put(datagram) {
        datagram.from = this.first ??= datagram.from;`,
    on: "omnisock@deno",
    cases: ["udp.recv/source-addr", "families/udp"],
  },
  {
    name: "receive-queue-unbounded",
    what: "Datagrams that nobody takes are all kept.",
    file: receiving,
    find: `this.#mailbox.weight + datagram.data.byteLength + overhead > this.#limit`,
    replace: `false`,
    on: "memory@node",
    cases: ["udp.recv/queue-bounded"],
  },
  {
    name: "drops-not-counted",
    what: "Datagrams that are dropped are not counted.",
    file: receiving,
    find: `this.#dropped++;`,
    replace: ``,
    on: "omnisock@node",
    cases: ["udp.recv/queue-bounded"],
  },
  {
    name: "truncation-not-flagged",
    what: "A datagram that was cut is not flagged.",
    file: receiving,
    find: `truncated: true };`,
    replace: `truncated: false };`,
    on: "memory@node",
    cases: ["udp.truncation/flag"],
  },
  {
    name: "max-length-one-short",
    what: "maxLength cuts a datagram that just fits.",
    file: receiving,
    find: `if (datagram.data.byteLength <= maxLength)`,
    replace: `if (datagram.data.byteLength < maxLength)`,
    on: "memory@node",
    cases: ["udp.truncation/flag"],
  },
  {
    name: "zero-length-means-all",
    what: "A maxLength of 0 counts as none.",
    file: receiving,
    find: `if (own.maxLength !== undefined)`,
    replace: `if (own.maxLength)`,
    on: "memory@node",
    cases: ["udp.truncation/zero-buffer"],
  },
  {
    name: "udp-call-after-close",
    what: "Calls after close() reach the runtime.",
    file: state,
    find: `    assertOpen(operation) {
        if (this.closing !== undefined)`,
    replace: `    assertOpen(operation) {
        if (false)`,
    on: "omnisock@node",
    cases: ["udp.errors/send-after-close"],
  },
  {
    name: "receive-after-close-waits",
    what: "receive() after close() waits.",
    file: receiving,
    find: `        this.#state.assertOpen("receive");`,
    replace: ``,
    on: "memory@node",
    cases: ["udp.errors/send-after-close", "udp.recv/fast-close-deliver", "udp.recv/close-wakes"],
  },
  {
    name: "wrong-family-tried",
    what: "An IPv6 destination of an IPv4 socket is passed to the kernel.",
    file: destinations,
    find: `if (family === "ipv4")
        return undefined;`,
    replace: `if (family === "ipv4")
        return to;`,
    on: "omnisock@node",
    cases: ["udp.bind/family-mismatch"],
  },
  {
    name: "dual-stack-without-mapping",
    what: "A dual-stack socket cannot answer an IPv4 peer at the address that it reports.",
    file: destinations,
    find: 'return { family: "ipv6", host: `::ffff:${to.host}`, port: to.port };',
    replace: `return to;`,
    on: "omnisock@node",
    cases: ["udp.bind/v6-dual"],
  },
  {
    name: "aborted-bind-left-open",
    what: "A socket that was bound after its bind() had been aborted stays open.",
    file: bind,
    find: `void opening.then((native) => (socket === undefined ? native.close() : undefined), () => { });`,
    replace: `void opening.catch(() => { });`,
    on: "omnisock@node",
    cases: ["udp.bind/close-while-binding"],
  },
  {
    name: "bind-signal-ignored",
    what: "The signal of bind() does not close the socket later.",
    file: bind,
    find: `signal.addEventListener("abort", close, { once: true });`,
    replace: ``,
    on: "memory@node",
    cases: ["udp.errors/abort-signal"],
  },
  {
    name: "udp-options-not-applied",
    what: "Options given to bind() are stored and not set.",
    file: bind,
    find: `configure(opened, plan.settings);`,
    replace: ``,
    on: "omnisock@node",
    cases: ["udp.options/broadcast", "udp.options/ttl"],
  },
  {
    name: "udp-closed-settles-first",
    what: "closed resolves before the calls that waited are rejected.",
    file,
    find: `        this.#receiving.close(error);`,
    replace: `        this.#settleClosed();
        setTimeout(() => this.#receiving.close(error), 20);`,
    on: "memory@node",
    cases: ["udp.errors/close-callback-last"],
  },
  {
    name: "udp-close-not-awaited",
    what: "close() resolves while the socket still has its port.",
    file,
    find: `        const released = this.#state.native.close();`,
    replace: `        const released = Promise.resolve();
        setTimeout(() => this.#state.native.close(), 1500);`,
    on: "omnisock@node",
    cases: ["udp.bind/close-releases", "lifecycle/dispose"],
  },
  {
    name: "address-asked-after-close",
    what: "The address of a closed socket is asked of the runtime.",
    file: state,
    find: `if (this.closing === undefined)
            this.#address =`,
    replace: `this.#address =`,
    on: "omnisock@node",
    cases: ["udp.bind/address-report", "udp.errors/callback-once"],
  },
  {
    name: "udp-closed-once-only",
    what: "A second close() is refused.",
    file,
    find: `        if (this.#state.closing !== undefined)
            return this.#state.closing;
        const error`,
    replace: `        if (this.#state.closing !== undefined)
            return quiet(Promise.reject(this.#state.failure("EBADF", "close")));
        const error`,
    on: "omnisock@node",
    cases: ["udp.errors/close-idempotent"],
  },
  {
    name: "udp-port-zero",
    what: "Port 0 is a destination.",
    file: destinations,
    find: `checkPort("port", port, 1);`,
    replace: `checkPort("port", port, 0);`,
    on: "omnisock@node",
    cases: ["udp.send/port-zero"],
  },
  {
    name: "udp-loopback-by-default",
    what: "A socket without a host is bound to loopback.",
    file: "build/core/options.js",
    find: `? "::" : "0.0.0.0" } = options;`,
    replace: `? "::" : "127.0.0.1" } = options;`,
    on: "omnisock@node",
    cases: ["udp.bind/default-host"],
  },
];
