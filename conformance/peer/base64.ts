/** Base64 in every runtime alike; 1 MiB takes a few milliseconds. */

const CHUNK = 0x2000;

export function toBase64(bytes: Uint8Array): string {
  const text: string[] = [];
  for (let i = 0; i < bytes.length; i += CHUNK) text.push(String.fromCharCode(...bytes.subarray(i, i + CHUNK)));
  return btoa(text.join(""));
}

export function fromBase64(base64: string): Uint8Array {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}
