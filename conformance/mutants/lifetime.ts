/** Defects in what keeps the process alive. */
import type { Mutant } from "./mutant.js";

const file = "build/core/lifetime.js";

export const mutants: readonly Mutant[] = [
  {
    name: "nothing-holds",
    what: "An open socket keeps the process only if the runtime does so by itself.",
    file,
    find: `timer ??= setInterval(() => { }, longest);`,
    replace: ``,
    on: "omnisock@deno",
    cases: ["lifecycle/conn-keeps-alive", "lifecycle/udp-keeps-alive", "lifecycle/unread-keeps-alive"],
  },
  {
    name: "closed-still-holds",
    what: "Closed sockets keep the process alive.",
    file,
    find: `clearInterval(timer);`,
    replace: ``,
    on: "omnisock@node",
    cases: ["lifecycle/closed-exits"],
  },
  {
    name: "connect-does-not-hold",
    what: "A connect() under way does not keep the process alive.",
    file: "build/core/dial.js",
    find: `    const connected = quiet(attempts.run());`,
    replace: `    release(attempts);
    const connected = quiet(new Promise((resolve, reject) => void setTimeout(() => attempts.run().then(resolve, reject), 50).unref()));`,
    on: "omnisock@node",
    cases: ["lifecycle/connect-keeps-alive"],
  },
  {
    name: "listener-does-not-hold",
    what: "An open listener does not keep the process alive.",
    file: "build/core/listener.js",
    find: `        hold(this);
    }
    /** Resolves`,
    replace: `        this.unref();
    }
    /** Resolves`,
    on: "omnisock@node",
    cases: ["lifecycle/listener-keeps-alive"],
  },
  {
    name: "unref-conn-nothing",
    what: "unref() of a connection does nothing.",
    file: "build/core/stream.js",
    find: `    unref() {
        release(this);`,
    replace: `    unref() {`,
    on: "omnisock@node",
    cases: ["lifecycle/unref-conn"],
  },
  {
    name: "unref-listener-nothing",
    what: "unref() of a listener does nothing.",
    file: "build/core/listener.js",
    find: `    unref() {
        release(this);`,
    replace: `    unref() {`,
    on: "omnisock@node",
    cases: ["lifecycle/unref-listener"],
  },
  {
    name: "unref-udp-nothing",
    what: "unref() of a UDP socket does nothing.",
    file: "build/core/datagram.js",
    find: `    unref() {
        release(this);`,
    replace: `    unref() {`,
    on: "omnisock@node",
    cases: ["lifecycle/unref-udp"],
  },
  {
    name: "ref-nothing",
    what: "ref() after unref() does nothing.",
    file: "build/core/stream.js",
    find: `        hold(this);
        this.native.ref();`,
    replace: ``,
    on: "omnisock@node",
    cases: ["lifecycle/ref-again"],
  },
  {
    name: "connection-does-not-hold",
    what: "An open connection does not keep the process alive.",
    file: "build/core/stream.js",
    find: `        group?.add(this);
        hold(this);`,
    replace: `        group?.add(this);
        native.unref();`,
    on: "omnisock@node",
    cases: ["lifecycle/conn-keeps-alive", "lifecycle/unread-keeps-alive"],
  },
  {
    name: "uncaught-swallowed",
    what: "The library catches exceptions that nobody caught.",
    file,
    find: `const holders = new Set();`,
    replace: `const holders = new Set();
process.on("uncaughtException", () => { });`,
    on: "omnisock@node",
    cases: ["lifecycle/uncaught"],
  },
];
