/** The two ends of a Unix-domain stream, one of them the library's and the other the raw peer's, closed when the case is over. */
import type { Connection, Listener, StreamOptions, UnixAddress } from "omnisock";

import type { Context, PeerStream } from "./case.js";
import { bothRoles, type Role, soon } from "./tcp.js";
import { ends as tcpEnds } from "./traffic.js";

export interface UnixEnds {
  readonly conn: Connection<UnixAddress>;
  readonly far: PeerStream;
}

/** For adapters without Unix sockets: the call that says so. */
async function refuse(t: Context): Promise<void> {
  await listeningAt(t, await t.temporaryPath());
}

/** What a case over Unix streams needs. */
export const overUnix = { needs: ["unix.stream"], refusal: refuse } as const;

/** A listener of the library at a path. */
export async function listeningAt(
  t: Context,
  path: string,
  options: StreamOptions = {},
): Promise<Listener<UnixAddress>> {
  const server = await t.within(soon, "listen", t.sockets.listen({ ...options, path }));
  t.defer(() => server.close());
  return server;
}

/** A connection of the library to a path. */
export async function connectedAt(t: Context, path: string): Promise<Connection<UnixAddress>> {
  const conn = await t.within(soon, "connect", t.sockets.connect({ path }));
  t.defer(() => conn.close({ timeout: 200 }));
  return conn;
}

/** A connection at a path of its own, in which the library has the given role. */
export async function unixEnds(t: Context, role: Role, options: StreamOptions = {}): Promise<UnixEnds> {
  const path = await t.temporaryPath();
  const { conn, far } = role === "client" ? await dialled(t, path, options) : await accepted(t, path, options);
  t.defer(() => conn.close({ timeout: 200 }));
  t.defer(() => far.close());
  return { conn, far };
}

async function dialled(t: Context, path: string, options: StreamOptions): Promise<UnixEnds> {
  const listener = await t.peer.listen({ path });
  const conn = await t.within(soon, "connect", t.sockets.connect({ ...options, path }));
  return { conn, far: await listener.accept() };
}

async function accepted(t: Context, path: string, options: StreamOptions): Promise<UnixEnds> {
  const server = await listeningAt(t, path, options);
  const far = await t.peer.connect({ path });
  return { conn: await t.within(soon, "accept", server.accept()), far };
}

/** Ends of every transport that the library has here, in both roles, each named for messages. */
export async function* everyStream(
  t: Context,
  options: StreamOptions = {},
): AsyncGenerator<{ readonly what: string; readonly conn: Connection; readonly far: PeerStream }> {
  for (const role of bothRoles) {
    yield { what: `tcp ${role}`, ...await tcpEnds(t, role, options) };
    if (t.sockets.supports("unix.stream").supported) {
      yield { what: `unix ${role}`, ...await unixEnds(t, role, options) };
    }
  }
}
