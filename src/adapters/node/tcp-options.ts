/**
 * The options of one TCP socket of `node:net`, set at its handle. The socket's own methods do nothing for a value that they
 * take for the present one, which may be another since a connection inherits what libc set on its listener.
 */
import { getSystemErrorName } from "node:util";
import type { SettableOption } from "../../core/adapter.ts";
import type { Address } from "../../core/address.ts";
import type { SocketOptionValues } from "../../core/socket-options.ts";
import type { KeepAliveTimes } from "./keep-alive.ts";
import { Unsupported } from "./unsupported.ts";

export type KeepAliveDefault = (name: keyof KeepAliveTimes) => number;

/** The methods return a negative number if the kernel refuses. */
export interface OptionHandle {
  setNoDelay(enabled: boolean): unknown;
  /** The times in seconds; no time is set if `idle` is 0. */
  setKeepAlive(enabled: boolean, idle: number, interval?: number, count?: number): unknown;
  setTypeOfService?(value: number): unknown;
}

/** Milliseconds. The handle of Bun's `node:net` is a socket of Bun, which takes the idle time in them. */
const unit = process.versions["bun"] === undefined ? 1000 : 1;

export class TcpOptions {
  readonly #default: KeepAliveDefault | undefined;
  #keepAlive = false;
  #times: Partial<KeepAliveTimes> = {};

  /** With `keepAliveDefault` where the handle sets no time of keep-alive without the others. */
  constructor(keepAliveDefault: KeepAliveDefault | undefined) {
    this.#default = keepAliveDefault;
  }

  set<Name extends SettableOption>(handle: OptionHandle, name: Name, value: SocketOptionValues[Name]): void {
    if (name === "keepAlive") {
      switchKeepAlive(handle, value as boolean);
      this.#keepAlive = value as boolean;
    } else if (name === "keepAliveIdle" || name === "keepAliveInterval") {
      this.#setTime(handle, name, (value as number) / unit);
    } else if (name === "keepAliveCount") {
      this.#setTime(handle, name, value as number);
    } else if (name === "typeOfService" && handle.setTypeOfService !== undefined) {
      checkStatus(handle.setTypeOfService(value as number));
    } else {
      throw new Unsupported(`node:net has no call that sets ${name}`);
    }
  }

  /** A handle takes times only while it turns keep-alive on. */
  #setTime(handle: OptionHandle, name: keyof KeepAliveTimes, value: number): void {
    const own = { ...this.#times, [name]: value };
    const time = (which: keyof KeepAliveTimes): number | undefined => own[which] ?? this.#default?.(which);
    const [idle = 0, interval, count] = [time("keepAliveIdle"), time("keepAliveInterval"), time("keepAliveCount")];
    try {
      checkStatus(handle.setKeepAlive(true, idle, interval, count));
      this.#times = own;
    } finally {
      if (!this.#keepAlive) switchKeepAlive(handle, false);
    }
  }
}

/** libuv sets SO_KEEPALIVE, and then refuses an idle time of 0. */
function switchKeepAlive(handle: OptionHandle, enabled: boolean): void {
  checkStatus(handle.setKeepAlive(enabled, 0), "EINVAL");
}

/** Throws if a call that gives 0 or a negative error number was refused, other than as `expected`. */
export function checkStatus(status: unknown, expected?: string): void {
  if (typeof status !== "number" || status >= 0) return;
  const code = getSystemErrorName(status);
  if (code === expected) return;
  throw Object.assign(new Error(`setsockopt ${code}`), { code, syscall: "setsockopt" });
}

/** Of an IPv6 socket runtimes set IPV6_TCLASS, which what it sends to an IPv4 peer does not have (Node 26, Bun 1.4). */
export function refuseMapped(localAddress: string | undefined, remote: Address): void {
  if (remote.family !== "ipv4" || !localAddress?.includes(":")) return;
  throw new Unsupported("the runtime's call has no effect between an IPv6 socket and an IPv4 peer");
}
