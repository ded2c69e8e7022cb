/** What an adapter may lack, by name. */
import type { Adapter } from "./adapter.ts";
import { type Operation, SocketError } from "./errors.ts";
import { kernelOf } from "./kernel.ts";
import { earlyGap, optionGap, readGap } from "./option-access.ts";
import { isOpeningOption, optionNames, socketOptions } from "./option-table.ts";
import type { OptionName, OptionTransport, TcpOption, UdpOption, UnixOption } from "./socket-options.ts";

/**
 * A feature that some runtime cannot give:
 * - `tcp.backlog`: the `backlog` of `listen` reaches listen(2), for TCP
 * - `tcp.boundedAccept`: connections beyond the accept queue's bound stay in the kernel
 * - `tcp.boundedRead`: bytes beyond `highWaterMark` stay in the kernel; no option asks for it, so nothing says `ENOTSUP`
 * - `tcp.ipv6Only`, `udp.ipv6Only`, `tcp.keepAliveIdle`, `tcp.reusePort`, `udp.reusePort`: these socket options
 * - `tcp.localAddress`: `localAddress` and `localPort` of `connect`
 * - `tcp.reset`: `reset()` sends RST
 * - `tcp.unreachable`: `ENETUNREACH`, `EHOSTUNREACH` and `ETIMEDOUT` of `connect` are told apart from `ECONNREFUSED`
 * - `udp.connect`: a connected socket accepts datagrams of its peer only
 * - `udp.refused`: a connected socket reports `ECONNREFUSED`
 * - `udp.multicast`, `udp.sourceMulticast`: `join` and `leave`, without and with `source`
 * - `unix.backlog`: the `backlog` of `listen` at a path reaches listen(2)
 * - `unix.stream`, `unix.abstract`, `unix.datagram`: Unix-domain sockets
 * - `options.early`: options given to `connect()` and `listen()` that must or should be there before are
 * - `options.read`: `getOption()` and `rawOption()`
 * - `tcp.noDelay`, `udp.ttl`, `unix.recvBufferSize` and so on: a socket option can be set, or read if it can only be read
 */
export type Feature = (typeof names)[number] | OptionFeature;

/** A socket option of a transport. */
export type OptionFeature = `tcp.${TcpOption}` | `udp.${UdpOption}` | `unix.${UnixOption}`;

const names = [
  "options.early",
  "options.read",
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

const transports: readonly OptionTransport[] = ["tcp", "udp", "unix"];

const optionsByFeature: ReadonlyMap<string, readonly [OptionTransport, OptionName]> = new Map(
  transports.flatMap((transport) =>
    optionNames
      .filter((option) => socketOptions[option].on.includes(transport))
      .map((option) => [`${transport}.${option}`, [transport, option]] as const)
  ),
);

/** What an adapter may lack; `supports()` can be asked for these and for `optionFeatures`. */
export const features: readonly Feature[] = names;

/** Every socket option of every transport. */
export const optionFeatures: readonly OptionFeature[] = [...optionsByFeature.keys()] as OptionFeature[];

/** One sentence for each feature that an adapter lacks; it is also the message of the `ENOTSUP` that a caller gets. */
export type Gaps = Readonly<Partial<Record<Feature, string>>>;

/** What `omnisock/libc` gives where the runtime can take over a socket that libc made. */
const filledByAdoption: ReadonlySet<Feature> = new Set<Feature>([
  "tcp.backlog",
  "tcp.ipv6Only",
  "tcp.localAddress",
  "tcp.reusePort",
  "unix.abstract",
  "unix.backlog",
]);

/** What it gives everywhere, because its datagram sockets are its own. */
const datagramFeatures: readonly Feature[] = [
  "udp.connect",
  "udp.ipv6Only",
  "udp.multicast",
  "udp.refused",
  "udp.reusePort",
  "udp.sourceMulticast",
  "unix.datagram",
];

/** Whether libc, once it is imported, gives what the adapter lacks. */
function isFillable(adapter: Adapter, feature: Feature): boolean {
  if (adapter.simulated) return false;
  return datagramFeatures.includes(feature) || (filledByAdoption.has(feature) && adapter.adopt !== undefined);
}

/** The answer of `supports()`. */
export type Support =
  | { readonly supported: true }
  | { readonly supported: false; readonly reason: string };

export function support(adapter: Adapter, feature: Feature): Support {
  if (!features.includes(feature) && !optionsByFeature.has(feature)) {
    throw new RangeError(`there is no feature "${String(feature)}"`);
  }
  const reason = whyNot(adapter, feature);
  return reason === undefined ? { supported: true } : { supported: false, reason };
}

/** The reason why there is no such feature. */
export function whyNot(adapter: Adapter, feature: Feature): string | undefined {
  const kernel = kernelOf(adapter);
  if (feature === "options.read") {
    return kernel === undefined ? readGap(adapter) : undefined;
  }
  if (feature === "options.early") return earlyGap(adapter);
  const option = optionsByFeature.get(feature);
  if (option !== undefined && !atOpening.has(feature)) {
    const [transport, name] = option;
    return optionGap(adapter, transport, name) ??
      (transport === "tcp" && isOpeningOption(name) ? earlyGap(adapter) : undefined);
  }
  const gap = adapter.gaps[feature];
  if (gap === undefined || !isFillable(adapter, feature)) return gap;
  return kernel === undefined ? `${gap}; import "omnisock/libc" to have it` : kernel.gaps[feature];
}

/** Options that the runtime sets at opening, unless it has a gap. */
const atOpening: ReadonlySet<Feature> = new Set<Feature>([
  "tcp.ipv6Only",
  "tcp.reusePort",
  "udp.ipv6Only",
  "udp.reuseAddress",
  "udp.reusePort",
]);

/** Throws the gap's sentence as `ENOTSUP` if the feature is not there. */
export function requireFeature(adapter: Adapter, feature: Feature, operation: Operation): void {
  const reason = whyNot(adapter, feature);
  if (reason !== undefined) throw new SocketError("ENOTSUP", operation, { detail: reason });
}
