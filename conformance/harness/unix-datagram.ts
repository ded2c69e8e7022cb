/** Unix datagram sockets as a library that has them (`supports("unix.datagram")`) gives them: `bind({ path })`. */
import type { UnixAddress } from "omnisock";

import type { Context, PeerUnixDatagram } from "./case.js";
import { soon } from "./tcp.js";

export interface UnixDatagramSocket {
  /** The path is `""` for a socket that was bound to none. */
  readonly address: UnixAddress;
  send(data: Uint8Array | string, to: { readonly path: string }): Promise<void>;
  receive(): Promise<{ readonly data: Uint8Array; readonly from: UnixAddress; readonly truncated: boolean }>;
  close(): Promise<void>;
}

/** Binds a socket of the library, which is closed when the case is over. */
export async function bindAt(t: Context, path: string): Promise<UnixDatagramSocket> {
  const bind = t.sockets.bind as unknown as (options: { readonly path: string }) => Promise<UnixDatagramSocket>;
  const socket = await t.within(soon, "bind", bind({ path }));
  t.defer(() => socket.close());
  return socket;
}

/** A socket of the library and one of the peer, each at a path of its own. */
export async function pair(
  t: Context,
): Promise<{ readonly socket: UnixDatagramSocket; readonly peer: PeerUnixDatagram }> {
  const socket = await bindAt(t, await t.temporaryPath("near"));
  return { socket, peer: await t.peer.bindUnix(await t.temporaryPath("far")) };
}
