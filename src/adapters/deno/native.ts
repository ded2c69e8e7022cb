/** The few members of `Deno` that the adapter uses, declared by structure, and the fault that it reports in Deno's stead. */
import type { SocketErrorCode } from "../../core/errors.js";

/** What `Deno.permissions.querySync()` is asked. */
export type Permission =
  | { readonly name: "net"; readonly host?: string }
  | { readonly name: "read" | "write"; readonly path: string }
  | { readonly name: "sys"; readonly kind: "networkInterfaces" };

export type State = "granted" | "prompt" | "denied";

interface Native {
  readonly permissions: { querySync(permission: Permission): { readonly state: State } };
  readonly version: { readonly deno: string };
  listen(options: { readonly hostname: string; readonly port: number }): { close(): void };
}

/** Absent where another runtime loads the `./deno` entry point. */
export const native: Native | undefined = (globalThis as { Deno?: Native }).Deno;

/** A failure whose true name the adapter found out, because Deno's own error has another or none. */
export class Fault extends Error {
  readonly code: SocketErrorCode;
  readonly detail: string | undefined;

  constructor(code: SocketErrorCode, options: { readonly detail?: string; readonly cause?: unknown } = {}) {
    super(options.detail ?? code, { cause: options.cause });
    this.code = code;
    this.detail = options.detail;
  }
}

/** The `code` of a native error, if it has one. */
export function codeOf(error: unknown): string | undefined {
  const { code } = (error ?? {}) as { code?: unknown };
  return typeof code === "string" ? code : undefined;
}
