/**
 * The plain calls of Berkeley sockets, with the names and the order of arguments that POSIX gives them.
 *
 * Where C takes a pointer and a length, these take a `Uint8Array`, which has both. Where a call fills memory, a number in
 * its place asks for fresh memory of so many bytes, which the call then returns. Where C takes a `struct sockaddr` and its
 * length, these take a {@link SocketAddress}; where C fills one, it is part of what the call returns.
 *
 * A call returns what C's does, and throws {@link LibcError} where C's returns -1. Wrong arguments are `TypeError` and
 * `RangeError` before anything is called. A descriptor is the program's own: nothing closes it but `close()`, and a call on
 * one that belongs to somebody else does to that what it does in C. On a blocking socket a call stops the whole thread.
 */
import { library } from "#libc";
import { checkBytes, checkDescriptor, checkFlags, checkInt, checkLength, checkSendFlags } from "./arguments.ts";
import { memory } from "./calls.ts";
import { F_GETFL, F_SETFD, F_SETFL, FD_CLOEXEC, O_NONBLOCK, SOCK_CLOEXEC, SOCK_NONBLOCK } from "./constants.ts";
import { LibcError } from "./error.ts";
import { here } from "./interfaces.ts";
import { decodeAddress, encodeAddress, type SocketAddress, storageLength } from "./sockaddr.ts";
import { fill, holding, room, roomFor } from "./transfer.ts";

const { calls } = library;

/** What a call writes a `struct sockaddr` and its length into. */
const storage = memory(storageLength);
const storageSize = memory(4);
const size = new DataView(storageSize.buffer);

/**
 * Makes a socket: its descriptor, which no child process inherits. `type` may have `SOCK_NONBLOCK` and `SOCK_CLOEXEC`, which
 * is set anyway. What the kernel lacks is its own error: `EAFNOSUPPORT`, `ESOCKTNOSUPPORT`, `EPROTONOSUPPORT`.
 */
export function socket(domain: number, type: number, protocol = 0): number {
  const native = nativeType(checkInt("type", type));
  const fd = succeeded("socket", calls.socket(checkInt("domain", domain), native, checkInt("protocol", protocol)));
  return withFlags(fd, type);
}

/** Makes two sockets that are connected with each other. */
export function socketpair(domain: number, type: number, protocol = 0): [number, number] {
  const native = nativeType(checkInt("type", type));
  const pair = memory(8);
  succeeded(
    "socketpair",
    calls.socketpair(checkInt("domain", domain), native, checkInt("protocol", protocol), pair),
  );
  const view = new DataView(pair.buffer);
  const ends: [number, number] = [view.getInt32(0, true), view.getInt32(4, true)];
  ends.forEach((fd) => withFlags(fd, type));
  return ends;
}

/** Gives a socket its local address. An empty Unix path asks Linux for an abstract name of its choice. */
export function bind(fd: number, address: SocketAddress): void {
  const bytes = encodeAddress(address, here);
  succeeded("bind", calls.bind(checkDescriptor(fd), bytes, bytes.length));
}

/** Makes a socket accept connections; of one that does already, it changes the length of the queue. */
export function listen(fd: number, backlog: number): void {
  succeeded("listen", calls.listen(checkDescriptor(fd), checkInt("backlog", backlog)));
}

/**
 * Takes a connection from the queue: its descriptor, and the peer's address. `EAGAIN` if none waits and the listener does
 * not block. `flags` may be `SOCK_NONBLOCK`, for the new socket; no child process inherits it.
 */
export function accept(fd: number, flags = 0): { readonly fd: number; readonly address: SocketAddress } {
  const listener = checkDescriptor(fd);
  if (checkFlags("flags", flags) & ~(SOCK_CLOEXEC | SOCK_NONBLOCK)) {
    throw new RangeError("flags may be SOCK_NONBLOCK and SOCK_CLOEXEC");
  }
  size.setUint32(0, storageLength, true);
  if (calls.accept4 !== undefined) {
    const accepted = succeeded("accept", calls.accept4(listener, storage, storageSize, flags | SOCK_CLOEXEC));
    return { fd: accepted, address: stored() };
  }
  const accepted = succeeded("accept", calls.accept(listener, storage, storageSize));
  const address = stored();
  return { fd: withFlags(accepted, flags), address };
}

/**
 * Connects. A socket that does not block says `EINPROGRESS`, is writable when that is over, and `SO_ERROR` tells how it
 * ended. A datagram socket gets a peer, or with `{ family: "unspec" }` loses it.
 */
export function connect(fd: number, address: SocketAddress): void {
  const bytes = encodeAddress(address, here);
  succeeded("connect", calls.connect(checkDescriptor(fd), bytes, bytes.length));
}

/** Ends one or both directions: `SHUT_RD`, `SHUT_WR`, `SHUT_RDWR`. */
export function shutdown(fd: number, how: number): void {
  succeeded("shutdown", calls.shutdown(checkDescriptor(fd), checkInt("how", how)));
}

/** Releases a descriptor. Its number is somebody else's as soon as it is released: close it once. */
export function close(fd: number): void {
  succeeded("close", calls.close(checkDescriptor(fd)));
}

