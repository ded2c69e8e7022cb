/** Defects in how failures are named and told. */
import type { Mutant } from "./mutant.js";

const file = "build/core/errors.js";

export const mutants: readonly Mutant[] = [
  {
    name: "code-mapped-wrong",
    what: "A refused connection is called a reset one.",
    file,
    find: `    if (isSocketErrorCode(code))
        return code;
    return`,
    replace: `    if (isSocketErrorCode(code))
        return code === "ECONNREFUSED" ? "ECONNRESET" : code;
    return`,
    on: "omnisock@node",
    cases: ["tcp.connect/refused-no-open"],
  },
  {
    name: "in-use-unnamed",
    what: "An address in use has no code.",
    file,
    find: `    EADDRINUSE: "address already in use",
`,
    replace: ``,
    on: "omnisock@node",
    cases: ["tcp.listen/in-use"],
  },
  {
    name: "lookup-failure-unnamed",
    what: "A name that does not resolve has no code.",
    file: "build/core/resolve.js",
    find: `throw wrap(error, "lookup", {`,
    replace: `throw wrap(new Error("lookup failed"), "lookup", {`,
    on: "omnisock@node",
    cases: ["udp.errors/lookup-fail-send"],
  },
  {
    name: "cause-lost",
    what: "The runtime's own error is thrown away.",
    file,
    find: `return new SocketError(code, operation, { address: options.address, detail, cause: error });`,
    replace: `return new SocketError(code, operation, { address: options.address, detail });`,
    on: "omnisock@node",
    cases: ["errors/native-preserved"],
  },
  {
    name: "gap-with-other-words",
    what: "A missing feature is refused with another sentence than supports() gives.",
    file: "build/core/capabilities.js",
    find: `throw new SocketError("ENOTSUP", operation, { detail: reason });`,
    replace: `throw new SocketError("ENOTSUP", operation);`,
    on: "omnisock@deno",
    cases: ["errors/unsupported-code", "unix.stream/backlog"],
  },
  {
    name: "gap-not-refused",
    what: "What the adapter lacks is tried nevertheless, and silently does nothing.",
    file: "build/core/capabilities.js",
    find: `    if (reason !== undefined)
        throw`,
    replace: `    if (false)
        throw`,
    on: "omnisock@bun",
    cases: ["tcp.options/unsupported-reported"],
  },
  {
    name: "unobserved-escapes",
    what: "A failure that nobody waits for is an unhandled rejection.",
    file: "build/core/quiet.js",
    find: `promise.catch(() => { });`,
    replace: ``,
    on: "omnisock@node",
    cases: ["errors/unobserved"],
  },
  {
    name: "getter-error-swallowed",
    what: "An option whose getter throws counts as not given.",
    file: "build/core/arguments.js",
    find: `return Object.assign(Object.create(null), options);`,
    replace: `try {
        return Object.assign(Object.create(null), options);
    }
    catch {
        return Object.create(null);
    }`,
    on: "omnisock@node",
    cases: ["errors/getter-throws"],
  },
  {
    name: "native-error-escapes",
    what: "The runtime's own errors come out of the calls.",
    file,
    find: `    const { code, detail } = options.translate(error)`,
    replace: `    if (error instanceof Error)
        return error;
    const { code, detail } = options.translate(error)`,
    on: "omnisock@node",
    cases: [
      "errors/stable-code",
      "tcp.connect/multicast-reject",
      "tcp.listen/privileged",
      "udp.bind/not-local",
      "unix.stream/enoent",
      "unix.stream/file-created",
      "unix.stream/in-use",
      "unix.stream/not-socket",
      "unix.stream/stale",
    ],
  },
  {
    name: "denied-unnamed",
    what: "What the system does not permit has no code.",
    file,
    find: `    EACCES: "permission denied",
`,
    replace: ``,
    on: "omnisock@node",
    cases: ["tcp.listen/privileged", "unix.stream/eacces"],
  },
  {
    name: "odd-errors-as-einval",
    what: "An error that has no place in the set of codes is EINVAL.",
    file,
    find: `?? "UNKNOWN";`,
    replace: `?? "EINVAL";`,
    on: "omnisock@node",
    cases: ["errors/errno-unknown"],
  },
  {
    name: "no-buffer-unnamed",
    what: "ENOBUFS is none of the codes.",
    file,
    find: `    ENOBUFS: "no buffer space available",`,
    replace: ``,
    on: "omnisock@node",
    cases: ["errors/fault-injection"],
  },
];
