/** Defects by which the library's sockets have other options in the kernel, or other owners, than they should. */
import type { Mutant } from "./mutant.js";

const lifetime = "build/core/lifetime.js";
const options = "build/core/options.js";

/** Sets integer options, as [level, name, value], and the flags of a descriptor, of every socket of a Bun process. */
function tuning(values: string): string {
  return `const libc = import.meta.require("bun:ffi").dlopen("libc.so.6", {
    fcntl: { args: ["i32", "i32", "i32"], returns: "i32" },
    setsockopt: { args: ["i32", "i32", "i32", "ptr", "u32"], returns: "i32" },
    system: { args: ["cstring"], returns: "i32" },
});
const fs = import.meta.require("node:fs");
const isSocket = (fd) => {
    try {
        return Number(fd) > 2 && fs.readlinkSync("/proc/self/fd/" + fd).startsWith("socket:");
    }
    catch {
        return false;
    }
};
function tune() {
    for (const fd of fs.readdirSync("/proc/self/fd").filter(isSocket)) {
        for (const [level, name, ...value] of ${values})
            libc.symbols.setsockopt(fd, level, name, Int32Array.of(...value), 4 * value.length);
        libc.symbols.fcntl(fd, 2, 0);
    }
}
export function hold(holder) {
    tune();
    setTimeout(tune, 5).unref();`;
}

export const mutants: readonly Mutant[] = [
  {
    name: "tcp-tuned",
    what: "TCP sockets are tuned in every way that Linux knows.",
    file: lifetime,
    find: `export function hold(holder) {`,
    // SOL_SOCKET 1, IPPROTO_TCP 6, IPPROTO_IPV6 41, IPPROTO_IP 0.
    replace: tuning(`[[1, 8, 20000], [1, 7, 300000], [0, 2, 33], [41, 16, 33], [0, 1, 16], [41, 67, 16], [1, 12, 3],
            [6, 23, 5], [6, 8, 10], [6, 4, 77], [6, 5, 7], [6, 6, 3], [1, 13, 1, 1], [0, 10, 0], [41, 23, 0], [6, 12, 0],
            [1, 2, 0], [1, 15, 1], [6, 7, 3], [1, 10, 1], [6, 18, 9999], [6, 3, 1]]`),
    on: "omnisock@bun",
    cases: [
      "defaults/tcp-receive-buffer",
      "defaults/tcp-send-buffer",
      "defaults/tcp-ttl",
      "defaults/tcp-hops",
      "defaults/tcp-tos",
      "defaults/tcp-traffic-class",
      "defaults/tcp-priority",
      "defaults/tcp-fast-open",
      "defaults/tcp-fin-timeout",
      "defaults/tcp-keepalive-probes",
      "defaults/tcp-keepalive-idle-probes",
      "defaults/tcp-linger",
      "defaults/tcp-path-mtu",
      "defaults/tcp-quick-ack",
      "defaults/tcp-reuse-address",
      "defaults/tcp-reuse-port",
      "defaults/tcp-syn-retries",
      "defaults/tcp-urgent-inline",
      "defaults/tcp-user-timeout",
      "defaults/tcp-cork",
      "defaults/descriptor-flags",
      "tcp.read/oob-data",
      "tcp.options/quickack-cork",
    ],
  },
  {
    name: "tcp-accept-deferred",
    what: "Listeners have TCP_DEFER_ACCEPT.",
    file: lifetime,
    find: `export function hold(holder) {`,
    replace: tuning(`[[6, 9, 5]]`),
    on: "omnisock@bun",
    cases: ["defaults/tcp-defer-accept"],
  },
  {
    name: "udp-tuned",
    what: "UDP sockets are tuned in every way that Linux knows.",
    file: lifetime,
    find: `export function hold(holder) {`,
    // IPPROTO_UDP 17.
    replace: tuning(`[[1, 8, 20000], [1, 7, 20000], [0, 2, 33], [41, 16, 33], [0, 1, 16], [41, 67, 16], [1, 6, 1],
            [0, 11, 0], [41, 25, 0], [17, 104, 1], [0, 49, 0], [0, 34, 0], [41, 19, 0], [0, 33, 9], [41, 18, 9],
            [0, 8, 1], [1, 11, 1], [0, 10, 1]]`),
    on: "omnisock@bun",
    cases: [
      "defaults/udp-broadcast",
      "defaults/udp-buffers",
      "defaults/udp-control-data",
      "defaults/udp-multicast-all",
      "defaults/udp-multicast-loop",
      "defaults/udp-multicast-ttl",
      "defaults/udp-offload",
      "defaults/udp-tos",
      "defaults/udp-ttl",
      "udp.options/checksum-default",
      "udp.options/dontfrag",
      "udp.options/recverr",
      "udp.truncation/gro",
      "udp.errors/unconnected-icmp",
    ],
  },
  {
    name: "ipv6-only-default",
    what: "Listeners are for IPv6 only unless they are told otherwise.",
    file: "build/core/sockets.js",
    find: `const ipv6Only = asked.get("ipv6Only") === true;`,
    replace: `const ipv6Only = asked.get("ipv6Only") !== false;`,
    on: "omnisock@node",
    cases: ["defaults/ipv6-only"],
  },
  {
    name: "backlog-of-128",
    what: "Without a backlog a listener's queue is as long as the systems of old allowed.",
    file: options,
    find: `const defaultBacklog = 511;`,
    replace: `const defaultBacklog = 128;`,
    on: "omnisock@node",
    cases: ["unix.stream/backlog", "defaults/listen-backlog"],
  },
  {
    name: "held-by-a-child",
    what: "A child process inherits the sockets and outlives their owner.",
    file: lifetime,
    find: `export function hold(holder) {`,
    replace: `${tuning("[]")}
    libc.symbols.system(Buffer.from("setsid sleep 4 </dev/null >/dev/null 2>&1 &\\0"));`,
    on: "omnisock@bun",
    cases: ["lifecycle/kill9"],
  },
];
