/** Sockets that libc made, taken over by `node:net`. */
import { closeSync } from "node:fs";
import { Socket } from "node:net";
import type { Adoption, ConnectRequest, ListenerSink, ListenRequest, Opened } from "../../core/adapter.ts";
import { type Address, hostText, ipAddress } from "../../core/address.ts";
import { type Ends, endsTo } from "./endpoint.ts";
import { listenStream, type NodeListener } from "./listener.ts";
import { NodeStream, type NodeStreamOptions } from "./stream.ts";

interface NodeAdoption extends Adoption {
  listener(fd: number, request: ListenRequest, sink: ListenerSink): Promise<NodeListener>;
}

export function createAdoption(options: NodeStreamOptions): NodeAdoption {
  return {
    connection: (fd, request, opened) => adoptStream(fd, { ...request, opened }, options),
    listener: async (fd, request, sink) => {
      try {
        return await listenStream(request, sink, { ...options, fd });
      } catch (error) {
        release(fd);
        throw error;
      }
    },
  };
}

function adoptStream(
  fd: number,
  { remote, opened }: Pick<ConnectRequest, "remote"> & { readonly opened: Opened },
  options: NodeStreamOptions,
): void {
  const { Stream = NodeStream } = options;
  let socket: Socket;
  try {
    // `manualStart`, which types do not know: else reading begins at once.
    const start: ConstructorParameters<typeof Socket>[0] & { readonly manualStart: true } = {
      fd,
      allowHalfOpen: true,
      manualStart: true,
    };
    socket = new Socket(start);
  } catch (error) {
    release(fd);
    throw error;
  }
  const stream = new Stream(socket, adoptedEnds(remote), options);
  stream.attach(opened(stream));
}

/** The peer is known, whatever has become of it since. */
export function adoptedEnds(remote: Address): Ends {
  return remote.family === "unix"
    ? endsTo(remote)
    : { remote: ipAddress(hostText(remote), remote.port), zone: remote.scopeId };
}

/** Closes a descriptor that the runtime has not taken over; Deno's `node:fs` closes none that it did not open. */
export function release(fd: number): void {
  try {
    closeSync(fd);
  } catch { /* It is none. */ }
}
