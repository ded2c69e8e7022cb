/** The times of keep-alive that are in force where a socket has none of its own. */
import { readFileSync } from "node:fs";

/** In seconds, but for the count. */
export interface KeepAliveTimes {
  readonly keepAliveIdle: number;
  readonly keepAliveInterval: number;
  readonly keepAliveCount: number;
}

const sysctls: Readonly<Record<keyof KeepAliveTimes, string>> = {
  keepAliveIdle: "tcp_keepalive_time",
  keepAliveInterval: "tcp_keepalive_intvl",
  keepAliveCount: "tcp_keepalive_probes",
};

export const readsKeepAliveDefaults: boolean = process.platform === "linux";

/** Read each time: it can be changed, and is the network namespace's. */
export function keepAliveDefault(name: keyof KeepAliveTimes): number {
  return Number(readFileSync(`/proc/sys/net/ipv4/${sysctls[name]}`, "latin1"));
}
