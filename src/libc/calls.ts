/**
 * The C library's calls as every foreign function interface gives them: each returns its result, or the negative `errno`.
 *
 * Memory that a call gets is a view from its buffer's first byte on, made by `memory()`: its address does not change. It is
 * alive while the call runs; what the kernel or a structure points to beyond that must be kept referenced by the caller.
 */

/** Memory whose address does not change: never on the garbage collector's own heap. */
export function memory(length: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(new ArrayBuffer(length));
}

export interface Calls {
  socket(domain: number, type: number, protocol: number): number;
  /** `pair` gets two descriptors of four bytes each. */
  socketpair(domain: number, type: number, protocol: number, pair: Uint8Array): number;
  bind(fd: number, address: Uint8Array, length: number): number;
  listen(fd: number, backlog: number): number;
  accept(fd: number, address: Uint8Array, length: Uint8Array): number;
  connect(fd: number, address: Uint8Array, length: number): number;
  shutdown(fd: number, how: number): number;
  close(fd: number): number;
  getsockname(fd: number, address: Uint8Array, length: Uint8Array): number;
  getpeername(fd: number, address: Uint8Array, length: Uint8Array): number;
  getsockopt(fd: number, level: number, name: number, value: Uint8Array, length: Uint8Array): number;
  setsockopt(fd: number, level: number, name: number, value: Uint8Array, length: number): number;
  send(fd: number, bytes: Uint8Array, length: number, flags: number): number;
  recv(fd: number, bytes: Uint8Array, length: number, flags: number): number;
  sendto(fd: number, bytes: Uint8Array, length: number, flags: number, to: Uint8Array, toLength: number): number;
  recvfrom(
    fd: number,
    bytes: Uint8Array,
    length: number,
    flags: number,
    from: Uint8Array,
    fromLength: Uint8Array,
  ): number;
  sendmsg(fd: number, message: Uint8Array, flags: number): number;
  recvmsg(fd: number, message: Uint8Array, flags: number): number;
  /** `descriptors` holds `count` of `struct pollfd`; blocks the thread for up to `timeout` milliseconds. */
  poll(descriptors: Uint8Array, count: number, timeout: number): number;
  fcntl(fd: number, command: number, argument: number): number;
  if_nametoindex(name: Uint8Array): number;
  /** Linux only. */
  sendmmsg?(fd: number, messages: Uint8Array, count: number, flags: number): number;
  recvmmsg?(fd: number, messages: Uint8Array, count: number, flags: number): number;
  epoll_create1?(flags: number): number;
  epoll_ctl?(epoll: number, operation: number, fd: number, event: Uint8Array): number;
  epoll_wait?(epoll: number, events: Uint8Array, count: number, timeout: number): number;
  eventfd?(initial: number, flags: number): number;
}

/** One runtime's way to the C library. */
export interface Library {
  readonly calls: Calls;
  /** The address of `bytes`, for structures that point to memory; valid as long as `bytes` is referenced. */
  addressOf(bytes: Uint8Array): bigint;
  /** `poll()` that leaves the thread alone, where the runtime has that (Deno). */
  pollInBackground?(descriptors: Uint8Array, count: number, timeout: number): Promise<number>;
}
