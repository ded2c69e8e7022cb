/** The two ends of a TCP connection on loopback, one of them the library's and the other the raw peer's, closed when the case is over. */
import type { Connection, IpAddress, Listener, TcpConnectOptions, TcpListenOptions } from "omnisock";

import type { Context, PeerListener, PeerStream, TcpRow } from "./case.js";

export interface HostPort {
  readonly host: string;
  readonly port: number;
}

/** The library's end, and the peer's. */
export interface Ends {
  readonly conn: Connection<IpAddress>;
  readonly far: PeerStream;
}

/** How the library got its end. */
export type Role = "client" | "accepted";

export const bothRoles: readonly Role[] = ["client", "accepted"];

/** How long an event on loopback may take before it counts as not happening. */
export const soon = 2_000;

/** A connection in which the library has the given role. */
export function connected(t: Context, role: Role, host?: string): Promise<Ends> {
  return role === "client" ? clientEnds(t, { host }) : acceptedEnds(t, { host });
}

/** The library connects, the peer accepts. */
export async function clientEnds(t: Context, options: Partial<TcpConnectOptions> = {}): Promise<Ends> {
  const { listener, at } = await peerListener(t, options.host);
  const conn = await t.within(soon, "connect", t.sockets.connect({ ...options, ...at }));
  t.defer(() => conn.close({ timeout: 200 }));
  return { conn, far: await listener.accept() };
}

/** The peer connects, the library accepts. */
export async function acceptedEnds(
  t: Context,
  options: TcpListenOptions = {},
): Promise<Ends & { readonly server: Listener<IpAddress> }> {
  const server = await listening(t, options);
  const far = await t.peer.connect(endpoint(server.address));
  const conn = await t.within(soon, "accept", server.accept());
  t.defer(() => conn.close({ timeout: 200 }));
  return { conn, far, server };
}

/** A listener of the library; on 127.0.0.1 and a port of the kernel's choice unless told otherwise. */
export async function listening(t: Context, options: TcpListenOptions = {}): Promise<Listener<IpAddress>> {
  const server = await t.within(soon, "listen", t.sockets.listen({ ...options, host: options.host ?? "127.0.0.1" }));
  t.defer(() => server.close());
  return server;
}

/** A listener of the peer and where it is. */
export async function peerListener(
  t: Context,
  host: string = "127.0.0.1",
): Promise<{ readonly listener: PeerListener; readonly at: HostPort }> {
  const listener = await t.peer.listen({ host, port: 0 });
  return { listener, at: endpoint(listener.address) };
}

/** Host and port alone, of an address of either end. */
export function endpoint(address: object): HostPort {
  const { host, port } = address as HostPort;
  return { host, port };
}

/** The loopback addresses that this machine has: `127.0.0.1`, and `::1` with IPv6. */
export async function loopbacks(t: Context): Promise<readonly string[]> {
  try {
    await (await t.peer.listen({ host: "::1", port: 0 })).close();
    return ["127.0.0.1", "::1"];
  } catch {
    return ["127.0.0.1"];
  }
}

/** The kernel's rows of the subject's own sockets on a port, each once: a long table that changes while it is read may show one twice. */
export async function ownRows(
  t: Context,
  port: number,
): Promise<readonly Pick<TcpRow, "local" | "remote" | "state">[]> {
  const rows = new Map<string, Pick<TcpRow, "local" | "remote" | "state">>();
  for (const { local, remote, state, own } of await t.kernel.tcp(port)) {
    if (own) rows.set(JSON.stringify([local, remote, state]), { local, remote, state });
  }
  return [...rows.values()];
}
