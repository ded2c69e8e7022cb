/** Defects of the plain calls of `omnisock/libc`. */
import type { Mutant } from "./mutant.js";

const sockets = "build/libc/sockets.js";

export const mutants: readonly Mutant[] = [
  {
    name: "caller-buffer-not-filled",
    what: "What was received does not reach the caller's buffer.",
    file: "build/libc/transfer.js",
    find: `        bytes.set(place.subarray(0, Math.min(length, bytes.byteLength)));`,
    replace: `        void length;`,
    on: "libc@bun",
    cases: ["libc/udp"],
  },
  {
    name: "received-bytes-doubled",
    what: "recv() gives the whole of its memory.",
    file: sockets,
    find: `        return place.slice(0, Math.min(length, capacity));`,
    replace: `        return place.slice(0, capacity);`,
    on: "libc@bun",
    cases: ["libc/tcp-client", "libc/unix"],
  },
  {
    name: "errno-negated",
    what: "A failed call is told by another number than errno.",
    file: sockets,
    find: `    if (result < 0)
        throw new LibcError(-result, syscall);
    return result;`,
    replace: `    if (result < 0)
        throw new LibcError(-result + 1, syscall);
    return result;`,
    on: "libc@bun",
    cases: ["libc/errors", "libc/tcp-server"],
  },
  {
    name: "port-in-host-order",
    what: "Ports are put into addresses in the order of the machine.",
    file: "build/libc/sockaddr.js",
    find: `    view.setUint16(2, port);`,
    replace: `    view.setUint16(2, port, true);`,
    on: "libc@bun",
    cases: ["libc/tcp-client"],
  },
  {
    name: "poll-tells-nothing",
    what: "poll() does not say what came.",
    file: "build/libc/poll.js",
    find: `        one.revents = view.getInt16(index * 8 + 6, true);`,
    replace: `        one.revents = 0;`,
    on: "libc@bun",
    cases: ["libc/poll"],
  },
  {
    name: "short-option-value",
    what: "setsockopt() passes on a value of no bytes.",
    file: "build/libc/socket-options.js",
    find: `holding(bytes), bytes.length));`,
    replace: `holding(new Uint8Array(bytes.length)), bytes.length));`,
    on: "libc@bun",
    cases: ["libc/options"],
  },
  {
    name: "negative-length",
    what: "The length of what is to be received is not checked.",
    file: "build/libc/arguments.js",
    find: `    return plain(checkInteger(what, value, 0, maxTransfer));`,
    replace: `    return Math.abs(Math.trunc(value));`,
    on: "libc@bun",
    cases: ["libc/bad-arguments"],
  },
  {
    name: "protocol-ignored",
    what: "socket() asks for the usual protocol of its type.",
    file: sockets,
    find: `native, checkInt("protocol", protocol)));
    return withFlags(fd, type);`,
    replace: `native, 0));
    return withFlags(fd, type);`,
    on: "libc@bun",
    cases: ["libc/raw", "libc/packet"],
  },
  {
    name: "service-ignored",
    what: "getaddrinfo() gives addresses without their ports.",
    file: "build/libc/getaddrinfo.js",
    find: `calls.getaddrinfo(host, name, wanted, result)`,
    replace: `calls.getaddrinfo(host, null, wanted, result)`,
    on: "libc@bun",
    cases: ["libc/getaddrinfo"],
  },
];
