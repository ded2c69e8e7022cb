/** Socket options of another process: its descriptor is copied here (pidfd_getfd(2)), asked and closed. */
import { Buffer } from "node:buffer";

import { localAddress, remoteAddress } from "./address.js";
import { libc, memory } from "./libc.js";
import {
  AF_UNIX,
  E,
  must,
  SO_ACCEPTCONN,
  SO_DOMAIN,
  SO_TYPE,
  SOCK_DGRAM,
  SOL_SOCKET,
  SYS_PIDFD_GETFD,
  SYS_PIDFD_OPEN,
} from "./linux.js";
import { getOption } from "./socket.js";

/** Longer than any option that is asked for. */
const LONGEST = 512;

/** The option's bytes in base64. Needs the right to trace the process: root, or `kernel.yama.ptrace_scope` 0 and the same user. */
export function foreignOption(pid: number, descriptor: number, level: number, name: number): string {
  return withCopies(pid, (copyOf) => {
    const value = memory(LONGEST);
    const length = new Int32Array([LONGEST]);
    must(libc.getsockopt(copyOf(descriptor), level, name, value, length), "getsockopt");
    return Buffer.from(value.subarray(0, length[0])).toString("base64");
  });
}

/** Which of the descriptors is the Unix socket in that role at that path; fails if there are several. */
export function foreignUnix(
  pid: number,
  descriptors: readonly number[],
  path: string,
  role: string,
): number | undefined {
  const found = withCopies(pid, (copyOf) =>
    descriptors.filter((descriptor) => {
      const copy = copyOf(descriptor);
      return copy >= 0 && getOption(copy, SOL_SOCKET, SO_DOMAIN) === AF_UNIX && roleAt(copy, path) === role;
    }));
  if (found.length > 1) throw new Error(`process ${pid} has ${found.length} sockets at ${path}`);
  return found[0];
}

function roleAt(descriptor: number, path: string): string | undefined {
  const at = (address: object | undefined): boolean => (address as { path?: string } | undefined)?.path === path;
  if (at(remoteAddress(descriptor))) return "client";
  if (!at(localAddress(descriptor))) return undefined;
  if (getOption(descriptor, SOL_SOCKET, SO_TYPE) === SOCK_DGRAM) return "datagram";
  return getOption(descriptor, SOL_SOCKET, SO_ACCEPTCONN) === 1 ? "listener" : "accepted";
}

/** `copyOf` gives a copy of a descriptor, or the negative errno of one that is gone; all are closed afterwards. */
function withCopies<T>(pid: number, action: (copyOf: (descriptor: number) => number) => T): T {
  const process = must(libc.syscall(SYS_PIDFD_OPEN, pid, 0, 0, 0, 0, 0), "pidfd_open");
  const copies: number[] = [];
  try {
    return action((descriptor) => {
      const copy = libc.syscall(SYS_PIDFD_GETFD, process, descriptor, 0, 0, 0, 0);
      if (copy >= 0) copies.push(copy);
      else if (copy !== -E.EBADF) must(copy, "pidfd_getfd");
      return copy;
    });
  } finally {
    for (const copy of copies) libc.close(copy);
    libc.close(process);
  }
}
