/**
 * Deno, through its `node:net`, `node:dgram` and `node:dns`.
 *
 * Not through `Deno.connect`, `Deno.listen` and `Deno.listenDatagram`: those cannot reset a connection, choose its local
 * address or its keep-alive time, close the whole socket at the end of a stream, and have UDP only under `--unstable-net`.
 * What is wrong with the compatibility layer is put right in this folder; what cannot be is in `gaps`, but for these:
 * a write that has to wait fails with EPIPE if the peer's FIN came without any byte before it (2.9; case
 * tcp.shutdown/peer-fin-keeps-write), and a Unix listener that ran out of descriptors accepts no more.
 */
import type { Adapter } from "../../core/adapter.js";
import type { Gaps } from "../../core/capabilities.js";
import type { Translation } from "../../core/errors.js";
import { translate as translateNode } from "../node/index.js";
import { connectDeno, lookupDeno } from "./connect.js";
import { bindDeno } from "./datagram.js";
import { listenDeno } from "./listener.js";
import { Fault, native } from "./native.js";
import { DenoStream } from "./stream.js";

const streamOptions = { confirmEof: false, Stream: DenoStream };

const gaps: Gaps = {
  "tcp.boundedAccept": "Deno's node:net takes connections out of the kernel's queue as soon as they are there",
  "tcp.ipv6Only": "Deno's node:net ignores ipv6Only",
  "udp.refused": "Deno never connects a UDP socket in the kernel, which therefore tells it of no refusal",
  "udp.reusePort": "Deno's node:dgram ignores reusePort",
  "unix.datagram": "Deno has Unix datagram sockets under --unstable-net only",
  ...(process.platform === "linux" ? {} : { "unix.abstract": "abstract names exist on Linux only" }),
};

function translate(error: unknown): Translation | undefined {
  if (error instanceof Fault) {
    return error.detail === undefined ? { code: error.code } : { code: error.code, detail: error.detail };
  }
  // "Requires net access to …": a permission that no check had foreseen.
  if (error instanceof Error && error.name === "NotCapable") return { code: "EACCES", detail: error.message };
  return translateNode(error);
}

/**
 * `node:net` of Deno 2.4 to 2.6 ends reading when we shut down writing, so that what the peer still sends is lost and
 * nothing tells; that of 2.7 gives up a write that waits when the peer's FIN comes.
 */
function requireSound(): void {
  const [major = 0, minor = 0] = (native?.version.deno ?? "2.8").split(".").map(Number);
  if (major > 2 || (major === 2 && minor >= 8)) return;
  throw new Fault("ENOTSUP", { detail: "node:net of Deno before 2.8 loses data after a half-close" });
}

export const adapter: Adapter = {
  runtime: `Deno ${native?.version.deno ?? process.versions["deno"]}`,
  gaps,
  maxPathLength: process.platform === "linux" ? 107 : 103,
  translate,
  lookup: lookupDeno,
  async connect(request, opened) {
    requireSound();
    await connectDeno(request, opened, streamOptions);
  },
  async listen(request, sink) {
    requireSound();
    return listenDeno(request, sink, streamOptions);
  },
  bind: bindDeno,
};
