/** Listening TCP and Unix sockets, and the address whose SYNs are dropped. */
import process from "node:process";

import type { PeerAddress } from "../harness/case.js";
import { decode, encode, localAddress } from "./address.js";
import { libc, memory } from "./libc.js";
import {
  AF_INET,
  E,
  IPPROTO_TCP,
  must,
  POLLIN,
  POLLOUT,
  SOCK_CLOEXEC,
  SOCK_NONBLOCK,
  SOCK_STREAM,
  SystemError,
  TCP_INFO,
  TCP_SYN_SENT,
} from "./linux.js";
import type { Loop } from "./loop.js";
import { open, Socket } from "./socket.js";
import { Stream } from "./stream.js";

/** SOMAXCONN: never full by accident. */
const BACKLOG = 4096;
/** A SYN over loopback is answered at once; one that is not after this many milliseconds was dropped. */
const ANSWERED = 50;

export interface ListenOptions {
  readonly backlog?: number | undefined;
  readonly recvBufferSize?: number | undefined;
}

/** The file of a Unix listener stays when the listener is closed, as close(2) leaves it. */
export function listen(loop: Loop, at: PeerAddress, options: ListenOptions): Socket {
  const { backlog = BACKLOG, recvBufferSize } = options;
  const socket = open(loop, encode(at).family, SOCK_STREAM, { reuseAddress: true, recvBufferSize, bind: at });
  try {
    must(libc.listen(socket.descriptor, backlog), "listen");
    return socket;
  } catch (error) {
    socket.close();
    throw error;
  }
}

const remote = memory(128);
const remoteLength = new Int32Array(new ArrayBuffer(4));

export function accept(listener: Socket): Promise<Stream> {
  return listener.inOrder("accept", async () => {
    for (;;) {
      // The far address comes with it, because getpeername(2) does not tell it any more after a reset.
      remoteLength[0] = remote.length;
      const result = libc.accept4(listener.descriptor, remote, remoteLength, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (result !== -E.EAGAIN && result !== -E.EINTR) {
        const socket = new Socket(listener.loop, must(result, "accept"));
        return new Stream(socket, decode(remote, remoteLength[0]));
      }
      await listener.ready(POLLIN);
    }
  });
}

/** Fills a queue of length 0 until a connection stays in SYN_SENT, which is then given up. It lasts until `clear`. */
export async function blackhole(loop: Loop): Promise<Socket> {
  const listener = listen(loop, { host: "127.0.0.1", port: 0 }, { backlog: 0 });
  const address = encode(localAddress(listener.descriptor));
  const most = 16;
  for (let filling = 0; filling < most; filling++) {
    const socket = open(loop, AF_INET, SOCK_STREAM, {});
    const result = libc.connect(socket.descriptor, address.bytes, address.bytes.length);
    if (result !== -E.EINPROGRESS) must(result, "connect");
    await socket.ready(POLLOUT, ANSWERED);
    if (state(socket) === TCP_SYN_SENT) {
      socket.close();
      return listener;
    }
  }
  throw new SystemError(E.EISCONN, "blackhole");
}

function state(socket: Socket): number {
  const info = memory(256);
  const length = new Int32Array([info.length]);
  must(libc.getsockopt(socket.descriptor, IPPROTO_TCP, TCP_INFO, info, length), "getsockopt TCP_INFO");
  return info[0] ?? 0;
}

/** Below the ports that Linux chooses itself, so that no other socket gets one by chance before it is used. */
const closedPorts = { first: 10_240, count: 20_000 };
let portsTried: number = 101 * process.pid;

/** A port that was free a moment ago: bound and closed. */
export function closedPort(loop: Loop, host: string): number {
  for (let attempt = 1; attempt <= 100; attempt++) {
    const port = closedPorts.first + portsTried++ % closedPorts.count;
    const at = { host, port };
    try {
      open(loop, encode(at).family, SOCK_STREAM, { bind: at }).close();
      return port;
    } catch (error) {
      if (!(error instanceof SystemError && error.code === "EADDRINUSE")) throw error;
    }
  }
  throw new SystemError(E.EADDRINUSE, "bind");
}
