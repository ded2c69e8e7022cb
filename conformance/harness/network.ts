/** The network namespace that a case runs in, as the case changes and watches it; all of it is undone when the case is over. */
import type { Peer } from "./case.js";

export interface Network {
  /** A route that answers (`unreachable`, `prohibit`) or swallows (`blackhole`) what goes to `prefix`. */
  route(kind: "unreachable" | "prohibit" | "blackhole", prefix: string): Promise<void>;
  /** A cable to a second namespace in which a raw peer is. One at a time. */
  link(): Promise<Link>;
  /** Records from now on the TCP segments from or to a port, on every interface, each once. */
  capture(of: { readonly port: number }): Promise<Capture>;
  /** Sends a forged TCP segment over IPv4; lengths and checksums are right. */
  inject(segment: ForgedSegment): Promise<void>;
  /** From now on these names exist, and no others. */
  resolver(zone: Zone): Promise<NameLog>;
  /** Sets a value of the namespace, for instance `net.ipv4.tcp_syn_retries`. */
  sysctl(name: string, value: string | number): Promise<void>;
  /** Adds an address to the loopback interface. */
  address(prefix: string): Promise<void>;
  /** The kernel itself aborts the sockets with this local port (`ss --kill`). */
  kill(port: number): Promise<void>;
}

/** A pair of virtual Ethernet interfaces. Both ends have IPv4, IPv6 and link-local addresses. */
export interface Link {
  readonly near: LinkEnd;
  readonly distant: LinkEnd;
  /** Addresses with a route through the link behind which nobody is: what is sent there stays unanswered. */
  readonly silent: { readonly ipv4: string; readonly ipv6: string };
  /** The peer at the far end. */
  readonly far: Peer;
  /** Plugs the cable in or pulls it at the far end. */
  setUp(up: boolean): Promise<void>;
  /** From the far end, the ICMP message "destination unreachable" with this code (RFC 792) about a captured IPv4 segment. */
  unreachable(about: Segment, code: number): Promise<void>;
  /** Lets the near end send so many bits per second, and holds back up to so many bytes (tbf). */
  shape(limits: { readonly rate: number; readonly queue: number }): Promise<void>;
}

export interface LinkEnd {
  readonly name: string;
  readonly index: number;
  /** Two addresses of each family. */
  readonly ipv4: readonly [string, string];
  readonly ipv6: readonly [string, string];
  readonly linkLocal: string;
  /** The broadcast address of the IPv4 network. */
  readonly broadcast: string;
}

export interface Capture {
  /** What was recorded so far, in the order of the kernel. */
  segments(): Promise<readonly Segment[]>;
}

/** A TCP segment as it was on the wire. */
export interface Segment {
  readonly from: { readonly host: string; readonly port: number };
  readonly to: { readonly host: string; readonly port: number };
  readonly flags: readonly Flag[];
  readonly sequence: number;
  readonly acknowledgement: number;
  readonly window: number;
  /** Options of the segment, as far as it has them. */
  readonly maxSegment?: number;
  readonly windowScale?: number;
  readonly fastOpen?: true;
  /** Bytes of payload. */
  readonly length: number;
  /** TTL or hop limit. */
  readonly ttl: number;
  /** TOS or traffic class. */
  readonly tos: number;
  /** Always true with IPv6. */
  readonly dontFragment: boolean;
  /** The kernel's clock in milliseconds. */
  readonly time: number;
}

export type Flag = "FIN" | "SYN" | "RST" | "PSH" | "ACK" | "URG";

export interface ForgedSegment {
  readonly from: { readonly host: string; readonly port: number };
  readonly to: { readonly host: string; readonly port: number };
  readonly flags: readonly Flag[];
  readonly sequence: number;
  readonly acknowledgement?: number;
}

/** What the name server says, by lower-case name without the last dot. */
export type Zone = Readonly<Record<string, ZoneEntry>>;

export interface ZoneEntry {
  /** A and AAAA records, in this order. Without any the name exists and has no address. */
  readonly addresses?: readonly string[];
  readonly failure?: "NXDOMAIN" | "SERVFAIL" | "REFUSED";
  /** Milliseconds before the answer. */
  readonly delay?: number;
  /** No answer at all. */
  readonly drop?: boolean;
  /** Over UDP the answer is cut short, so that it has to be asked for over TCP. */
  readonly truncated?: boolean;
}

export interface NameLog {
  /** Every question that reached the name server since the zone was given. */
  queries(): Promise<readonly Query[]>;
}

export interface Query {
  readonly name: string;
  /** `A`, `AAAA`, ... */
  readonly type: string;
  readonly transport: "udp" | "tcp";
}
