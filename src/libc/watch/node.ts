/**
 * Node: the selector in the place of a UDP socket.
 *
 * Node tells of no descriptor that it can be read, and has no call of a foreign function that leaves the thread alone. But a
 * socket of `node:dgram` can be given a descriptor, which the event loop then polls by its number: once the selector has
 * that number, it is polled like a socket. Each time it can be read, receiving from it fails with ENOTSOCK, which changes
 * nothing in it and is told as an `error` (Node 20 to 26; case unix.dgram/roundtrip). A worker thread that blocks would tell the
 * same, ten times as late.
 */
import { createSocket } from "node:dgram";
import type { Calls, Watch } from "../calls.ts";
import { AF_INET, F_SETFD, FD_CLOEXEC, SOCK_DGRAM } from "../constants.ts";
import { LibcError } from "../error.ts";

export function watchOnNode(
  calls: Calls,
  { selector, look }: { readonly selector: number; readonly look: () => boolean },
): Watch {
  const place = calls.socket(AF_INET, SOCK_DGRAM, 0);
  if (place < 0) throw new LibcError(-place, "socket");
  const socket = createSocket("udp4");
  socket.on("error", look);
  try {
    socket.bind({ fd: place, exclusive: true });
  } catch (error) {
    calls.close(place);
    throw error;
  }
  // Before the event loop has seen it: from here on it never sees the UDP socket.
  const result = calls.dup2(selector, place);
  if (result < 0) {
    socket.close();
    throw new LibcError(-result, "dup2");
  }
  calls.fcntl(place, F_SETFD, FD_CLOEXEC);
  socket.unref();
  return {
    hold: (held) => void (held ? socket.ref() : socket.unref()),
    end: () => void socket.close(),
  };
}
