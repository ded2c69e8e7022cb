/**
 * Bun: streams through its own sockets, datagrams and names through `node:dgram` and `node:dns`.
 *
 * `Bun.udpSocket` has no way to undo or change a connection, which `node:dgram` has; why connecting begins with `node:net`
 * is told in connect.ts.
 */
import type { Adapter } from "../../core/adapter.js";
import type { Gaps } from "../../core/capabilities.js";
import type { Translation } from "../../core/errors.js";
import { lookupAll } from "../node/index.js";
import { connectStream } from "./connect.js";
import { bindDatagram } from "./datagram.js";
import { listenStream } from "./listener.js";
import { Unsupported } from "./unsupported.js";

const { platform, versions } = process;

/**
 * Bun 1.4.1 is the first that keeps what a connection had received when it breaks while reading is paused (oven-sh/bun pull
 * request 39860). Bun 1.3 loses it without a trace, ends a reset stream as if in order, and crashes in the `reload()` that
 * connect.ts needs (pull request 29752).
 */
const oldest = [1, 4, 1];
const tooOld = "Bun before 1.4.1 loses bytes of paused connections";

/** Whether a version like `[1, 46, 0]` comes before another. */
function isBefore(version: readonly number[], other: readonly number[]): boolean {
  const at = other.findIndex((part, index) => part !== version[index]);
  return at >= 0 && (version[at] ?? 0) < (other[at] ?? 0);
}

const isTooOld = versions["bun"] !== undefined && isBefore(versions["bun"].split(".").map((part) => parseInt(part)), oldest);

async function refuse(): Promise<never> {
  throw new Unsupported(tooOld);
}

const gaps: { -readonly [Name in keyof Gaps]: Gaps[Name] } = {
  "tcp.backlog": "Bun listens with a backlog of 512, whatever is asked for",
  "tcp.boundedAccept": "Bun takes connections out of the kernel's queue as soon as they are there",
  "tcp.unreachable": "Bun reports an unreachable or silent host as ECONNREFUSED",
  "unix.datagram": "Bun has no Unix datagram sockets",
};
if (platform !== "linux") gaps["unix.abstract"] = "abstract names exist on Linux only";
if (isTooOld) {
  gaps["unix.stream"] = tooOld;
  gaps["unix.abstract"] = tooOld;
}

/** Codes of Bun's own that stand for a system's. */
const codes: Readonly<Record<string, Translation>> = {
  ERR_SOCKET_DGRAM_NOT_RUNNING: { code: "EBADF" },
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
  connect: isTooOld ? refuse : connectStream,
  listen: isTooOld ? refuse : listenStream,
  bind: bindDatagram,
};
