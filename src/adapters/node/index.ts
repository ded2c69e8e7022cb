/**
 * Node, through `node:net`, `node:dgram` and `node:dns`: its only socket API.
 *
 * Also runs on Deno and Bun through their compatibility layers, where it is what users of `node:net` would get.
 */
import { lookup } from "node:dns/promises";
import type { Adapter } from "../../core/adapter.ts";
import type { Gaps } from "../../core/capabilities.ts";
import type { Translation } from "../../core/errors.ts";
import { createAdoption } from "./adopt.ts";
import { connectStream } from "./connect.ts";
import { bindDatagram } from "./datagram.ts";
import { keepAliveDefault } from "./keep-alive.ts";
import { listenStream } from "./listener.ts";
import { options, setsKeepAliveTimes } from "./options.ts";
import type { NodeStreamOptions } from "./stream.ts";
import { Unsupported } from "./unsupported.ts";

const { platform, versions } = process;

/** Whether `version` ("1.46.0") is at least `major.minor`. */
function atLeast(version: string | undefined, major: number, minor: number): boolean {
  const [a = 0, b = 0] = (version ?? "").split(".").map(Number);
  return a > major || (a === major && b >= minor);
}

const isNode = versions["bun"] === undefined && versions["deno"] === undefined;

const streamOptions: NodeStreamOptions = {
  confirmEof: isNode && !atLeast(versions.uv, 1, 52),
  ...(setsKeepAliveTimes && { keepAliveDefault }),
};

function findGaps(): Gaps {
  const gaps: { -readonly [Name in keyof Gaps]: Gaps[Name] } = {
    "tcp.boundedAccept": "Node takes connections out of the kernel's queue as soon as they are there",
    "unix.datagram": "Node has no Unix datagram sockets",
  };
  if (isNode && !atLeast(versions.node, 22, 12)) {
    gaps["tcp.reusePort"] = "Node before 22.12 ignores reusePort";
    gaps["udp.reusePort"] = "Node before 22.12 ignores reusePort";
  }
  if (platform === "linux" && isNode && !atLeast(versions.node, 22, 0)) {
    gaps["unix.abstract"] = "Node before 22 pads abstract names with NUL to 107 bytes, which other programs do not";
  }
  if (platform !== "linux") gaps["unix.abstract"] = "abstract names exist on Linux only";
  return gaps;
}

/** Codes of Node's own that stand for a system's. */
const codes: Readonly<Record<string, Translation>> = {
  ERR_SOCKET_CLOSED: { code: "EBADF" },
  ERR_SOCKET_DGRAM_NOT_RUNNING: { code: "EBADF" },
  ERR_STREAM_DESTROYED: { code: "EBADF" },
  ERR_STREAM_WRITE_AFTER_END: { code: "EPIPE" },
};

export function translate(error: unknown): Translation | undefined {
  if (error instanceof Unsupported) return { code: "ENOTSUP", detail: error.message };
  const { code } = (error ?? {}) as { code?: unknown };
  if (code === "ERR_ACCESS_DENIED") {
    const { permission, resource } = error as { permission?: unknown; resource?: unknown };
    const flag = permission === "FileSystemRead" ? `--allow-fs-read=${resource}` : "--allow-net";
    return { code: "EACCES", detail: `Node was started with --permission and without ${flag}` };
  }
  return typeof code === "string" && Object.hasOwn(codes, code) ? codes[code] : undefined;
}

/** Node 25 and later: what its permission model says of libc's own sockets, which Node does not see. */
function permitNetwork(): void {
  const { permission } = process;
  if (permission === undefined || !process.allowedNodeEnvironmentFlags.has("--allow-net")) return;
  if (permission.has("net")) return;
  throw Object.assign(new Error("access to this API has been restricted"), { code: "ERR_ACCESS_DENIED" });
}

export async function lookupAll(name: string): Promise<readonly string[]> {
  const found = await lookup(name, { all: true, verbatim: true });
  return found.map(({ address }) => address);
}

export const adapter: Adapter = {
  runtime: `Node ${versions.node}`,
  gaps: findGaps(),
  maxPathLength: platform === "linux" ? 107 : 103,
  translate,
  lookup: lookupAll,
  connect: (request, opened) => connectStream(request, opened, streamOptions),
  listen: (request, sink) => listenStream(request, sink, streamOptions),
  bind: bindDatagram,
  options,
  ...(isNode && { permit: permitNetwork }),
  // Bun's node:net takes a descriptor for that of a closed socket (1.4).
  ...(versions["bun"] === undefined && { adopt: createAdoption(streamOptions) }),
};
