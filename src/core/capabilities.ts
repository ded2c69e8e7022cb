/** What an adapter may lack, by name. */
import { type Operation, SocketError } from "./errors.ts";

/**
 * A feature that some runtime cannot give:
 * - `tcp.backlog`: the `backlog` of `listen` reaches listen(2), for TCP
 * - `tcp.boundedAccept`: connections beyond the accept queue's bound stay in the kernel
 * - `tcp.boundedRead`: bytes beyond `highWaterMark` stay in the kernel; no option asks for it, so nothing says `ENOTSUP`
 * - `tcp.ipv6Only`: `ipv6Only` of `listen`
 * - `tcp.keepAliveIdle`: `keepAlive: { idle }`
 * - `tcp.localAddress`: `localAddress` and `localPort` of `connect`
 * - `tcp.reset`: `reset()` sends RST
 * - `tcp.reusePort`, `udp.reusePort`: SO_REUSEPORT
 * - `tcp.unreachable`: `ENETUNREACH`, `EHOSTUNREACH` and `ETIMEDOUT` of `connect` are told apart from `ECONNREFUSED`
 * - `udp.connect`: a connected socket accepts datagrams of its peer only
 * - `udp.ipv6Only`: `ipv6Only` of `bind`
 * - `udp.refused`: a connected socket reports `ECONNREFUSED`
 * - `udp.multicast`, `udp.sourceMulticast`: `join` and `leave`, without and with `source`
 * - `unix.backlog`: the `backlog` of `listen` at a path reaches listen(2)
 * - `unix.stream`, `unix.abstract`, `unix.datagram`: Unix-domain sockets
 */
export type Feature = (typeof names)[number];

const names = [
  "tcp.backlog",
  "tcp.boundedAccept",
  "tcp.boundedRead",
  "tcp.ipv6Only",
  "tcp.keepAliveIdle",
  "tcp.localAddress",
  "tcp.reset",
  "tcp.reusePort",
  "tcp.unreachable",
  "udp.connect",
  "udp.ipv6Only",
  "udp.multicast",
  "udp.refused",
  "udp.reusePort",
  "udp.sourceMulticast",
  "unix.abstract",
  "unix.backlog",
  "unix.datagram",
  "unix.stream",
] as const;

/** Every feature that `supports()` can be asked for. */
export const features: readonly Feature[] = names;

/** One sentence for each feature that an adapter lacks; it is also the message of the `ENOTSUP` that a caller gets. */
export type Gaps = Readonly<Partial<Record<Feature, string>>>;

/** The answer of `supports()`. */
export type Support =
  | { readonly supported: true }
  | { readonly supported: false; readonly reason: string };

export function support(gaps: Gaps, feature: Feature): Support {
  if (!features.includes(feature)) throw new RangeError(`there is no feature "${String(feature)}"`);
  const reason = gaps[feature];
  return reason === undefined ? { supported: true } : { supported: false, reason };
}

/** Throws the gap's sentence as `ENOTSUP` if the adapter lacks the feature. */
export function requireFeature(adapter: { readonly gaps: Gaps }, feature: Feature, operation: Operation): void {
  const reason = adapter.gaps[feature];
  if (reason !== undefined) throw new SocketError("ENOTSUP", operation, { detail: reason });
}
