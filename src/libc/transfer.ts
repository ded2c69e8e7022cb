/** Memory that a call can use, for a caller's bytes. */
import { memory } from "./calls.ts";

/** From this size on every engine keeps a buffer off its own heap, at an address that stays. */
const steady = 4096;

const scratch = memory(65_536);

/** Memory with the content of `bytes` in front: `bytes` itself where that is safe. It is used before the next call here. */
export function holding(bytes: Uint8Array): Uint8Array {
  const place = roomFor(bytes);
  if (place !== bytes) place.set(bytes);
  return place;
}

/** Memory of at least the size of `bytes`: `bytes` itself where that is safe. It is used before the next call here. */
export function roomFor(bytes: Uint8Array): Uint8Array {
  const { buffer, byteLength } = bytes;
  const fixed = buffer instanceof ArrayBuffer && (buffer as { resizable?: boolean }).resizable !== true;
  return fixed && byteLength >= steady ? bytes : room(byteLength);
}

/** Memory of at least `length` bytes. It is used before the next call here. */
export function room(length: number): Uint8Array {
  return length <= scratch.length ? scratch : memory(length);
}

/** Gives `bytes` what was put into their `place`. */
export function fill(bytes: Uint8Array, place: Uint8Array, length: number): void {
  if (place !== bytes) bytes.set(place.subarray(0, Math.min(length, bytes.byteLength)));
}
