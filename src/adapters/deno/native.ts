/** The few members of `Deno` that the adapter uses, declared by structure, and the fault that it reports in Deno's stead. */
import type { IpAddress } from "../../core/address.ts";
import type { SocketErrorCode } from "../../core/errors.ts";
import { endpoint } from "../node/endpoint.ts";

/** What `Deno.permissions.querySync()` is asked. */
export type Permission =
  | { readonly name: "net"; readonly host?: string }
  | { readonly name: "read" | "write"; readonly path: string }
  | { readonly name: "sys"; readonly kind: "networkInterfaces" };

export type State = "granted" | "prompt" | "denied";

/** `Deno.NetAddr` or `Deno.UnixAddr`. */
export interface NativeAddress {
  readonly hostname?: string;
  readonly port?: number;
}

/** Deno tells addresses without their zone. */
export function endpointOf({ hostname, port }: NativeAddress, zone: string | undefined): IpAddress {
  return endpoint(hostname, port, zone);
}

/** `Deno.TcpConn` or `Deno.UnixConn`. */
export interface NativeConn {
  readonly localAddr: NativeAddress;
  readonly remoteAddr: NativeAddress;
  /** How many bytes it put into `buffer`, or `null` at EOF. */
  read(buffer: Uint8Array): Promise<number | null>;
  /** How many of `bytes` the kernel took. */
  write(bytes: Uint8Array): Promise<number>;
  closeWrite(): Promise<void>;
  close(): void;
  ref(): void;
  unref(): void;
  /** TCP only, as is the next. */
  setNoDelay?(enabled: boolean): void;
  setKeepAlive?(enabled: boolean): void;
}

/** `Deno.Listener`. */
export interface NativeAcceptor {
  readonly addr: NativeAddress;
  accept(): Promise<NativeConn>;
  close(): void;
  ref(): void;
  unref(): void;
}

export type NativeTarget =
  | { readonly transport?: "tcp"; readonly hostname: string; readonly port: number }
  | { readonly transport: "unix"; readonly path: string };

interface Native {
  readonly permissions: { querySync(permission: Permission): { readonly state: State } };
  readonly version: { readonly deno: string };
  connect(options: NativeTarget & { readonly signal?: AbortSignal }): Promise<NativeConn>;
  listen(options: NativeTarget & { readonly tcpBacklog?: number }): NativeAcceptor;
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
