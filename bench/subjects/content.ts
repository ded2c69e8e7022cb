/** What goes over the wire, and what of it a subject checks itself: as much as costs nothing. */

export const chunkSize = 65_536;
/** Every chunk of a bulk transfer. */
export const chunk: Uint8Array = Uint8Array.from({ length: chunkSize }, (_, index) => index % 251);

/** Throws if `bytes` do not begin as the stream does at `offset`; the number of bytes is what the far end compares. */
export function checkContent(bytes: Uint8Array, offset: number): void {
  if (bytes[0] !== (offset % chunkSize) % 251) throw new Error(`the byte at ${offset} is ${bytes[0]}`);
}

/** The answer to a bulk transfer. */
export function encodeCount(count: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(count), true);
  return bytes;
}

/** A number of chunks, a credit. */
export function decodeUint32(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
}

export function encodeUint32(bytes: Uint8Array, value: number): void {
  bytes[0] = value;
  bytes[1] = value >>> 8;
  bytes[2] = value >>> 16;
  bytes[3] = value >>> 24;
}

export const greeting: Uint8Array = Uint8Array.of(0x41);

const partSize = 32;
/** The 16 small writes that answer a byte. */
export const parts: readonly Uint8Array[] = Array.from(
  { length: 16 },
  (_, index) => chunk.subarray(index * partSize, (index + 1) * partSize),
);
/** The same in one write. */
export const whole: Uint8Array = chunk.subarray(0, 16 * partSize);

/** How often a receiver of datagrams tells how many it has. */
export const creditInterval = 16;

/** Datagrams that are sent in turn; more than are ever under way, so that none is changed before it is gone. */
export function datagramRing(size: number): readonly Uint8Array[] {
  return Array.from({ length: 256 }, () => new Uint8Array(size));
}
