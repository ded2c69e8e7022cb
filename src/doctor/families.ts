/** Kinds of sockets that only the plain calls of `omnisock/libc` make, each tried by making one. */
import { attempt, type Outcome } from "./attempt.ts";

type Libc = typeof import("../libc/index.ts");

const kinds: Readonly<Record<string, (libc: Libc) => readonly [domain: number, type: number, protocol: number]>> = {
  "AF_UNIX SOCK_DGRAM": ({ AF_UNIX, SOCK_DGRAM }) => [AF_UNIX, SOCK_DGRAM, 0],
  "AF_UNIX SOCK_SEQPACKET": ({ AF_UNIX, SOCK_SEQPACKET }) => [AF_UNIX, SOCK_SEQPACKET, 0],
  "AF_INET SOCK_RAW, ICMP": ({ AF_INET, SOCK_RAW, IPPROTO_ICMP }) => [AF_INET, SOCK_RAW, IPPROTO_ICMP],
  "AF_INET6 SOCK_RAW, ICMPv6": ({ AF_INET6, SOCK_RAW, IPPROTO_ICMPV6 }) => [AF_INET6, SOCK_RAW, IPPROTO_ICMPV6],
  "AF_INET SOCK_DGRAM, ICMP": ({ AF_INET, SOCK_DGRAM, IPPROTO_ICMP }) => [AF_INET, SOCK_DGRAM, IPPROTO_ICMP],
  "AF_PACKET SOCK_RAW": ({ AF_PACKET, SOCK_RAW, htons, ETH_P_ALL }) => [AF_PACKET, SOCK_RAW, htons(ETH_P_ALL)],
  "AF_INET SOCK_RDM": ({ AF_INET, SOCK_RDM }) => [AF_INET, SOCK_RDM, 0],
  "PF_IPX SOCK_DGRAM": ({ AF_IPX, SOCK_DGRAM }) => [AF_IPX, SOCK_DGRAM, 0],
};

/** Nothing where libc cannot be loaded. */
export async function tryFamilies(): Promise<ReadonlyMap<string, Outcome>> {
  const libc = await import("../libc/index.ts");
  const outcomes = new Map<string, Outcome>();
  for (const [name, kind] of Object.entries(kinds)) {
    outcomes.set(
      name,
      await attempt(async () => {
        libc.close(libc.socket(...kind(libc)));
        return true;
      }),
    );
  }
  return outcomes;
}