/** The address that a socket is bound to. */
export function getsockname(fd: number): SocketAddress {
  size.setUint32(0, storageLength, true);
  succeeded("getsockname", calls.getsockname(checkDescriptor(fd), storage, storageSize));
  return stored();
}

/** The address that a socket is connected to; `ENOTCONN` if it is not. */
export function getpeername(fd: number): SocketAddress {
  size.setUint32(0, storageLength, true);
  succeeded("getpeername", calls.getpeername(checkDescriptor(fd), storage, storageSize));
  return stored();
}

/** Sends to the peer: how many bytes the kernel took, which for a stream may be fewer. */
export function send(fd: number, bytes: Uint8Array, flags = 0): number {
  const own = checkBytes("bytes", bytes);
  return succeeded("send", calls.send(checkDescriptor(fd), holding(own), own.byteLength, checkSendFlags(flags)));
}

/** Sends a datagram to an address. */
export function sendto(fd: number, bytes: Uint8Array, flags: number, address: SocketAddress): number {
  const to = encodeAddress(address, here);
  const own = checkBytes("bytes", bytes);
  return succeeded(
    "sendto",
    calls.sendto(checkDescriptor(fd), holding(own), own.byteLength, checkSendFlags(flags), to, to.length),
  );
}

/**
 * Receives into `buffer`: how many bytes; 0 at the end of a stream. With `MSG_TRUNC` that is the length of the datagram, also
 * if it was longer (Linux).
 */
export function recv(fd: number, buffer: Uint8Array, flags?: number): number;
/** Receives up to `length` bytes; none at the end of a stream. */
export function recv(fd: number, length: number, flags?: number): Uint8Array;
export function recv(fd: number, wanted: Uint8Array | number, flags = 0): number | Uint8Array {
  const { place, capacity, buffer } = destination(wanted);
  const length = succeeded("recv", calls.recv(checkDescriptor(fd), place, capacity, checkFlags("flags", flags)));
  if (buffer === undefined) return place.slice(0, Math.min(length, capacity));
  fill(buffer, place, length);
  return length;
}

/**
 * Receives a datagram into `buffer`, and says how long it is and where it came from. `address` is undefined where the kernel
 * tells none: on connected streams, and for Unix sockets that have no name.
 */
export function recvfrom(
  fd: number,
  buffer: Uint8Array,
  flags?: number,
): { readonly length: number; readonly address: SocketAddress | undefined };
/** Receives a datagram of up to `length` bytes; the rest of a longer one is lost. */
export function recvfrom(
  fd: number,
  length: number,
  flags?: number,
): { readonly data: Uint8Array; readonly address: SocketAddress | undefined };
export function recvfrom(fd: number, wanted: Uint8Array | number, flags = 0): unknown {
  const { place, capacity, buffer } = destination(wanted);
  size.setUint32(0, storageLength, true);
  const length = succeeded(
    "recvfrom",
    calls.recvfrom(checkDescriptor(fd), place, capacity, checkFlags("flags", flags), storage, storageSize),
  );
  const address = size.getUint32(0, true) === 0 ? undefined : stored();
  if (buffer === undefined) return { data: place.slice(0, Math.min(length, capacity)), address };
  fill(buffer, place, length);
  return { length, address };
}

/** Whether calls on a descriptor wait or say `EAGAIN`. */
export function setNonblocking(fd: number, enabled = true): void {
  const own = checkDescriptor(fd);
  const flags = succeeded("fcntl", calls.fcntl(own, F_GETFL, 0));
  succeeded("fcntl", calls.fcntl(own, F_SETFL, enabled ? flags | O_NONBLOCK : flags & ~O_NONBLOCK));
}

/** A call's result; throws what it failed with. */
export function succeeded(syscall: string, result: number): number {
  if (result < 0) throw new LibcError(-result, syscall);
  return result;
}

/** What the call before put into `storage`. */
function stored(): SocketAddress {
  return decodeAddress(storage.subarray(0, Math.min(size.getUint32(0, true), storageLength)), here);
}

interface Destination {
  /** What the kernel fills. */
  readonly place: Uint8Array;
  readonly capacity: number;
  /** The caller's, if it gave one. */
  readonly buffer?: Uint8Array;
}

function destination(wanted: Uint8Array | number): Destination {
  if (typeof wanted === "number") {
    const capacity = checkLength("length", wanted);
    return { place: room(capacity), capacity };
  }
  const buffer = checkBytes("buffer", wanted);
  return { place: roomFor(buffer), capacity: buffer.byteLength, buffer };
}

/** What socket(2) is to be told, which takes flags on Linux only. */
function nativeType(type: number): number {
  return here.os === "linux" ? type | SOCK_CLOEXEC : type & ~(SOCK_CLOEXEC | SOCK_NONBLOCK);
}

/** Sets what a call could not be told. Nothing stays open if that fails. */
function withFlags(fd: number, flags: number): number {
  if (here.os === "linux") return fd;
  try {
    succeeded("fcntl", calls.fcntl(fd, F_SETFD, FD_CLOEXEC));
    if (flags & SOCK_NONBLOCK) setNonblocking(fd);
    return fd;
  } catch (error) {
    calls.close(fd);
    throw error;
  }
}
