/** Text that ends with a NUL. */
import { memory } from "./calls.ts";

/** Fails for text that has a NUL inside, which C would take for its end. */
export function cString(what: string, text: string): Uint8Array<ArrayBuffer> {
  if (text.includes("\0")) throw new RangeError(`${what} ${JSON.stringify(text)} has a NUL character inside`);
  const encoded = new TextEncoder().encode(text);
  const bytes = memory(encoded.length + 1);
  bytes.set(encoded);
  return bytes;
}

/** The text in front of the first NUL. */
export function textOf(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end));
}
