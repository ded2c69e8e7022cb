/** Errors of a foreign library: they are no `SocketError`, so that only what they share with one is compared. */

const natives = new WeakSet<object>();

/** Marks what a foreign library threw. */
export function markNative(error: unknown): void {
  if (typeof error === "object" && error !== null) natives.add(error);
}

export function isNative(error: unknown): boolean {
  return typeof error === "object" && error !== null && natives.has(error);
}
