/** Active open through `node:net`, by the name that a permission names where the address has none. */
import type { ConnectRequest, Opened } from "../../core/adapter.ts";
import { type Address, type IpAddress, type IpFamily, parseLiteral } from "../../core/address.ts";
import { connectStream } from "../node/connect.ts";
import { lookupAll } from "../node/index.ts";
import type { NodeStreamOptions } from "../node/stream.ts";
import { explainBind, refuseZone } from "./listener.ts";
import { codeOf, Fault } from "./native.ts";
import { requireLookup, requirePermission, stateFor } from "./permissions.ts";

/** How many addresses remember the name that they were found by. */
const memory = 1024;

/** Names that addresses were last found by: `--allow-net=example.com` allows to connect to the name only. */
const names = new Map<string, string>();

export async function lookupDeno(name: string): Promise<readonly string[]> {
  requireLookup(name);
  const found = await lookupAll(name);
  for (const address of found) {
    const { host } = parseLiteral(address) ?? { host: address };
    names.delete(host);
    names.set(host, name);
  }
  for (const oldest of names.keys()) {
    if (names.size <= memory) break;
    names.delete(oldest);
  }
  return found;
}

export async function connectDeno(request: ConnectRequest, opened: Opened, options: NodeStreamOptions): Promise<void> {
  const { remote, local } = request;
  if (remote.family !== "unix") refuseZone(remote);
  const name = remote.family === "unix" ? undefined : permittedName(remote);
  if (name === undefined) requirePermission(remote);
  const bound = local && remote.family !== "unix" ? localAddress(local, remote.family) : undefined;
  if (bound !== undefined) {
    refuseZone(bound);
    requirePermission(bound);
  }
  try {
    // When ICMP refuses the SYN, Deno may say that it is connected (2.9; case tcp.connect/icmp-hard-error, on a busy machine).
    await connectStream(request, opened, { ...options, name, confirmPeer: true });
  } catch (error) {
    throw explainConnect(error, remote, bound);
  }
}

/** Deno calls EADDRNOTAVAIL EINVAL, of bind(2) and of connect(2), which says it when no local port is left for that destination. */
function explainConnect(error: unknown, remote: Address, bound: IpAddress | undefined): unknown {
  if (codeOf(error) !== "EINVAL" || remote.family === "unix") return error;
  const { syscall } = error as { syscall?: unknown };
  if (bound !== undefined && syscall === "bind") return explainBind(error, bound);
  const linkLocal = remote.family === "ipv6" && remote.host.startsWith("fe80:");
  return linkLocal ? error : new Fault("EADDRNOTAVAIL", { cause: error });
}

/** The name by which `remote` is permitted, if it is not by itself. Deno looks it up again and takes its first address of the family. */
export function permittedName({ host, port }: IpAddress): string | undefined {
  if (stateFor(host, port) !== "prompt") return undefined;
  const name = names.get(host);
  return name !== undefined && stateFor(name, port) === "granted" ? name : undefined;
}

/** Where bind(2) goes. */
function localAddress(
  { host, port }: { readonly host: string | undefined; readonly port: number },
  family: IpFamily,
): IpAddress {
  const wildcard = family === "ipv4" ? "0.0.0.0" : "::";
  return { ...(parseLiteral(host ?? wildcard) ?? { family, host: wildcard }), port };
}
