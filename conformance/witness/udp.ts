/** UDP sockets as the kernel has them. */
import { readTable } from "./table.js";

export interface UdpRow {
  readonly host: string;
  readonly port: number;
  readonly drops: number;
}

/** The sockets of every process in the namespace of `pid` whose local port is `port`. */
export function udp(pid: number, port: number): readonly UdpRow[] {
  return readTable(pid, "udp", port)
    .filter((row) => row.local.port === port)
    .map((row) => ({ ...row.local, drops: row.drops }));
}
