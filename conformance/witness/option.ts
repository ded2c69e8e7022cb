/** Socket options of the subject, read by getsockopt(2) in the peer's process on a copy of the subject's descriptor. */
import { Buffer } from "node:buffer";

import type { SocketPlace } from "../harness/case.js";
import type { PeerProcess } from "../peer/process.js";
import { socketInodes } from "./inode.js";
import { levels, names, type OptionReading, reading } from "./option-names.js";
import { readTable, type TableRow } from "./table.js";
import { STATES } from "./tcp.js";

/** Where a listener and its connections share the port, these are the listener's, all others the connection's. */
const LISTENERS: ReadonlySet<string> = new Set(["SO_REUSEADDR", "SO_REUSEPORT", "IPV6_V6ONLY"]);

export interface OptionName {
  readonly level: string;
  readonly name: string;
}

/** Rejects if the subject has no such socket, or several of them, so that the value is never another socket's. */
export async function option(
  peer: PeerProcess,
  pid: number,
  place: SocketPlace,
  asked: OptionName,
): Promise<OptionReading> {
  const level = levels[asked.level];
  const name = names[asked.level]?.[asked.name];
  if (level === undefined || name === undefined) throw new RangeError(`no option ${asked.level} ${asked.name}`);
  const descriptor = "path" in place
    ? await peer.call("foreignUnix", { pid, descriptors: [...socketInodes(pid).values()], ...place })
    : byPort(pid, place, asked);
  if (descriptor === undefined || descriptor === null) {
    throw new Error(`process ${pid} has no socket ${"path" in place ? `at ${place.path}` : `on port ${place.port}`}`);
  }
  const bytes = await peer.call("foreignOption", { pid, descriptor, level, name }) as string;
  return reading(asked.name, Buffer.from(bytes, "base64"));
}

const attempts = 5;

function byPort(pid: number, place: Extract<SocketPlace, { port: number }>, asked: OptionName): number | undefined {
  let descriptor = find(pid, place, asked);
  // A row may also be missing once, for the same reason as it may come twice.
  for (let attempt = 1; attempt < attempts && descriptor === undefined; attempt++) {
    descriptor = find(pid, place, asked);
  }
  return descriptor;
}

function find(pid: number, place: Extract<SocketPlace, { port: number }>, asked: OptionName): number | undefined {
  const { port, family, role = LISTENERS.has(asked.name) ? "listener" : "connection" } = place;
  const inodes = socketInodes(pid);
  // The kernel prints its tables piece by piece: a row may come twice when others go meanwhile.
  const own = (rows: readonly TableRow[]): readonly TableRow[] => {
    const mine = rows.filter(({ local, inode }) =>
      local.port === port && inodes.has(inode) &&
      (family === undefined || local.host.includes(":") === (family === "ipv6"))
    );
    return [...new Map(mine.map((row) => [row.inode, row])).values()];
  };
  const tcp = place.role === "datagram" ? [] : own(readTable(pid, "tcp", port));
  const listeners = tcp.filter((row) => STATES[row.state] === "LISTEN");
  const connections = tcp.filter((row) =>
    STATES[row.state] !== "LISTEN" && (place.remotePort === undefined || row.remote.port === place.remotePort)
  );
  const wanted = role === "listener" ? [listeners, connections] : [connections, listeners];
  // Who says which of them is told of no other.
  const streams = place.role === undefined ? wanted.find((rows) => rows.length > 0) ?? [] : wanted[0] ?? [];
  const onlyTcp = asked.level === "IPPROTO_TCP" || place.role !== undefined && place.role !== "datagram";
  const found = onlyTcp ? streams : [...streams, ...own(readTable(pid, "udp", port))];
  const descriptor = inodes.get(found[0]?.inode ?? -1);
  if (found.length > 1) throw new Error(`process ${pid} has ${found.length} sockets on port ${port}`);
  return descriptor;
}
