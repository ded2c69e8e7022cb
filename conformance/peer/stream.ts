/** Connected TCP and Unix sockets: connect, send, flood, receive, drain, shutdown. */
import { createHash } from "node:crypto";
import type { PeerAddress } from "../harness/case.js";
import { pattern } from "../harness/pattern.js";
import { encode, remoteAddress } from "./address.js";
import { libc, memory } from "./libc.js";
import {
  E,
  MSG_NOSIGNAL,
  MSG_OOB,
  must,
  nameOf,
  POLLIN,
  POLLOUT,
  SO_ERROR,
  SOCK_STREAM,
  SOL_SOCKET,
  SystemError,
} from "./linux.js";
import type { Loop } from "./loop.js";
import { getOption, open, Socket } from "./socket.js";

const BLOCK = 256 * 1024;
const HEAD = 4096;
const MOST = 1024 * 1024;
/** How long a Unix connect waits before it asks a full listener again; poll(2) does not tell. */
const RETRY = 5;

/** Where drains receive; nothing waits while it is in use. */
const drained = memory(BLOCK);

export interface ReceivedBytes {
  readonly data: Uint8Array;
  readonly eof: boolean;
  readonly error?: string;
}

export interface DrainedBytes {
  readonly bytes: number;
  readonly sha256: string;
  readonly head: Uint8Array;
  readonly eof: boolean;
  readonly error?: string;
}

/** Where bytes come from: `at(offset)` gives some of them, at least one. */
export interface Source {
  readonly length: number;
  at(offset: number): Uint8Array;
}

export function bytesSource(bytes: Uint8Array): Source {
  return { length: bytes.length, at: (offset) => bytes.subarray(offset) };
}

/** The seeded sequence, a block at a time. */
export function patternSource(length: number, seed: number): Source {
  let start = 0;
  let block: Uint8Array = new Uint8Array(0);
  return {
    length,
    at(offset) {
      if (offset < start || offset >= start + block.length) {
        start = offset;
        block = pattern(seed, Math.min(BLOCK, length - offset), offset);
      }
      return block.subarray(offset - start);
    },
  };
}

export class Stream {
  readonly socket: Socket;
  readonly remote: PeerAddress;
  /**
   * The errno that ended the connection. The kernel tells it once, to whichever of a send and a receive comes first,
   * and then gives the other one EPIPE or a false end of file.
   */
  #failure = 0;

  constructor(socket: Socket, remote: PeerAddress) {
    this.socket = socket;
    this.remote = remote;
  }

  async send(source: Source): Promise<void> {
    await this.flood(source, Infinity);
  }

  /** Sends until nothing was taken for `quiet` ms; the count of bytes taken. */
  flood(source: Source, quiet: number): Promise<number> {
    return this.socket.inOrder("send", async () => {
      let sent = 0;
      let taken = performance.now();
      while (sent < source.length) {
        const count = this.#send(source.at(sent));
        sent += count;
        if (count > 0) taken = performance.now();
        else if (performance.now() - taken >= quiet) break;
        // Also when more would be taken at once, so that a long send leaves other operations their turn.
        if (sent < source.length) await this.socket.ready(POLLOUT, count > 0 ? 0 : quiet);
      }
      return sent;
    });
  }

  receive(length: number): Promise<ReceivedBytes> {
    if (!(length >= 0 && length <= MOST)) throw new SystemError(E.EINVAL, "receive length");
    return this.socket.inOrder("receive", async () => {
      const data = memory(length);
      let count = 0;
      while (count < length) {
        await this.socket.ready(POLLIN);
        const got = this.#receive(data.subarray(count));
        if (got === -E.EAGAIN) continue;
        if (got <= 0) return { data: data.subarray(0, count), ...ending(got) };
        count += got;
      }
      return { data, eof: false };
    });
  }

  drain(): Promise<DrainedBytes> {
    return this.socket.inOrder("receive", async () => {
      const hash = createHash("sha256");
      const head = new Uint8Array(HEAD);
      let bytes = 0;
      for (;;) {
        await this.socket.ready(POLLIN);
        const got = this.#receive(drained);
        if (got === -E.EAGAIN) continue;
        if (got <= 0) {
          return { bytes, sha256: hash.digest("hex"), head: head.subarray(0, Math.min(bytes, HEAD)), ...ending(got) };
        }
        const block = drained.subarray(0, got);
        hash.update(block);
        if (bytes < HEAD) head.set(block.subarray(0, HEAD - bytes), bytes);
        bytes += got;
      }
    });
  }

  /** After what was sent before; the kernel takes one byte whenever it takes any. */
  sendUrgent(bytes: Uint8Array): Promise<void> {
    return this.socket.inOrder("send", async () => {
      must(libc.send(this.socket.descriptor, bytes, 1, MSG_NOSIGNAL | MSG_OOB), "send MSG_OOB");
    });
  }

  shutdown(how: "read" | "write" | "both"): void {
    const number = { read: 0, write: 1, both: 2 }[how];
    if (number === undefined) throw new SystemError(E.EINVAL, "shutdown");
    must(libc.shutdown(this.socket.descriptor, number), "shutdown");
  }

  /** The count that the kernel took, 0 if it would block. */
  #send(bytes: Uint8Array): number {
    const count = libc.send(this.socket.descriptor, bytes, bytes.length, MSG_NOSIGNAL);
    if (count >= 0) return count;
    if (count === -E.EAGAIN || count === -E.EINTR) return 0;
    if (count === -E.EPIPE && this.#failure) throw new SystemError(this.#failure, "send");
    if (count !== -E.EPIPE) this.#failure = -count;
    throw new SystemError(count, "send");
  }

  /** The count received, 0 at the end of file, or a negative errno. */
  #receive(into: Uint8Array): number {
    const count = libc.recv(this.socket.descriptor, into, into.length, 0);
    if (count > 0) return count;
    if (count === 0) return -this.#failure;
    if (count === -E.EAGAIN || count === -E.EINTR) return -E.EAGAIN;
    this.#failure = -count;
    return count;
  }
}

function ending(got: number): { eof: boolean; error?: string } {
  return got === 0 ? { eof: true } : { eof: false, error: nameOf(got) };
}

export interface ConnectOptions {
  readonly from?: { readonly host: string; readonly port: number } | undefined;
  readonly recvBufferSize?: number | undefined;
}

export async function connect(loop: Loop, to: PeerAddress, options: ConnectOptions): Promise<Stream> {
  const address = encode(to);
  const { from, recvBufferSize } = options;
  const reuseAddress = from !== undefined;
  const socket = open(loop, address.family, SOCK_STREAM, { recvBufferSize, bind: from, reuseAddress });
  try {
    for (;;) {
      const result = libc.connect(socket.descriptor, address.bytes, address.bytes.length);
      if (result === -E.EAGAIN) {
        await loop.pause(RETRY);
        continue;
      }
      if (result === -E.EINPROGRESS) {
        await socket.ready(POLLOUT);
        const error = getOption(socket.descriptor, SOL_SOCKET, SO_ERROR);
        if (error !== 0) throw new SystemError(error, "connect");
      } else {
        must(result, "connect");
      }
      return new Stream(socket, remoteAddress(socket.descriptor) ?? to);
    }
  } catch (error) {
    socket.close();
    throw error;
  }
}
