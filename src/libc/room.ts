/** Waiting until the receiver of Unix datagrams has room. */
import { setTimeout } from "node:timers";
import { library } from "#libc";
import type { UnixAddress } from "../core/address.ts";
import { memory } from "./calls.ts";
import { POLLOUT } from "./constants.ts";
import { here } from "./interfaces.ts";
import { openSocket } from "./open.ts";
import { watch, type Watcher } from "./readiness.ts";
import { encodeAddress } from "./sockaddr.ts";

/** Milliseconds between attempts where nothing tells that there is room. */
const pause = 5;

/** `struct pollfd`. */
const polled = new DataView(memory(8).buffer);
const polledBytes = new Uint8Array(polled.buffer);

/**
 * Calls `again` once when the socket at `to` may have room. A socket that is not connected to it is told nothing of that:
 * poll(2) finds it writable at once. So one that is connected waits in its place. Returns how to stop waiting, or undefined if
 * the receiver has room, so that the sender's own buffer must be full.
 */
export function awaitRoom(to: UnixAddress, again: () => void): (() => void) | undefined {
  const { calls } = library;
  const address = encodeAddress(to, here);
  let fd: number;
  try {
    fd = openSocket("unix", "dgram");
  } catch {
    return awaitTime(again);
  }
  if (calls.connect(fd, address, address.length) < 0) {
    calls.close(fd);
    return awaitTime(again);
  }
  polled.setInt32(0, fd, true);
  polled.setInt16(4, POLLOUT, true);
  if (calls.poll(polledBytes, 1, 0) !== 0) {
    calls.close(fd);
    return undefined;
  }
  return awaitWritable(fd, again);
}

function awaitWritable(fd: number, again: () => void): () => void {
  const stop = (): void => {
    void watcher.end();
    library.calls.close(fd);
  };
  let watcher: Watcher;
  try {
    watcher = watch(fd, "write", {
      write: () => {
        stop();
        again();
      },
    });
  } catch {
    library.calls.close(fd);
    return awaitTime(again);
  }
  return stop;
}

/** The same by a timer. */
export function awaitTime(again: () => void): () => void {
  const timer = setTimeout(again, pause);
  return () => clearTimeout(timer);
}
