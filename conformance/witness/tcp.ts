/** TCP connections and listeners as the kernel has them. */
import type { TcpRow } from "../harness/case.js";
import { socketInodes } from "./inode.js";
import { readTable } from "./table.js";

/** By number, as `net/tcp_states.h` has them. */
export const STATES: readonly string[] = [
  "",
  "ESTABLISHED",
  "SYN_SENT",
  "SYN_RECV",
  "FIN_WAIT1",
  "FIN_WAIT2",
  "TIME_WAIT",
  "CLOSE",
  "CLOSE_WAIT",
  "LAST_ACK",
  "LISTEN",
  "CLOSING",
  "NEW_SYN_RECV",
];

export function tcp(pid: number, port: number): readonly TcpRow[] {
  const rows = readTable(pid, "tcp", port);
  const inodes = socketInodes(pid);
  return rows.map(({ local, remote, state, sendQueue, receiveQueue, inode }) => ({
    local,
    remote,
    state: STATES[state] ?? `${state}`,
    sendQueue,
    receiveQueue,
    own: inodes.has(inode),
  }));
}
