/** What drivers throw where the library has nothing to throw. */

/** The library has no such thing. */
export function unsupported(sentence: string): Error {
  return Object.assign(new Error(sentence), { code: "ENOTSUP" });
}

/** For a call of the driver that waits for an event of the library, and hears that its socket is closed. */
export function canceled(sentence: string): Error {
  return Object.assign(new Error(sentence), { code: "ECANCELED" });
}
