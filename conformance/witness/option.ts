/** Socket options of the subject, read by getsockopt(2) in the peer's process on a copy of the subject's descriptor. */
import type { PeerProcess } from "../peer/process.js";
import { socketInodes } from "./inode.js";
import { readTable, type TableRow } from "./table.js";
import { STATES } from "./tcp.js";

interface Level {
  readonly number: number;
  readonly names: Readonly<Record<string, number>>;
}

/** Linux's numbers on x64 and arm64. */
const LEVELS: Readonly<Record<string, Level>> = {
  SOL_SOCKET: {
    number: 1,
    names: {
      SO_REUSEADDR: 2,
      SO_TYPE: 3,
      SO_BROADCAST: 6,
      SO_SNDBUF: 7,
      SO_RCVBUF: 8,
      SO_KEEPALIVE: 9,
      SO_REUSEPORT: 15,
    },
  },
  IPPROTO_TCP: { number: 6, names: { TCP_NODELAY: 1, TCP_KEEPIDLE: 4, TCP_KEEPINTVL: 5, TCP_KEEPCNT: 6 } },
  IPPROTO_IP: { number: 0, names: { IP_TTL: 2, IP_MULTICAST_TTL: 33, IP_MULTICAST_LOOP: 34 } },
  IPPROTO_IPV6: {
    number: 41,
    names: { IPV6_UNICAST_HOPS: 16, IPV6_MULTICAST_HOPS: 18, IPV6_MULTICAST_LOOP: 19, IPV6_V6ONLY: 26 },
  },
};

/** Where a listener and its connections share the port, these are the listener's, all others the connection's. */
const LISTENERS: ReadonlySet<string> = new Set(["SO_REUSEADDR", "SO_REUSEPORT", "IPV6_V6ONLY"]);

export interface OptionName {
  readonly level: string;
  readonly name: string;
}

/** Rejects if the subject has no such socket, or several of them, so that the value is never another socket's. */
export async function option(peer: PeerProcess, pid: number, port: number, asked: OptionName): Promise<number> {
  const { level, name } = asked;
  const number = LEVELS[level]?.names[name];
  if (number === undefined) throw new RangeError(`no option ${level} ${name}`);
  let descriptor = find(pid, port, level, name);
  // A row may also be missing once, for the same reason as it may come twice.
  for (let attempt = 1; attempt < attempts && descriptor === undefined; attempt++) {
    descriptor = find(pid, port, level, name);
  }
  if (descriptor === undefined) throw new Error(`process ${pid} has no socket on port ${port}`);
  return (await peer.call("foreignOption", { pid, descriptor, level: LEVELS[level]?.number, name: number })) as number;
}

const attempts = 5;

function find(pid: number, port: number, level: string, name: string): number | undefined {
  const inodes = socketInodes(pid);
  // The kernel prints its tables piece by piece: a row may come twice when others go meanwhile.
  const own = (rows: readonly TableRow[]): readonly TableRow[] => {
    const mine = rows.filter((row) => row.local.port === port && inodes.has(row.inode));
    return [...new Map(mine.map((row) => [row.inode, row])).values()];
  };
  const tcp = own(readTable(pid, "tcp", port));
  const listeners = tcp.filter((row) => STATES[row.state] === "LISTEN");
  const connections = tcp.filter((row) => STATES[row.state] !== "LISTEN");
  const asked = LISTENERS.has(name) ? [listeners, connections] : [connections, listeners];
  const streams = asked.find((rows) => rows.length > 0) ?? [];
  const found = level === "IPPROTO_TCP" ? streams : [...streams, ...own(readTable(pid, "udp", port))];
  const descriptor = inodes.get(found[0]?.inode ?? -1);
  if (found.length > 1) throw new Error(`process ${pid} has ${found.length} sockets on port ${port}`);
  return descriptor;
}
