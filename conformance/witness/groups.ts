/** Multicast groups that the interfaces of a process's network namespace are members of. */
import { readFileSync } from "node:fs";

import { ipv4Text, ipv6Text } from "./table.js";

export interface GroupRow {
  readonly interface: string;
  readonly group: string;
  /** How many sockets joined it there; the kernel itself counts as one. */
  readonly users: number;
}

export function groups(pid: number): readonly GroupRow[] {
  return [...igmp(read(`/proc/${pid}/net/igmp`)), ...igmp6(read(`/proc/${pid}/net/igmp6`))];
}

/** A line for each interface (`1  lo  :  1  V3`), and below it one for each group: `010000E0  1 0:00000000  0`. */
function* igmp(text: string): Generator<GroupRow> {
  let name = "";
  for (const line of text.split("\n").slice(1)) {
    const [first = "", second = ""] = line.trim().split(/\s+/);
    if (/^\s/.test(line)) yield { interface: name, group: ipv4Text(first), users: Number(second) };
    else name = second;
  }
}

/** `1  lo  ff020000000000000000000000000001  1  0000000C  0` */
function* igmp6(text: string): Generator<GroupRow> {
  for (const line of text.split("\n")) {
    const [, name = "", hex = "", users = ""] = line.trim().split(/\s+/);
    if (hex !== "") yield { interface: name, group: ipv6Text(Buffer.from(hex, "hex")), users: Number(users) };
  }
}

/** A kernel without IPv6 has no `igmp6`. */
function read(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}
