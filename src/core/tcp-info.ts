/** TCP_INFO of Linux, decoded. */
import type { Codec } from "./option-values.ts";

/** What the kernel knows of a TCP connection. Counters that this kernel does not have are `undefined`. */
export interface TcpInfo {
  /** As `ss` and RFC 9293 name it, for instance `"ESTABLISHED"` or `"CLOSE-WAIT"`. */
  readonly state: TcpState;
  /** Smoothed round-trip time in milliseconds, its mean deviation, and the least that was seen. */
  readonly rtt: number;
  readonly rttVariance: number;
  readonly minRtt: number | undefined;
  /** Retransmission timeout in milliseconds. */
  readonly retransmissionTimeout: number;
  /** In segments, as the next is; that is `undefined` before the first loss. */
  readonly congestionWindow: number;
  readonly slowStartThreshold: number | undefined;
  /** Bytes of a segment that we send, and of the largest that the path takes. */
  readonly maxSegment: number;
  readonly pathMtu: number;
  /** Segments that are sent and not acknowledged, and those sent again since the beginning. */
  readonly unacknowledged: number;
  readonly retransmits: number;
  /** Bytes. */
  readonly bytesAcknowledged: number | undefined;
  readonly bytesReceived: number | undefined;
  readonly bytesSent: number | undefined;
  readonly bytesRetransmitted: number | undefined;
  /** Bytes that wait in the send buffer and were not sent once. */
  readonly bytesUnsent: number | undefined;
  /** Bytes per second, as last measured and as paced. */
  readonly deliveryRate: number | undefined;
  readonly pacingRate: number | undefined;
}

const states = [
  "UNKNOWN",
  "ESTABLISHED",
  "SYN-SENT",
  "SYN-RECEIVED",
  "FIN-WAIT-1",
  "FIN-WAIT-2",
  "TIME-WAIT",
  "CLOSED",
  "CLOSE-WAIT",
  "LAST-ACK",
  "LISTEN",
  "CLOSING",
  "NEW-SYN-RECEIVED",
] as const;

export type TcpState = (typeof states)[number];

/** ssthresh before the first loss. */
const infinite = 0x7fffffff;

/** Members of `struct tcp_info` of linux/tcp.h by their offset; the structure only ever grows at its end. */
export const tcpInfo: Codec<TcpInfo> = {
  length: 256,
  encode: () => {
    throw new TypeError("the option can only be read");
  },
  decode: (bytes) => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const has = (end: number): boolean => bytes.byteLength >= end;
    const u32 = (offset: number): number => has(offset + 4) ? view.getUint32(offset, littleEndian) : 0;
    const later32 = (offset: number): number | undefined => has(offset + 4) ? u32(offset) : undefined;
    const later64 = (offset: number): number | undefined =>
      has(offset + 8) ? Number(view.getBigUint64(offset, littleEndian)) : undefined;
    const minRtt = later32(148);
    const slowStartThreshold = u32(76);
    return {
      state: states[bytes[0] ?? 0] ?? "UNKNOWN",
      rtt: u32(68) / 1000,
      rttVariance: u32(72) / 1000,
      // All ones until the first measurement.
      minRtt: minRtt === undefined || minRtt === 0xffffffff ? undefined : minRtt / 1000,
      retransmissionTimeout: u32(8) / 1000,
      congestionWindow: u32(80),
      slowStartThreshold: slowStartThreshold >= infinite ? undefined : slowStartThreshold,
      maxSegment: u32(16),
      pathMtu: u32(60),
      unacknowledged: u32(24),
      retransmits: u32(100),
      bytesAcknowledged: later64(120),
      bytesReceived: later64(128),
      bytesSent: later64(200),
      bytesRetransmitted: later64(208),
      bytesUnsent: later32(144),
      deliveryRate: later64(160),
      pacingRate: later64(104),
    };
  },
};

const littleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;
