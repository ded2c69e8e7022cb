/** The seeded byte sequence that both ends can make without exchanging it: byte i of seed s (a xorshift-mixed counter). */
export function pattern(seed: number, length: number, offset: number = 0): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) {
    let x = (offset + i + Math.imul(seed, 0x9e3779b1)) | 0;
    x = Math.imul(x ^ (x >>> 16), 0x45d9f3b);
    bytes[i] = x ^ (x >>> 15);
  }
  return bytes;
}
