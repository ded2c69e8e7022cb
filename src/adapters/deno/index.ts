/**
 * Deno: streams as engine.ts decides, datagrams and names through `node:dgram` and `node:dns`.
 *
 * Not through `Deno.listenDatagram`, which is there under `--unstable-net` only. What is wrong with the compatibility layer
 * is put right in this folder; what cannot be is in `gaps`, but for what engine.ts tells.
 */
import type { Adapter } from "../../core/adapter.ts";
import type { Address } from "../../core/address.ts";
import type { Gaps } from "../../core/capabilities.ts";
import type { Translation } from "../../core/errors.ts";
import { translate as translateNode } from "../node/index.ts";
import { lookupDeno, permittedName } from "./connect.ts";
import { bindDeno } from "./datagram.ts";
import { engine } from "./engine.ts";
import { Fault, native } from "./native.ts";
import { requirePermission } from "./permissions.ts";
import { hasFullDatagrams } from "./version.ts";

const gaps: Gaps = {
  ...engine.gaps,
  "udp.refused": "Deno never connects a UDP socket in the kernel, which therefore tells it of no refusal",
  "udp.reusePort": "Deno's node:dgram ignores reusePort",
  ...(hasFullDatagrams ? {} : {
    "udp.ipv6Only": "Deno before 2.7.6 ignores ipv6Only",
    "udp.multicast": "Deno before 2.7.6 joins no multicast group",
    "udp.sourceMulticast": "Deno before 2.7.6 joins no multicast group",
  }),
  "unix.backlog": "Deno listens at a path with a backlog of its own, whatever is asked for",
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

/** Of UDP: Deno only remembers the sizes of buffers that it is told, and tells them back. */
const datagramOptions: Adapter["options"]["udp"] = hasFullDatagrams
  ? ["broadcast", "multicastInterface", "multicastLoopback", "multicastTtl", "ttl"]
  : ["broadcast", "multicastLoopback", "multicastTtl"];

function permit(address: Address): void {
  if (address.family === "unix" || permittedName(address) === undefined) requirePermission(address);
}

export const adapter: Adapter = {
  runtime: `Deno ${native?.version.deno ?? process.versions["deno"]}`,
  gaps,
  maxPathLength: process.platform === "linux" ? 107 : 103,
  translate,
  lookup: lookupDeno,
  connect: engine.connect,
  listen: engine.listen,
  bind: bindDeno,
  options: { tcp: engine.options, udp: datagramOptions },
  permit,
  ...(engine.adopt && { adopt: engine.adopt }),
};
