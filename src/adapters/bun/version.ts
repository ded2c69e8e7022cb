/** What old versions of Bun get wrong; the one place that decides by version. */

const version = (process.versions["bun"] ?? "").split(".").map((part) => parseInt(part));

/** Whether this Bun comes before a version like `[1, 46, 0]`; nothing that is not Bun does. */
function isBefore(other: readonly number[]): boolean {
  const at = other.findIndex((part, index) => part !== version[index]);
  return at >= 0 && (version[at] ?? 0) < (other[at] ?? 0);
}

/**
 * Bun 1.4.1 is the first that keeps what a connection had received when it breaks while reading is paused (oven-sh/bun pull
 * request 39860; case tcp.reset/recv-rst-read). Until 1.4.0 `reload()` of a connected socket frees what is still in use
 * (pull request 29752). See unpaused.ts for what is done instead.
 */
export const losesPausedBytes: boolean = isBefore([1, 4, 1]);

/** Bun 1.3.12 is the first that does not close a connected UDP socket when a datagram was refused (case udp.connected/icmp-refused). */
export const closesRefused: boolean = isBefore([1, 3, 12]);

/**
 * Until 1.3 `node:net` ignores `localAddress` and `localPort`, `node:dgram` only remembers the sizes of buffers,
 * `Bun.listen()` takes no descriptor, and native sockets take the idle time of keep-alive in seconds.
 */
export const isBefore14: boolean = isBefore([1, 4, 0]);
