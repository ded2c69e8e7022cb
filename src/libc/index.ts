export * from "./constants.ts";
export { type ErrnoName, errnos } from "./errno.ts";
export { LibcError } from "./error.ts";
export { fcntl } from "./descriptor-flags.ts";
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
