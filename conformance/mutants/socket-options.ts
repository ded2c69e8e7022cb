/** Defects of socket options: set elsewhere, set late, set never, or read from somewhere else. */
import type { Mutant } from "./mutant.js";

const access = "build/core/option-access.js";
const checks = "build/core/option-arguments.js";
const made = "build/core/made.js";
const opening = "build/core/opening.js";
const table = "build/core/option-table.js";
const values = "build/core/option-values.js";
const info = "build/core/tcp-info.js";
const descriptor = "build/libc/descriptor.js";

export const mutants: readonly Mutant[] = [
  {
    name: "option-kept-to-itself",
    what: "setOption() through libc succeeds and sets nothing.",
    file: access,
    find: `            kernel.setOption(this.#target.identity(), which, bytes);`,
    replace: ``,
    on: "libc@bun",
    cases: ["options/tcp-so-mark", "options/udp-so-rcvbuf", "options/unix-so-sndbuf", "options/tcp-user-timeout"],
  },
  {
    name: "option-read-once",
    what: "getOption() tells for ever what it read first.",
    file: access,
    find: `            return codec.decode(kernel.getOption(this.#target.identity(), native, codec.length), kernel);`,
    replace:
      `            return ((this.read ??= {})[name] ??= codec.decode(kernel.getOption(this.#target.identity(), native, codec.length), kernel));`,
    on: "libc@bun",
    cases: ["options/tcp-so-priority", "options/udp-ip-ttl"],
  },
  {
    name: "ipv6-socket-as-ipv4",
    what: "Options of IPv6 sockets are set where those of IPv4 are.",
    file: access,
    find: `    return forBoth ? [place(row.ipv6), place(row)] : [place(row.ipv6)];`,
    replace: `    return [place(row)];`,
    on: "libc@bun",
    cases: ["options/tcp-ip-ttl", "options/tcp-ip-tos", "options/udp-ip-mtu-discover"],
  },
  {
    name: "ipv4-of-dual-stack-forgotten",
    what: "Options of an IPv6 socket do not hold for its IPv4 connections.",
    file: access,
    find: `    return forBoth ? [place(row.ipv6), place(row)] : [place(row.ipv6)];`,
    replace: `    return [place(row.ipv6)];`,
    on: "libc@bun",
    cases: ["options/wire-both-families"],
  },
  {
    name: "opening-option-set-late",
    what: "What must precede bind(2) is set on open sockets too.",
    file: access,
    find: `        if (isOpeningOption(option)) {`,
    replace: `        if (false) {`,
    on: "libc@bun",
    cases: ["options/after-bind"],
  },
  {
    name: "agreed-option-set-in-vain",
    what: "What was agreed on when a connection was made is set on an open one.",
    file: access,
    find: `        if (socketOptions[option].agreed && this.#target.connection) {`,
    replace: `        if (false) {`,
    on: "libc@bun",
    cases: ["options/agreed-on"],
  },
  {
    name: "option-failure-swallowed",
    what: "What the kernel says against an option is not told.",
    file: access,
    find: `        for (const [option, value] of settings)
            this.#call("setOption", () => this.#apply(option, value));`,
    replace: `        for (const [option, value] of settings) {
            try {
                this.#call("setOption", () => this.#apply(option, value));
            }
            catch { }
        }`,
    on: "libc@bun",
    cases: ["options/kernel-refuses", "options/unprivileged"],
  },
  {
    name: "remedy-not-told",
    what: "The reason why options cannot be read names no remedy.",
    file: access,
    find: `return simulated ? gap : `,
    replace: `return true ? gap : `,
    on: "omnisock@bun",
    cases: ["options/without-libc"],
  },
  {
    name: "option-of-any-transport",
    what: "Options of other transports are tried on the socket.",
    file: checks,
    find: `    if (!on.includes(transport)) {`,
    replace: `    if (false) {`,
    on: "libc@bun",
    cases: ["options/wrong-socket"],
  },
  {
    name: "values-not-checked",
    what: "Values of options go to the kernel as they are.",
    file: checks,
    find: `    return [[option, check(option, value)]];`,
    replace: `    return [[option, value]];`,
    on: "libc@bun",
    cases: ["options/bad-value"],
  },
  {
    name: "idle-sets-the-interval-too",
    what: "keepAlive: { idle } changes the time between the probes.",
    file: checks,
    find: `            checked.push([option, check(\`keepAlive.\${member}\`, own[member])]);`,
    replace: `            checked.push([option, check(\`keepAlive.\${member}\`, own[member])]);
            if (member === "idle") checked.push(["keepAliveInterval", own[member]]);`,
    on: "libc@bun",
    cases: ["options/keepalive-each"],
  },
  {
    name: "presets-of-connect-forgotten",
    what: "Options that precede connect(2) are set on no socket.",
    file: made,
    find: `    const options = [...reuse, ...presets(kernel, socket, remote.family)];`,
    replace: `    const options = [...reuse];`,
    on: "libc@bun",
    cases: ["options/wire-ttl", "options/wire-window-scale", "options/wire-mss", "options/tcp-so-mark"],
  },
  {
    name: "early-options-set-late",
    what: "Options of the first packets are set once the connection is there.",
    file: opening,
    find: `    return { maker: made ? kernel : undefined, settings };`,
    replace: `    return { maker: undefined, settings: socket.given.filter(([option]) => !isOpeningOption(option)) };`,
    on: "libc@bun",
    cases: ["options/wire-ttl", "options/wire-tos", "options/wire-window-scale"],
  },
  {
    name: "seconds-told-as-milliseconds",
    what: "Times that the kernel has in seconds are told as they are.",
    file: values,
    find: `        decode: (bytes) => word(bytes) * 1000,`,
    replace: `        decode: (bytes) => word(bytes),`,
    on: "libc@bun",
    cases: ["options/tcp-keepidle", "options/tcp-defer-accept"],
  },
  {
    name: "fragments-probed",
    what: 'mtuDiscover "do" and "probe" are exchanged.',
    file: table,
    find: `do: 2, probe: 3`,
    replace: `do: 3, probe: 2`,
    on: "libc@bun",
    cases: ["options/tcp-ip-mtu-discover", "options/udp-ip-mtu-discover"],
  },
  {
    name: "tcp-info-a-member-off",
    what: "TCP_INFO tells the acknowledged bytes as those received.",
    file: info,
    find: `bytesReceived: later64(128)`,
    replace: `bytesReceived: later64(120)`,
    on: "libc@bun",
    cases: ["options/tcp-info"],
  },
  {
    name: "several-taken-for-one",
    what: "Of several sockets that nothing tells apart the first is taken.",
    file: descriptor,
    find: `    if (found.same.length + found.unclear.length > 1) {`,
    replace: `    if (false) {`,
    on: "libc@deno",
    cases: ["options/not-another-socket"],
  },
  {
    name: "descriptor-without-proof",
    what: "A descriptor is remembered by the local port, and not held against the socket.",
    file: descriptor,
    find: `        verify(socket, { descriptor, syscall });
        return use(descriptor.fd);`,
    replace: `        return use((globalThis.known ??= {})[socket.local.port ?? socket.local.path] ??= descriptor.fd);`,
    on: "libc@bun",
    cases: ["options/not-another-socket", "options/soak"],
  },
  {
    name: "copies-kept",
    what: "The copy of a descriptor that an option was set through is not closed.",
    file: descriptor,
    find: `        if (descriptor.copy)`,
    replace: `        if (false)`,
    on: "libc@deno",
    cases: ["options/soak"],
  },
  {
    name: "options-after-bind",
    what: "Sockets that libc makes are bound first.",
    file: "build/libc/open.js",
    find: `    for (const { level, name, value } of options) {`,
    replace: `    if (local !== undefined) {
        const address = encodeAddress(local, here);
        const result = calls.bind(fd, address, address.length);
        if (result < 0)
            throw new LibcError(-result, "bind");
        local = undefined;
    }
    for (const { level, name, value } of options) {`,
    on: "libc@bun",
    cases: ["options/device-before-bind", "options/freebind-before-bind", "options/transparent-before-bind"],
  },
  {
    name: "raw-option-sets-nothing",
    what: "rawOption() sets zeros.",
    file: access,
    find: `kernel.setOption(this.#target.identity(), { level, name }, value.slice());`,
    replace: `kernel.setOption(this.#target.identity(), { level, name }, new Uint8Array(value.length));`,
    on: "libc@bun",
    cases: ["options/raw", "options/read-unset"],
  },
  {
    name: "user-timeout-forgotten",
    what: "userTimeout is set as TCP_SYNCNT is.",
    file: table,
    find: `name: "TCP_USER_TIMEOUT", linux: 18`,
    replace: `name: "TCP_USER_TIMEOUT", linux: 7`,
    on: "libc@bun",
    cases: ["options/user-timeout-breaks", "options/keepalive-timers", "options/tcp-user-timeout"],
  },
];
