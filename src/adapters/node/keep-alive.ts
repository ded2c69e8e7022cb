/** The times of keep-alive that hold where a socket has none of its own. */
import { readFileSync } from "node:fs";

/** In seconds, but for the count. */
export interface KeepAliveTimes {
  readonly keepAliveIdle: number;
  readonly keepAliveInterval: number;
  readonly keepAliveCount: number;
}

export const readsKeepAliveDefaults: boolean = process.platform === "linux";

/** Read each time: they can be changed, and are the network namespace's. */
export function keepAliveDefaults(): KeepAliveTimes {
  return { keepAliveIdle: sysctl("time"), keepAliveInterval: sysctl("intvl"), keepAliveCount: sysctl("probes") };
}

function sysctl(name: string): number {
  return Number(readFileSync(`/proc/sys/net/ipv4/tcp_keepalive_${name}`, "latin1"));
}
