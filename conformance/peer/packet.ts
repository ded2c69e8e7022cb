/** TCP segments on the wire: recorded with AF_PACKET, and forged through a raw socket. */
import type { Flag, ForgedSegment, Segment } from "../harness/network.js";
import { encode, formatIp } from "./address.js";
import { libc, memory } from "./libc.js";
import {
  AF_INET,
  AF_PACKET,
  E,
  ETH_P_ALL,
  ICMP_DEST_UNREACH,
  IPPROTO_ICMP,
  IPPROTO_RAW,
  IPPROTO_TCP,
  must,
  PACKET_OUTGOING,
  POLLIN,
  SIOCGSTAMPNS,
  SO_RCVBUFFORCE,
  SOCK_DGRAM,
  SOCK_RAW,
  SOL_SOCKET,
} from "./linux.js";
import type { Loop } from "./loop.js";
import { open, setOption, type Socket } from "./socket.js";

const FLAGS: readonly Flag[] = ["FIN", "SYN", "RST", "PSH", "ACK", "URG"];
const LOOPBACK_INDEX = 1;
/** Headers alone are kept. */
const SNAP = 256;
const QUEUE = 16 * 1024 * 1024;

const packet = memory(SNAP);
const link = memory(32);
const linkLength = new Int32Array(new ArrayBuffer(4));
const stamp = memory(16);

/** Segments of one port, from now on. */
export class Capture {
  readonly #socket: Socket;
  readonly #port: number;
  readonly #segments: Segment[] = [];

  constructor(loop: Loop, port: number) {
    this.#port = port;
    this.#socket = open(loop, AF_PACKET, SOCK_DGRAM, { protocol: ETH_P_ALL });
    setOption(this.#socket, SOL_SOCKET, SO_RCVBUFFORCE, QUEUE);
    // Ends with the socket.
    this.#record().catch(() => {});
  }

  /** What the kernel has recorded by now. */
  segments(): readonly Segment[] {
    this.#take();
    return this.#segments;
  }

  async #record(): Promise<never> {
    for (;;) {
      await this.#socket.ready(POLLIN);
      this.#take();
    }
  }

  #take(): void {
    const { descriptor } = this.#socket;
    for (;;) {
      linkLength[0] = link.length;
      const count = libc.recvfrom(descriptor, packet, packet.length, 0, link, linkLength);
      if (count === -E.EAGAIN) return;
      must(count, "recvfrom AF_PACKET");
      must(libc.ioctl(descriptor, SIOCGSTAMPNS, stamp), "ioctl SIOCGSTAMPNS");
      const from = new DataView(link.buffer);
      // The loopback interface shows every packet twice, on its way out and on its way in.
      if (from.getInt32(4, true) === LOOPBACK_INDEX && from.getUint8(10) === PACKET_OUTGOING) continue;
      const segment = parse(packet.subarray(0, count));
      if (segment?.from.port === this.#port || segment?.to.port === this.#port) this.#segments.push(segment as Segment);
    }
  }
}

function parse(bytes: Uint8Array): Segment | undefined {
  const version = (bytes[0] ?? 0) >> 4;
  const ip = version === 4 ? parseIpv4(bytes) : version === 6 ? parseIpv6(bytes) : undefined;
  if (ip === undefined || bytes.length < ip.header + 20) return undefined;
  const tcp = view(bytes.subarray(ip.header));
  const clock = new DataView(stamp.buffer);
  const bits = tcp.getUint8(13);
  return {
    from: { host: ip.from, port: tcp.getUint16(0) },
    to: { host: ip.to, port: tcp.getUint16(2) },
    flags: FLAGS.filter((_, bit) => (bits & (1 << bit)) !== 0),
    sequence: tcp.getUint32(4),
    acknowledgement: tcp.getUint32(8),
    window: tcp.getUint16(14),
    ...options(bytes.subarray(ip.header + 20, ip.header + 4 * (tcp.getUint8(12) >> 4))),
    length: ip.length - ip.header - 4 * (tcp.getUint8(12) >> 4),
    ttl: ip.ttl,
    tos: ip.tos,
    dontFragment: ip.dontFragment,
    time: Number(clock.getBigInt64(0, true)) * 1000 + Number(clock.getBigInt64(8, true)) / 1_000_000,
  };
}

/** RFC 9293 §3.1, RFC 7323 §2.2, RFC 7413 §4.1.1. */
function options(bytes: Uint8Array): Pick<Segment, "maxSegment" | "windowScale" | "fastOpen"> {
  const found: { maxSegment?: number; windowScale?: number; fastOpen?: true } = {};
  for (let at = 0; at < bytes.length && bytes[at] !== 0;) {
    if (bytes[at] === 1) at += 1;
    else {
      if (bytes[at] === 2) found.maxSegment = ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0);
      if (bytes[at] === 3) found.windowScale = bytes[at + 2] ?? 0;
      // A host that did not answer once is asked by the experimental option (RFC 6994) the next time.
      const experimental = bytes[at] === 254 && bytes[at + 2] === 0xf9 && bytes[at + 3] === 0x89;
      if (bytes[at] === 34 || experimental) found.fastOpen = true;
      at += Math.max(2, bytes[at + 1] ?? 2);
    }
  }
  return found;
}

