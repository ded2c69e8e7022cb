/** What the handles of `node:net` and `node:dgram` tell of their descriptors. */
import type { Socket } from "node:dgram";
import type { Descriptor } from "../../core/kernel.ts";

/** libuv's handle, or what other runtimes have in its place. A socket that was closed has none any more. */
export interface Handle {
  /** Negative where the system has no descriptors. */
  readonly fd?: number | undefined;
  /** Deno from 2.8 on, of whose handles those of TCP and UDP have no `fd`: a duplicate. */
  fdForIpc?(): number;
}

export function descriptorOf(handle: Handle | null | undefined): Descriptor | undefined {
  const fd = handle?.fd ?? -1;
  if (fd >= 0) return { fd, copy: false };
  const copy = handle?.fdForIpc?.() ?? -1;
  return copy >= 0 ? { fd: copy, copy: true } : undefined;
}

/** The handle in a datagram socket's private state: `_handle` warns of its deprecation, and is gone in Node 26. */
export function datagramHandle(socket: Socket): Handle | null | undefined {
  const own = socket as unknown as Readonly<Record<symbol, { readonly handle?: Handle | null } | undefined>>;
  // Named differently by Node and Bun, and by Deno.
  const name = Object.getOwnPropertySymbols(socket).find(({ description }) =>
    description === "state symbol" || description === "kStateSymbol"
  );
  return name === undefined ? undefined : own[name]?.handle;
}
