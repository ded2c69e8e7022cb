/** The rows of `/proc/<pid>/net/tcp`, `tcp6`, `udp` and `udp6`, with the addresses as text. */
import { readFileSync } from "node:fs";

export interface HostPort {
  readonly host: string;
  readonly port: number;
}

export interface TableRow {
  readonly local: HostPort;
  readonly remote: HostPort;
  /** The kernel's number, from `net/tcp_states.h`. */
  readonly state: number;
  readonly sendQueue: number;
  readonly receiveQueue: number;
  /** 0 if no socket belongs to it any more, as in TIME_WAIT. */
  readonly inode: number;
  /** Datagrams dropped; only UDP's tables have it. */
  readonly drops: number;
}

/** The rows of the process's network namespace whose local or remote port is `port`. */
export function readTable(pid: number, protocol: "tcp" | "udp", port: number): readonly TableRow[] {
  const hex = `:${port.toString(16).toUpperCase().padStart(4, "0")} `;
  return [protocol, `${protocol}6`]
    .flatMap((name) => read(`/proc/${pid}/net/${name}`).split("\n").slice(1))
    .filter((line) => line.includes(hex))
    .map(parse)
    .filter((row) => row.local.port === port || row.remote.port === port);
}

/** `tcp6` and `udp6` are missing on a kernel without IPv6. */
function read(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}

/** Columns: sl, local, remote, st, tx:rx, tr:when, retransmits, uid, timeout, inode, ref, pointer, drops. */
function parse(line: string): TableRow {
  const columns = line.trim().split(/\s+/);
  const [sendQueue = "", receiveQueue = ""] = (columns[4] ?? "").split(":");
  return {
    local: address(columns[1] ?? ""),
    remote: address(columns[2] ?? ""),
    state: Number.parseInt(columns[3] ?? "", 16),
    sendQueue: Number.parseInt(sendQueue, 16),
    receiveQueue: Number.parseInt(receiveQueue, 16),
    inode: Number(columns[9]),
    drops: Number(columns[12] ?? 0),
  };
}

/** `0100007F:1F90` is 127.0.0.1:8080: words of 32 bits in the machine's (little-endian) order, then the port. */
function address(text: string): HostPort {
  const [words = "", port = ""] = text.split(":");
  const bytes: number[] = [];
  for (let word = 0; word < words.length; word += 8) {
    for (let byte = 6; byte >= 0; byte -= 2) bytes.push(Number.parseInt(words.slice(word + byte, word + byte + 2), 16));
  }
  return { host: bytes.length === 4 ? bytes.join(".") : ipv6Text(bytes), port: Number.parseInt(port, 16) };
}

/** The kernel's hexadecimal word of an IPv4 address: `0100007F` is 127.0.0.1. */
export function ipv4Text(word: string): string {
  return address(word).host;
}

/** RFC 5952: the longest run of two or more zero groups is `::`, and a mapped IPv4 address stays readable. */
export function ipv6Text(bytes: ArrayLike<number>): string {
  const groups: string[] = [];
  for (let i = 0; i < 16; i += 2) groups.push((((bytes[i] ?? 0) << 8) | (bytes[i + 1] ?? 0)).toString(16));
  if (groups.slice(0, 6).join(":") === "0:0:0:0:0:ffff") return `::ffff:${Array.from(bytes).slice(12).join(".")}`;
  const text = groups.join(":");
  const runs = [...text.matchAll(/\b0(?::0)+\b/g)].sort((a, b) => b[0].length - a[0].length);
  const longest = runs[0];
  if (!longest) return text;
  const before = text.slice(0, longest.index).replace(/:$/, "");
  const after = text.slice(longest.index + longest[0].length).replace(/^:/, "");
  return `${before}::${after}`;
}