interface IpHeader extends Pick<Segment, "ttl" | "tos" | "dontFragment"> {
  readonly header: number;
  /** Of the whole packet. */
  readonly length: number;
  readonly from: string;
  readonly to: string;
}

function parseIpv4(bytes: Uint8Array): IpHeader | undefined {
  if (bytes.length < 20 || bytes[9] !== IPPROTO_TCP) return undefined;
  const ip = view(bytes);
  return {
    header: 4 * (ip.getUint8(0) & 15),
    length: ip.getUint16(2),
    ttl: ip.getUint8(8),
    tos: ip.getUint8(1),
    dontFragment: (ip.getUint16(6) & 0x4000) !== 0,
    from: formatIp(bytes.subarray(12, 16)),
    to: formatIp(bytes.subarray(16, 20)),
  };
}

/** Extension headers do not occur before TCP here. */
function parseIpv6(bytes: Uint8Array): IpHeader | undefined {
  if (bytes.length < 40 || bytes[6] !== IPPROTO_TCP) return undefined;
  const ip = view(bytes);
  return {
    header: 40,
    length: 40 + ip.getUint16(4),
    ttl: ip.getUint8(7),
    tos: (ip.getUint16(0) >> 4) & 255,
    dontFragment: true,
    from: formatIp(bytes.subarray(8, 24)),
    to: formatIp(bytes.subarray(24, 40)),
  };
}

/** Over IPv4. */
export function inject(loop: Loop, { from, to, flags, sequence, acknowledgement = 0 }: ForgedSegment): void {
  const tcp = memory(20);
  const fields = view(tcp);
  fields.setUint16(0, from.port);
  fields.setUint16(2, to.port);
  fields.setUint32(4, sequence);
  fields.setUint32(8, acknowledgement);
  fields.setUint8(12, 5 << 4);
  fields.setUint8(13, flags.reduce((bits, flag) => bits | (1 << FLAGS.indexOf(flag)), 0));
  fields.setUint16(14, 0xffff);
  const pseudo = [...ipBytes(from.host), ...ipBytes(to.host), 0, IPPROTO_TCP, 0, tcp.length];
  fields.setUint16(16, checksum([...pseudo, ...tcp]));
  send(loop, from.host, to.host, IPPROTO_TCP, tcp);
}

/** RFC 792: type 3 with the IP header and the first eight bytes of the segment that could not be delivered. */
export function unreachable(loop: Loop, about: Segment, code: number): void {
  const tcp = memory(8);
  view(tcp).setUint16(0, about.from.port);
  view(tcp).setUint16(2, about.to.port);
  view(tcp).setUint32(4, about.sequence);
  const quoted = ipv4(about.from.host, about.to.host, IPPROTO_TCP, tcp);
  const icmp = memory(8 + quoted.length);
  icmp.set([ICMP_DEST_UNREACH, code]);
  icmp.set(quoted, 8);
  view(icmp).setUint16(2, checksum(icmp));
  send(loop, about.to.host, about.from.host, IPPROTO_ICMP, icmp);
}

function send(loop: Loop, from: string, to: string, protocol: number, payload: Uint8Array): void {
  const target = encode({ host: to, port: 0 });
  const bytes = ipv4(from, to, protocol, payload);
  const socket = open(loop, AF_INET, SOCK_RAW, { protocol: IPPROTO_RAW });
  try {
    must(libc.sendto(socket.descriptor, bytes, bytes.length, 0, target.bytes, target.bytes.length), "sendto raw");
  } finally {
    socket.close();
  }
}

function ipv4(from: string, to: string, protocol: number, payload: Uint8Array): Uint8Array {
  const bytes = memory(20 + payload.length);
  const ip = view(bytes);
  ip.setUint8(0, 0x45);
  ip.setUint16(2, bytes.length);
  ip.setUint8(8, 64);
  ip.setUint8(9, protocol);
  bytes.set(ipBytes(from), 12);
  bytes.set(ipBytes(to), 16);
  ip.setUint16(10, checksum(bytes.subarray(0, 20)));
  bytes.set(payload, 20);
  return bytes;
}

function ipBytes(host: string): Uint8Array {
  return encode({ host, port: 0 }).bytes.subarray(4, 8);
}

/** RFC 1071. */
function checksum(bytes: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < bytes.length; i += 2) sum += ((bytes[i] ?? 0) << 8) + (bytes[i + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  return ~sum & 0xffff;
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
