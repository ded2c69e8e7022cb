/**
 * The C library's calls as every foreign function interface gives them: each returns its result, or the negative `errno`.
 *
 * Memory that a call gets is a view from its buffer's first byte on, made by `memory()`: its address does not change. It has
 * at least a byte, also where its length is told to be none. It is alive while the call runs; what the kernel or a structure
 * points to beyond that must be kept referenced by the caller.
 *
 * Nothing is checked here. A number is an integer within its C type, and a length is within its view.
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
  /** Makes `copy` another name of `fd`, in place of what it was. It is inherited by programs that are started. */
  dup2(fd: number, copy: number): number;
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
  /** No flag may be one that needs a mode. */
  open(path: Uint8Array, flags: number): number;
  read(fd: number, bytes: Uint8Array, length: number): number;
  write(fd: number, bytes: Uint8Array, length: number): number;
  /** How many descriptors a process may have. */
  getdtablesize(): number;
  if_nametoindex(name: Uint8Array): number;
  /** Writes nothing into `name` if there is no such interface. */
  if_indextoname(index: number, name: Uint8Array): void;
  /** Returns what getaddrinfo(3) does: 0, or a number of its own. `result` gets the address of the list. Blocks the thread. */
  getaddrinfo(
    node: Uint8Array | null,
    service: Uint8Array | null,
    hints: Uint8Array,
    result: Uint8Array,
  ): number;
  freeaddrinfo(list: bigint): void;
  /** The length of the text at an address that the C library gave. */
  strlen(text: bigint): number;
  /** Reads memory that the C library gave: `source` is an address. */
  memcpy(destination: Uint8Array, source: bigint, length: number): void;
  /** Linux only, as are the next. */
  accept4?(fd: number, address: Uint8Array, length: Uint8Array, flags: number): number;
  sendmmsg?(fd: number, messages: Uint8Array, count: number, flags: number): number;
  recvmmsg?(fd: number, messages: Uint8Array, count: number, flags: number): number;
  epoll_create1?(flags: number): number;
  epoll_ctl?(epoll: number, operation: number, fd: number, event: Uint8Array): number;
  epoll_wait?(epoll: number, events: Uint8Array, count: number, timeout: number): number;
  eventfd?(initial: number, flags: number): number;
  /** macOS only, as is the next. */
  kqueue?(): number;
  kevent?(
    kqueue: number,
    changes: Uint8Array,
    changeCount: number,
    events: Uint8Array,
    eventCount: number,
    timeout: Uint8Array,
  ): number;
}

/** One runtime's way to the C library. */
export interface Library {
  /** The foreign function interface that it goes through. */
  readonly name: string;
  readonly calls: Calls;
  /** The `errno` of the call before; each of `calls` tells its own, but for getaddrinfo(3). */
  errno(): number;
  /** The address of `bytes`, for structures that point to memory; valid as long as `bytes` is referenced. */
  addressOf(bytes: Uint8Array): bigint;
  /**
   * Has `look` called by the event loop while `selector`, a descriptor of epoll or kqueue, can be read, until the watch ends.
   * `look` says whether it found something. By itself a watch does not keep the process alive, unless it is told to hold it.
   */
  watch(selector: number, look: () => boolean): Watch;
}

export interface Watch {
  /** Whether the process stays alive for it. */
  hold(held: boolean): void;
  /** `selector` may be closed when it has ended: at once, or when the promise resolves. */
  end(): void | Promise<void>;
}
