/** Defects in how arguments are checked. */
import type { Mutant } from "./mutant.js";

const file = "build/core/arguments.js";
const options = "build/core/options.js";

export const mutants: readonly Mutant[] = [
  {
    name: "legacy-ipv4-looked-up",
    what: "What looks like an IPv4 address but is none goes to the resolver, which knows the historical forms.",
    file,
    find: String.raw`if (/^(?:\d+|0x[0-9a-f]*)$/i.test(labels.at(-1) ?? ""))`,
    replace: `if (false)`,
    on: "omnisock@node",
    cases: ["address/v4-malformed", "address/v4-legacy"],
  },
  {
    name: "host-cut-at-nul",
    what: "A host is cut at U+0000.",
    file,
    find: `    const text = checkString(what, value);
    const literal = parseLiteral(text);
    if (literal !== undefined)
        return { literal };`,
    replace: `    const text = checkString(what, value).split("\\0")[0];
    const literal = parseLiteral(text);
    if (literal !== undefined)
        return { literal };`,
    on: "memory@node",
    cases: ["address/host-nul"],
  },
  {
    name: "names-not-mapped",
    what: "A name that is not ASCII is refused.",
    file,
    find: `/^[\\x21-\\x7e]*$/.test(text) ? text : asciiName(text)`,
    replace: `text`,
    on: "memory@node",
    cases: ["address/host-idna"],
  },
  {
    name: "brackets-accepted",
    what: "Brackets around an IPv6 address are taken off.",
    file,
    find: `    const text = checkString(what, value);
    const literal = parseLiteral(text);
    if (literal !== undefined)
        return { literal };`,
    replace: `    const text = checkString(what, value).replace(/^\\[(.*)\\]$/, "$1");
    const literal = parseLiteral(text);
    if (literal !== undefined)
        return { literal };`,
    on: "memory@node",
    cases: ["address/v6-literal"],
  },
  {
    name: "port-text-accepted",
    what: "A port may be a string of digits.",
    file,
    find: `return checkInteger(what, value, minimum, 65535);`,
    replace: `return checkInteger(what, typeof value === "string" ? Number(value) : value, minimum, 65535);`,
    on: "memory@node",
    cases: ["errors/bad-options", "address/port-string"],
  },
  {
    name: "port-zero-connects",
    what: "Port 0 is a destination.",
    file: options,
    find: `port: checkPort("port", port, 1) };`,
    replace: `port: checkPort("port", port, 0) };`,
    on: "omnisock@node",
    cases: ["tcp.connect/port-zero"],
  },
  {
    name: "out-of-range-clamped",
    what: "A number out of range is brought into range.",
    file,
    find: `    if (!Number.isInteger(value) || value < minimum || value > maximum) {`,
    replace: `    if (value > maximum)
        return maximum;
    if (!Number.isInteger(value) || value < minimum) {`,
    on: "memory@node",
    cases: ["errors/bad-options"],
  },
  {
    name: "truthy-booleans",
    what: "Any value counts as a boolean.",
    file,
    find: `    if (typeof value !== "boolean")
        throw new TypeError(\`\${what} must be a boolean, not \${describe(value)}\`);
    return value;`,
    replace: `    return Boolean(value);`,
    on: "memory@node",
    cases: ["errors/bad-options", "udp.options/bad-type"],
  },
  {
    name: "unknown-options-ignored",
    what: "A misspelt option is ignored.",
    file,
    find: `if (!known.includes(key))`,
    replace: `if (false)`,
    on: "memory@node",
    cases: ["errors/unknown-option"],
  },
  {
    name: "prototype-counts",
    what: "What a program put on Object.prototype becomes an option.",
    file,
    find: `return Object.assign(Object.create(null), options);`,
    replace: `return options;`,
    on: "memory@node",
    cases: ["errors/proto-pollution"],
  },
  {
    name: "path-and-port",
    what: "With a path, options of TCP are ignored.",
    file: options,
    find: `        if (!unixKeys.includes(key) && options[key] !== undefined) {`,
    replace: `        if (false) {`,
    on: "memory@node",
    cases: ["errors/conflicting"],
  },
  {
    name: "family-not-checked",
    what: "A host of another family than asked for is tried.",
    file: options,
    find: `if (family !== undefined && "literal" in target.host && target.host.literal.family !== family) {`,
    replace: `if (false) {`,
    on: "omnisock@node",
    cases: ["tcp.connect/family-mismatch"],
  },
  {
    name: "path-cut",
    what: "A path that is too long is cut by the system instead of refused.",
    file,
    find: `    if (length > limit)
        throw new RangeError(\`\${what} has \${length} bytes; a Unix socket address holds \${limit}\`);
    return path;`,
    replace: `    return path.slice(0, limit);`,
    on: "omnisock@node",
    cases: ["unix.stream/path-too-long"],
  },
  {
    name: "path-limit-of-103",
    what: "Paths are refused beyond the limit of another system.",
    file,
    find: `    if (length > limit)`,
    replace: `    if (length > 103)`,
    on: "omnisock@node",
    cases: ["unix.stream/path-107"],
  },
  {
    name: "nul-in-path-accepted",
    what: "A path is cut at U+0000.",
    file,
    find: `    if (path.includes("\\0", 1))
        throw new RangeError(\`\${what} \${JSON.stringify(path)} has a NUL character inside\`);`,
    replace: `    if (path.includes("\\0", 1))
        return path.slice(0, path.indexOf("\\0", 1));`,
    on: "omnisock@node",
    cases: ["unix.stream/nul-in-path"],
  },
  {
    name: "group-not-checked",
    what: "Any address is taken for a multicast group.",
    file,
    find: `    if (!multicast)`,
    replace: `    if (false)`,
    on: "omnisock@node",
    cases: ["udp.multicast/non-multicast"],
  },
  {
    name: "any-bytes",
    what: "Any array is taken for bytes.",
    file,
    find: `    if (!(value instanceof Uint8Array)) {
        throw`,
    replace: `    if (Array.isArray(value))
        return Uint8Array.from(value);
    if (!(value instanceof Uint8Array)) {
        throw`,
    on: "memory@node",
    cases: ["errors/bad-calls", "udp.errors/bad-args"],
  },
  {
    name: "strings-in-latin1",
    what: "A string is sent with a byte for each character.",
    file,
    find: `return encoder.encode(value);`,
    replace: `return Uint8Array.from(value, (character) => character.charCodeAt(0));`,
    on: "memory@node",
    cases: ["tcp.write/string"],
  },
  {
    name: "shared-memory-refused",
    what: "Bytes in shared memory are refused.",
    file,
    find: `    checkAttached(what, value);
    return value;
}
/** Bytes to be filled`,
    replace: `    checkAttached(what, value);
    if (value.buffer instanceof SharedArrayBuffer)
        throw new TypeError(\`\${what} has a shared buffer\`);
    return value;
}
/** Bytes to be filled`,
    on: "memory@node",
    cases: ["tcp.write/shared-buffer"],
  },
  {
    name: "keepalive-idle-of-zero",
    what: "An idle time of 0 switches keepAlive on.",
    file: "build/core/option-values.js",
    find: `checkInteger(what, value, least, maximum * 1000)`,
    replace: `checkInteger(what, value, 0, maximum * 1000)`,
    on: "memory@node",
    cases: ["tcp.options/keepalive-zero"],
  },
  {
    name: "missing-options-default",
    what: "Missing options are taken for none.",
    file,
    find: `    if (typeof options !== "object" || options === null || Array.isArray(options))
        return options;`,
    replace: `    if (typeof options !== "object" || options === null || Array.isArray(options))
        return {};`,
    on: "memory@node",
    cases: ["errors/missing-args"],
  },
  {
    name: "opened-before-checked",
    what: "A socket is opened before the options are checked.",
    file: "build/core/bind.js",
    find: `    const settings = checkBind(options, adapter.maxPathLength);`,
    replace: `    if (options?.ttl !== undefined || options?.broadcast !== undefined)
        await adapter.bind({ local: { family: "ipv4", host: "127.0.0.1", port: 0 } }, { message() { }, fail() { } });
    const settings = checkBind(options, adapter.maxPathLength);`,
    on: "omnisock@node",
    cases: ["errors/nothing-opened"],
  },
  {
    name: "any-buffer",
    what: "readInto() does not look at its buffer.",
    file,
    find: `    if (!(value instanceof Uint8Array))
        throw new TypeError(\`\${what} must be a Uint8Array, not \${describe(value)}\`);
    checkAttached(what, value);
    return value;`,
    replace: `    return value;`,
    on: "memory@node",
    cases: ["tcp.read/bad-max"],
  },
  {
    name: "path-from-elsewhere",
    what: "A relative path is taken from a folder of the library's choice.",
    file,
    find: `a Unix socket address holds \${limit}\`);
    return path;`,
    replace: `a Unix socket address holds \${limit}\`);
    return /^[/\\0]/.test(path) ? path : \`/\${path}\`;`,
    on: "omnisock@node",
    cases: ["unix.stream/relative-path"],
  },
];
