/** Defects in how addresses are read and reported. */
import type { Mutant } from "./mutant.js";

const address = "build/core/address.js";

export const mutants: readonly Mutant[] = [
  {
    name: "octet-of-256",
    what: "An octet may be 256 and more.",
    file: address,
    find: `|| Number(part) > 255)`,
    replace: `)`,
    on: "memory@node",
    cases: ["address/v4-malformed"],
  },
  {
    name: "ipv6-as-spelt",
    what: "An IPv6 address is reported as it was given.",
    file: address,
    find: `    if (best.start < 0)
        return text.join(":");`,
    replace: `    if (best.start < 0 || true)
        return text.join(":");`,
    on: "omnisock@node",
    cases: ["address/v6-literal", "address/v6-canonical"],
  },
  {
    name: "mapped-as-ipv6",
    what: "An IPv4 peer of a dual-stack listener is reported in the mapped form.",
    file: address,
    find: `if (literal.host.startsWith("::ffff:") && literal.host.includes(".")) {`,
    replace: `if (false) {`,
    on: "omnisock@node",
    cases: ["address/v6-mapped-report", "tcp.connect/mapped-v4"],
  },
  {
    name: "unpacked-stays-ipv6",
    what: "A mapped address that was unpacked keeps the family ipv6.",
    file: address,
    find: `return { family: "ipv4", host: literal.host.slice("::ffff:".length), port };`,
    replace: `return { family: "ipv6", host: literal.host.slice("::ffff:".length), port };`,
    on: "omnisock@bun",
    cases: ["address/v6-mapped-report"],
  },
  {
    name: "family-swapped",
    what: "IPv6 addresses say ipv4.",
    file: address,
    find: `    return { ...literal, port };`,
    replace: `    return { ...literal, family: "ipv4", port };`,
    on: "omnisock@node",
    cases: ["address/family-field"],
  },
  {
    name: "local-and-remote-swapped",
    what: "A connection reports its own address as the peer's.",
    file: "build/core/connection.js",
    find: `this.localAddress = Object.freeze(stream.native.local);`,
    replace: `this.localAddress = Object.freeze(stream.native.remote);`,
    on: "omnisock@deno",
    cases: ["address/local-remote-reciprocal", "tcp.connect/basic"],
  },
  {
    name: "loopback-is-one",
    what: "Every address of 127/8 is taken for 127.0.0.1.",
    file: address,
    find: `return { family: "ipv4", host: text };`,
    replace: `return { family: "ipv4", host: text.startsWith("127.") ? "127.0.0.1" : text };`,
    on: "omnisock@node",
    cases: ["address/v4-literal"],
  },
];
