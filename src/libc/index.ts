/**
 * The C library, through each runtime's own foreign function interface: Linux and macOS.
 *
 * Importing it gives omnisock what runtimes lack: every socket option, read and set in the kernel, Unix datagram sockets,
 * and the features that `supports()` says no to without it. And it has the plain calls of Berkeley sockets, with POSIX's
 * names, which return what C's do and throw {@link LibcError}.
 *
 * Deno needs `--allow-ffi`. Node before 26 needs the package `koffi` beside this one. Where the C library cannot be had, the
 * import fails with a {@link LibcError} whose code is `ENOTSUP`, and says why.
 *
 * @example
 * ```ts
 * import { AF_INET, bind, close, getsockname, recvfrom, sendto, SOCK_DGRAM, socket } from "omnisock/libc";
 *
 * const fd = socket(AF_INET, SOCK_DGRAM);
 * bind(fd, { family: "ipv4", host: "127.0.0.1", port: 0 });
 * sendto(fd, new TextEncoder().encode("ping"), 0, getsockname(fd));
 * const { data, address } = recvfrom(fd, 1500);
 * close(fd);
 * ```
 */
import { installKernel } from "../core/kernel.ts";
import { kernel } from "./kernel.ts";

export * from "./constants.ts";
export { type ErrnoName, errnos } from "./errno.ts";
export { LibcError } from "./error.ts";
export { fcntl } from "./fcntl.ts";
export { type AddressHints, type AddressInfo, getaddrinfo } from "./getaddrinfo.ts";
export { htonl, htons, inet_ntop, inet_pton, ntohl, ntohs } from "./inet.ts";
export { if_indextoname, if_nametoindex } from "./interfaces.ts";
export { poll, type PollDescriptor } from "./poll.ts";
export { getsockopt, setsockopt } from "./socket-options.ts";
export type { PacketAddress, RawAddress, SocketAddress, UnspecifiedAddress } from "./sockaddr.ts";
export {
  accept,
  bind,
  close,
  connect,
  getpeername,
  getsockname,
  listen,
  recv,
  recvfrom,
  send,
  sendto,
  setNonblocking,
  shutdown,
  socket,
  socketpair,
} from "./sockets.ts";

installKernel(kernel);
