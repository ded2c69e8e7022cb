/** Defects on the way from a name to a connection. */
import type { Mutant } from "./mutant.js";

const dial = "build/core/dial.js";
const resolve = "build/core/resolve.js";

export const mutants: readonly Mutant[] = [
  {
    name: "families-in-a-row",
    what: "All addresses of the first family are tried before any of the second.",
    file: dial,
    find: `    return order;`,
    replace: `    return [...first, ...second];`,
    on: "omnisock@node",
    cases: ["dns/interleave"],
  },
  {
    name: "addresses-backwards",
    what: "Addresses are tried from the last to the first.",
    file: dial,
    find: `return interleave(literals).map(`,
    replace: `return interleave([...literals].reverse()).map(`,
    on: "omnisock@node",
    cases: ["dns/order-6724", "dns/fast-fail-advance", "defaults/localhost"],
  },
  {
    name: "one-address-only",
    what: "Of the addresses of a name only the first is tried.",
    file: dial,
    find: `return interleave(literals).map(`,
    replace: `return interleave(literals).slice(0, 1).map(`,
    on: "omnisock@node",
    cases: ["dns/localhost", "dns/all-fail-aggregate"],
  },
  {
    name: "silent-address-waited-for",
    what: "The next address is tried when the first one is given up.",
    file: dial,
    find: `const attemptDelay = 250;`,
    replace: `const attemptDelay = 120_000;`,
    on: "omnisock@node",
    cases: ["dns/attempt-delay"],
  },
  {
    name: "refusal-waited-out",
    what: "After a refusal the next address is tried when the delay is over.",
    file: dial,
    find: `            }));
            this.#try();`,
    replace: `            }));
            setTimeout(() => this.#try(), attemptDelay);`,
    on: "omnisock@node",
    cases: ["dns/fast-fail-advance"],
  },
  {
    name: "lookup-not-given-up",
    what: "connect() looks at its signal and its timeout when the name is found.",
    file: dial,
    find: `return new Connection(await (deadline === undefined ? connected : deadline.race(connected)));`,
    replace: `if ("target" in settings && "name" in (settings.target.host ?? {}))
            await resolve(adapter, settings.target.host, undefined);
        return new Connection(await (deadline === undefined ? connected : deadline.race(connected)));`,
    on: "omnisock@node",
    cases: ["dns/abort-during-lookup", "dns/timeout-during-lookup"],
  },
  {
    name: "family-not-heeded",
    what: "Addresses of the other family are taken too.",
    file: resolve,
    find: `const wanted = found.filter((literal) => family === undefined || literal.family === family);`,
    replace: `const wanted = found;`,
    on: "omnisock@node",
    cases: ["dns/family", "dns/nodata"],
  },
  {
    name: "first-record-only",
    what: "lookup() gives one address of each name.",
    file: resolve,
    find: `[...new Set(texts)].map(parseLiteral)`,
    replace: `texts.slice(0, 1).map(parseLiteral)`,
    on: "omnisock@node",
    cases: ["dns/addresses"],
  },
  {
    name: "name-not-told",
    what: "The error of a name does not tell which.",
    file: resolve,
    find: `throw wrap(error, "lookup", { address: host.name,`,
    replace: `throw wrap(error, "lookup", {`,
    on: "omnisock@node",
    cases: ["dns/nxdomain", "defaults/name-error"],
  },
  {
    name: "resolver-trouble-as-no-name",
    what: "A name server that does not answer means that there is no such name.",
    file: resolve,
    find: `        throw wrap(error, "lookup"`,
    replace: `        throw new SocketError("ENOTFOUND", "lookup", { address: host.name, cause: error });
        throw wrap(error, "lookup"`,
    on: "omnisock@node",
    cases: ["dns/servfail-temp"],
  },
  {
    name: "literals-looked-up",
    what: "For an address its name is asked for.",
    file: resolve,
    find: `    if ("literal" in host)
        return [host.literal];`,
    replace: `    if ("literal" in host) {
        await import("node:dns/promises").then(({ reverse }) => reverse(host.literal.host)).catch(() => { });
        return [host.literal];
    }`,
    on: "omnisock@node",
    cases: ["dns/literal-no-query"],
  },
  {
    name: "empty-host-is-localhost",
    what: "An empty host is taken for localhost.",
    file: "build/core/arguments.js",
    find: `    const text = checkString(what, value);
    const literal = parseLiteral(text);
    if (literal !== undefined)
        return { literal };`,
    replace: `    const text = checkString(what, value) || "localhost";
    const literal = parseLiteral(text);
    if (literal !== undefined)
        return { literal };`,
    on: "omnisock@node",
    cases: ["dns/empty-host"],
  },
  {
    name: "names-to-connect-only",
    what: "bind() takes addresses only.",
    file: "build/core/bind.js",
    find: `    const [literal] = await resolve(`,
    replace: `    if ("name" in target.host)
        throw wrap(Object.assign(new Error(), { code: "ENOTFOUND" }), "lookup", { address: target.host.name, translate: () => undefined });
    const [literal] = await resolve(`,
    on: "omnisock@node",
    cases: ["dns/every-call"],
  },
  {
    name: "lookup-blocks-the-loop",
    what: "The event loop stands still while a name is looked up.",
    file: resolve,
    find: `        texts = await adapter.lookup(host.name);`,
    replace: `        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 30);
        texts = await adapter.lookup(host.name);`,
    on: "omnisock@node",
    cases: ["dns/concurrent-lookups"],
  },
  {
    name: "refusals-not-told-apart",
    what: "Whatever the network has against a connect() is ECONNREFUSED.",
    file: "build/adapters/node/index.js",
    find: `    return typeof code === "string" && Object.hasOwn(codes, code) ? codes[code] : undefined;`,
    replace: `    if (["EACCES", "EADDRNOTAVAIL", "EHOSTUNREACH", "ENETUNREACH", "ETIMEDOUT"].includes(code))
        return { code: "ECONNREFUSED" };
    return typeof code === "string" && Object.hasOwn(codes, code) ? codes[code] : undefined;`,
    on: "omnisock@node",
    cases: [
      "tcp.connect/host-unreachable",
      "tcp.connect/net-unreachable",
      "tcp.connect/prohibited",
      "tcp.connect/default-timeout",
      "tcp.connect/icmp-hard-error",
      "tcp.timewait/exhaustion",
    ],
  },
  {
    name: "full-queue-given-up",
    what: "A connect() that is not answered within 100 ms is given up.",
    file: dial,
    find: `const deadline = Deadline.start("connect", options, address);`,
    replace: `const deadline = Deadline.start("connect", { timeout: 100, ...options }, address);`,
    on: "omnisock@node",
    cases: ["tcp.listen/overflow", "tcp.connect/default-timeout"],
  },
];
