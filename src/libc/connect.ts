/** connect(2) that waits for the connection and not for the thread. */
import { setTimeout } from "node:timers";
import { library } from "#libc";
import type { Address } from "../core/address.ts";
import { memory } from "./calls.ts";
import { SO_ERROR, SOL_SOCKET } from "./constants.ts";
import { errnos } from "./errno.ts";
import { LibcError } from "./error.ts";
import { here } from "./interfaces.ts";
import { watch } from "./readiness.ts";
import { encodeAddress } from "./sockaddr.ts";

/** Milliseconds between attempts at a Unix listener whose queue is full; nothing tells when there is room. */
const firstPause = 1;
const longestPause = 50;

/**
 * Resolves when `fd`, a stream socket that does not block, is connected. When it fails, or when `signal` aborts first, the
 * descriptor is closed, and nothing waits for it any more.
 */
export async function connectSocket(fd: number, remote: Address, signal: AbortSignal): Promise<void> {
  try {
    signal.throwIfAborted();
    const address = encodeAddress(remote, here);
    let result = library.calls.connect(fd, address, address.length);
    for (let pause = firstPause; result === -errnos.EAGAIN && remote.family === "unix"; pause *= 2) {
      await wait(Math.min(pause, longestPause), signal);
      result = library.calls.connect(fd, address, address.length);
    }
    if (result === -errnos.EINPROGRESS || result === -errnos.EINTR) await established(fd, signal);
    else if (result < 0) throw new LibcError(-result, "connect");
  } catch (error) {
    library.calls.close(fd);
    throw error;
  }
}

/** Resolves when a connection that is under way is up. */
function established(fd: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = (settle: () => void): void => {
      signal.removeEventListener("abort", onAbort);
      void watcher.end();
      settle();
    };
    const onAbort = (): void => end(() => reject(signal.reason));
    const watcher = watch(fd, "write", {
      write: () => {
        const failure = pendingError(fd);
        end(() => (failure === 0 ? resolve() : reject(new LibcError(failure, "connect"))));
      },
    });
    watcher.ref();
    signal.addEventListener("abort", onAbort);
  });
}

/** SO_ERROR: an `errno`, or 0. Asking takes it away. */
function pendingError(fd: number): number {
  const value = memory(4);
  const length = memory(4);
  length[0] = 4;
  const result = library.calls.getsockopt(fd, SOL_SOCKET, SO_ERROR, value, length);
  return result < 0 ? -result : new DataView(value.buffer).getInt32(0, true);
}

function wait(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = (settle: () => void): void => {
      signal.removeEventListener("abort", onAbort);
      clearTimeout(timer);
      settle();
    };
    const onAbort = (): void => end(() => reject(signal.reason));
    const timer = setTimeout(() => end(resolve), milliseconds);
    signal.addEventListener("abort", onAbort);
  });
}
