/**
 * Which way streams go: through `node:net` or directly, through `Deno.connect` and `Deno.listen`.
 *
 * TCP goes through `node:net` where that is sound, because it can reset a connection and choose its local address and its
 * keep-alive time. What it cannot, besides the gaps: a write that has to wait fails with EPIPE if the peer's FIN came without
 * any byte before it (2.9; case tcp.shutdown/peer-fin-keeps-write).
 *
 * Unix-domain streams need none of that and go directly where they can: a Unix listener of `node:net` is inherited by child
 * processes (case tcp.options/cloexec) and is deaf once it ran out of descriptors.
 *
 * What the direct way cannot, besides the gaps: Deno before 2.8 never takes back a write that waits, so that after its
 * connection was aborted the descriptor is released, and the process can end, only when the peer reads or goes; and Deno 2.4
 * takes back no connect that waits, with the like effect.
 */
import type { Adapter } from "../../core/adapter.ts";
import type { Gaps } from "../../core/capabilities.ts";
import { createAdoption } from "../node/adopt.ts";
import { connectDeno } from "./connect.ts";
import { connectDirect } from "./direct/connect.ts";
import { listenDirect } from "./direct/listener.ts";
import { DenoListener, listenDeno } from "./listener.ts";
import { DenoStream } from "./stream.ts";
import { hasBacklog, hasBetterUnix, hasSoundNet } from "./version.ts";

interface Engine extends Pick<Adapter, "adopt" | "connect" | "listen"> {
  readonly gaps: Gaps;
  /** Those of TCP. */
  readonly options: Adapter["options"]["tcp"];
}

const streamOptions = { confirmEof: false, Stream: DenoStream };
const adoption = createAdoption(streamOptions);

const throughNodeNet: Engine = {
  gaps: {
    "tcp.boundedAccept": "Deno's node:net takes connections out of the kernel's queue as soon as they are there",
    "tcp.ipv6Only": "Deno's node:net ignores ipv6Only",
  },
  connect: (request, opened) =>
    request.remote.family === "unix" && hasBetterUnix
      ? connectDirect(request, opened)
      : connectDeno(request, opened, streamOptions),
  listen: (request, sink) =>
    request.local.family === "unix" && hasBetterUnix
      ? listenDirect(request, sink)
      : listenDeno(request, sink, streamOptions),
  options: ["noDelay", "keepAlive", "keepAliveIdle"],
  adopt: {
    connection: adoption.connection,
    listener: async (fd, request, sink) => new DenoListener(await adoption.listener(fd, request, sink), request),
  },
};

const direct: Engine = {
  gaps: {
    ...(hasBacklog ? {} : { "tcp.backlog": "Deno before 2.5 listens with a backlog of 128, whatever is asked for" }),
    "tcp.ipv6Only": "Deno.listen() has no ipv6Only, and node:net of Deno before 2.8 is not sound",
    "tcp.keepAliveIdle": "Deno.connect() has no keep-alive time, and node:net of Deno before 2.8 is not sound",
    "tcp.localAddress": "Deno.connect() has no local address, and node:net of Deno before 2.8 is not sound",
    "tcp.reset": "Deno.connect() has no way to send RST, and node:net of Deno before 2.8 is not sound",
    "tcp.reusePort":
      "Deno.listen() has reusePort under --unstable-net only, and node:net of Deno before 2.8 is not sound",
  },
  connect: connectDirect,
  listen: listenDirect,
  options: ["noDelay", "keepAlive"],
};

export const engine: Engine = hasSoundNet ? throughNodeNet : direct;
