/**
 * Bun: streams through its own sockets, datagrams and names through `node:dgram` and `node:dns`.
 *
 * `Bun.udpSocket` has no way to undo or change a connection, which `node:dgram` has; why connecting begins with `node:net`
 * is told in connect.ts.
 */
import type { Adapter } from "../../core/adapter.ts";
import type { Gaps } from "../../core/capabilities.ts";
import type { Translation } from "../../core/errors.ts";
import { lookupAll } from "../node/index.ts";
import { Unsupported } from "../node/unsupported.ts";
import { adoption } from "./adopt.ts";
import { connectStream } from "./connect.ts";
import { bindDatagram } from "./datagram.ts";
import { listenStream } from "./listener.ts";
import { options } from "./options.ts";
import { bindUnconnected } from "./unconnected.ts";
import { connectUnpaused, listenUnpaused } from "./unpaused.ts";
import { closesRefused, isBefore14, losesPausedBytes } from "./version.ts";

const { platform, versions } = process;

const gaps: { -readonly [Name in keyof Gaps]: Gaps[Name] } = {
  "tcp.backlog": "Bun listens with a backlog of 512, whatever is asked for",
  "unix.backlog": "Bun listens with a backlog of 512, whatever is asked for",
  "tcp.boundedAccept": "Bun takes connections out of the kernel's queue as soon as they are there",
  "tcp.unreachable": "Bun reports an unreachable or silent host as ECONNREFUSED",
  "unix.datagram": "Bun has no Unix datagram sockets",
};
if (platform !== "linux") gaps["unix.abstract"] = "abstract names exist on Linux only";
if (losesPausedBytes) {
  gaps["tcp.boundedRead"] =
    "Bun before 1.4.1 loses bytes of a paused socket, so sockets are never paused and what a peer sends is kept in memory";
}
if (closesRefused) {
  gaps["udp.refused"] =
    "Bun before 1.3.12 closes a connected socket that is refused, so sockets are not connected in the kernel";
}
if (isBefore14) {
  gaps["tcp.localAddress"] = "Bun before 1.4 connects from an address of its own choice, whatever is asked for";
}

/** Codes of Bun's own that stand for a system's. */
const codes: Readonly<Record<string, Translation>> = {
  ERR_SOCKET_DGRAM_NOT_RUNNING: { code: "EBADF" },
  // Before 1.4, where Bun takes the flags of the poll for the number of an error.
  ENOEXEC: { code: "ECONNRESET" },
  // Of its resolver's library, before 1.4.
  ESERVFAIL: { code: "EAI_AGAIN" },
  ETIMEOUT: { code: "EAI_AGAIN" },
};

function translate(error: unknown): Translation | undefined {
  if (error instanceof Unsupported) return { code: "ENOTSUP", detail: error.message };
  const { code } = (error ?? {}) as { code?: unknown };
  return typeof code === "string" && Object.hasOwn(codes, code) ? codes[code] : undefined;
}

export const adapter: Adapter = {
  runtime: `Bun ${versions["bun"]}`,
  gaps,
  maxPathLength: platform === "linux" ? 107 : 103,
  translate,
  lookup: lookupAll,
  connect: losesPausedBytes ? connectUnpaused : connectStream,
  listen: losesPausedBytes ? listenUnpaused : listenStream,
  bind: closesRefused ? bindUnconnected : bindDatagram,
  options,
  ...(losesPausedBytes ? {} : { adopt: adoption }),
};
