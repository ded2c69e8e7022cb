/** A descriptor of the peer: opened non-blocking, closed once, and never used after that. */
import type { PeerAddress } from "../harness/case.js";
import { encode, type Sockaddr } from "./address.js";
import { libc, memory } from "./libc.js";
import {
  AF_UNIX,
  E,
  must,
  SO_LINGER,
  SO_RCVBUF,
  SO_REUSEADDR,
  SOCK_CLOEXEC,
  SOCK_NONBLOCK,
  SOL_SOCKET,
  SystemError,
} from "./linux.js";
import type { Loop } from "./loop.js";

/** Every socket that is open, also while an operation has not yet given it a number. */
const sockets = new Set<Socket>();

/** Ends everything at once; what waits is rejected with EBADF. */
export function resetAll(): void {
  for (const socket of sockets) socket.reset();
}

export class Socket {
  readonly loop: Loop;
  #descriptor: number;
  /** Operations of one kind run one after the other, in the order of their calls. */
  readonly #last: Map<string, Promise<unknown>> = new Map();

  constructor(loop: Loop, descriptor: number) {
    this.loop = loop;
    this.#descriptor = descriptor;
    sockets.add(this);
  }

  /** Throws EBADF once the socket is closed, so that a number which the kernel gave out again is never used. */
  get descriptor(): number {
    if (this.#descriptor < 0) throw new SystemError(E.EBADF, "closed");
    return this.#descriptor;
  }

  /** Waits for poll events; EBADF if the socket is closed meanwhile. */
  ready(events: number, ms: number = Infinity): Promise<boolean> {
    return this.loop.ready(this.descriptor, events, ms);
  }

  /** Runs `operation` after the earlier ones of the same `kind` are over, whatever became of them. */
  inOrder<T>(kind: string, operation: () => Promise<T>): Promise<T> {
    const run = (this.#last.get(kind) ?? Promise.resolve()).then(operation, operation);
    this.#last.set(kind, run);
    return run;
  }

  close(): void {
    const descriptor = this.descriptor;
    this.#descriptor = -1;
    sockets.delete(this);
    this.loop.cancel(descriptor);
    must(libc.close(descriptor), "close");
  }

  /** SO_LINGER {on, 0 s} and close(2). */
  reset(): void {
    const linger = new Int32Array([1, 0]);
    must(libc.setsockopt(this.descriptor, SOL_SOCKET, SO_LINGER, linger, 8), "setsockopt SO_LINGER");
    this.close();
  }
}

export interface OpenOptions {
  readonly recvBufferSize?: number | undefined;
  readonly reuseAddress?: boolean | undefined;
  readonly bind?: PeerAddress | undefined;
  /** 0 if absent: the type's own. */
  readonly protocol?: number | undefined;
}

/** socket(2), setsockopt(2), bind(2); closes the descriptor again if one of them fails. */
export function open(loop: Loop, family: number, type: number, options: OpenOptions): Socket {
  const flags = SOCK_NONBLOCK | SOCK_CLOEXEC;
  const socket = new Socket(loop, must(libc.socket(family, type | flags, options.protocol ?? 0), "socket"));
  try {
    if (options.reuseAddress && family !== AF_UNIX) setOption(socket, SOL_SOCKET, SO_REUSEADDR, 1);
    if (options.recvBufferSize !== undefined) setOption(socket, SOL_SOCKET, SO_RCVBUF, options.recvBufferSize);
    if (options.bind) bind(socket, encode(options.bind));
    return socket;
  } catch (error) {
    socket.close();
    throw error;
  }
}

function bind(socket: Socket, address: Sockaddr): void {
  must(libc.bind(socket.descriptor, address.bytes, address.bytes.length), "bind");
}

export function setOption(socket: Socket, level: number, name: number, value: number): void {
  must(libc.setsockopt(socket.descriptor, level, name, new Int32Array([value]), 4), "setsockopt");
}

/** The value of an option that is an `int`, of any descriptor of this process. */
export function getOption(descriptor: number, level: number, name: number): number {
  const value = memory(4);
  const length = new Int32Array([4]);
  must(libc.getsockopt(descriptor, level, name, value, length), "getsockopt");
  // Some options are one byte if asked with a shorter length; the rest of the four stays zero.
  return new DataView(value.buffer).getInt32(0, true);
}
