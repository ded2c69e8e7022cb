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
      SO_DONTROUTE: 5,
      SO_BROADCAST: 6,
      SO_SNDBUF: 7,
      SO_RCVBUF: 8,
      SO_KEEPALIVE: 9,
      SO_OOBINLINE: 10,
      SO_NO_CHECK: 11,
      SO_PRIORITY: 12,
      SO_LINGER: 13,
      SO_REUSEPORT: 15,
      SO_RCVLOWAT: 18,
      SO_TIMESTAMP: 29,
      SO_RXQ_OVFL: 40,
    },
  },
  IPPROTO_TCP: {
    number: 6,
    names: {
      TCP_NODELAY: 1,
      TCP_CORK: 3,
      TCP_KEEPIDLE: 4,
      TCP_KEEPINTVL: 5,
      TCP_KEEPCNT: 6,
      TCP_SYNCNT: 7,
      TCP_LINGER2: 8,
      TCP_DEFER_ACCEPT: 9,
      TCP_QUICKACK: 12,
      TCP_USER_TIMEOUT: 18,
      TCP_FASTOPEN: 23,
      TCP_NOTSENT_LOWAT: 25,
      TCP_FASTOPEN_CONNECT: 30,
    },
  },
  IPPROTO_UDP: { number: 17, names: { UDP_CORK: 1, UDP_SEGMENT: 103, UDP_GRO: 104 } },
  IPPROTO_IP: {
    number: 0,
    names: {
      IP_TOS: 1,
      IP_TTL: 2,
      IP_PKTINFO: 8,
      IP_MTU_DISCOVER: 10,
      IP_RECVERR: 11,
      IP_RECVTTL: 12,
      IP_RECVTOS: 13,
      IP_BIND_ADDRESS_NO_PORT: 24,
      IP_MULTICAST_TTL: 33,
      IP_MULTICAST_LOOP: 34,
      IP_MULTICAST_ALL: 49,
    },
  },
  IPPROTO_IPV6: {
    number: 41,
    names: {
      IPV6_UNICAST_HOPS: 16,
      IPV6_MULTICAST_HOPS: 18,
      IPV6_MULTICAST_LOOP: 19,
      IPV6_MTU_DISCOVER: 23,
      IPV6_RECVERR: 25,
      IPV6_V6ONLY: 26,
      IPV6_RECVPKTINFO: 49,
      IPV6_TCLASS: 67,
    },
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
