/** What a driver throws where the library has no such thing. */
export function unsupported(sentence: string): Error {
  return Object.assign(new Error(sentence), { code: "ENOTSUP" });
}
