/** A library that opens nothing: the self-test's cases look at the harness, not at sockets. */

export class SocketError extends Error {
  override readonly name = "SocketError";
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** To observe its promise would hide that nobody else does. */
export function connect(): Promise<never> {
  return Promise.reject(new SocketError("ENOTFOUND", "nobody waits"));
}

export { connect as bind, connect as listen, connect as lookup };

export const gap = "this fake has no such thing";

export function supports(feature: string): { supported: true } | { supported: false; reason: string } {
  return feature.startsWith("missing.") ? { supported: false, reason: gap } : { supported: true };
}
