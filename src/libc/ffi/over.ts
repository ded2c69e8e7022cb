/** The calls over a runtime's symbols: what each returns is told apart from a failure, whose `errno` is read at once. */
import type { Calls } from "../calls.ts";
import { type SymbolName, variadicOnStack } from "./symbols.ts";

/** A size or an address as a backend passes it. */
type Size = number | bigint;

type Value = number | bigint | Uint8Array | null;

export interface Native {
  readonly symbols: Readonly<Partial<Record<SymbolName, (...values: Value[]) => number>>>;
  /** The `errno` of the call before. */
  errno(): number;
  /** A `size_t`. */
  size(value: number): Size;
}

/** One function per call, so that the compiler checks each against its C prototype's order and an engine sees one callee at each place. */
export function callsOver({ symbols, errno, size }: Native): Calls {
  const c = symbols as Record<SymbolName, (...values: Value[]) => number>;
  /** -1 is a failure. Nothing may come between the call and this. */
  const checked = (result: number): number => (result === -1 ? -errno() : result);
  const calls: Calls = {
    accept: (fd, address, length) => checked(c.accept(fd, address, length)),
    bind: (fd, address, length) => checked(c.bind(fd, address, length)),
    close: (fd) => checked(c.close(fd)),
    connect: (fd, address, length) => checked(c.connect(fd, address, length)),
    dup2: (fd, copy) => checked(c.dup2(fd, copy)),
    fcntl: variadicOnStack()
      ? (fd, command, argument) => {
        const none = size(0);
        return checked(c.fcntl(fd, command, none, none, none, none, none, none, size(argument)));
      }
      : (fd, command, argument) => checked(c.fcntl(fd, command, size(argument))),
    freeaddrinfo: (list) => void c.freeaddrinfo(list),
    getaddrinfo: (node, service, hints, result) => c.getaddrinfo(node, service, hints, result),
    getdtablesize: () => c.getdtablesize(),
    getpeername: (fd, address, length) => checked(c.getpeername(fd, address, length)),
    getsockname: (fd, address, length) => checked(c.getsockname(fd, address, length)),
    getsockopt: (fd, level, name, value, length) => checked(c.getsockopt(fd, level, name, value, length)),
    if_indextoname: (index, name) => void c.if_indextoname(index, name),
    if_nametoindex: (name) => {
      const index = c.if_nametoindex(name);
      return index === 0 ? -errno() : index;
    },
    listen: (fd, backlog) => checked(c.listen(fd, backlog)),
    memcpy: (destination, source, length) => void c.memcpy(destination, source, size(length)),
    open: (path, flags) => checked(c.open(path, flags)),
    poll: (descriptors, count, timeout) => checked(c.poll(descriptors, size(count), timeout)),
    read: (fd, bytes, length) => checked(c.read(fd, bytes, size(length))),
    recv: (fd, bytes, length, flags) => checked(c.recv(fd, bytes, size(length), flags)),
    recvfrom: (fd, bytes, length, flags, from, fromLength) =>
      checked(c.recvfrom(fd, bytes, size(length), flags, from, fromLength)),
    recvmsg: (fd, message, flags) => checked(c.recvmsg(fd, message, flags)),
    send: (fd, bytes, length, flags) => checked(c.send(fd, bytes, size(length), flags)),
    sendmsg: (fd, message, flags) => checked(c.sendmsg(fd, message, flags)),
    sendto: (fd, bytes, length, flags, to, toLength) => checked(c.sendto(fd, bytes, size(length), flags, to, toLength)),
    setsockopt: (fd, level, name, value, length) => checked(c.setsockopt(fd, level, name, value, length)),
    shutdown: (fd, how) => checked(c.shutdown(fd, how)),
    socket: (domain, type, protocol) => checked(c.socket(domain, type, protocol)),
    socketpair: (domain, type, protocol, pair) => checked(c.socketpair(domain, type, protocol, pair)),
    strlen: (text) => c.strlen(text),
    write: (fd, bytes, length) => checked(c.write(fd, bytes, size(length))),
  };
  if (symbols.epoll_wait === undefined) {
    return {
      ...calls,
      kevent: (kqueue, changes, changeCount, events, eventCount, timeout) =>
        checked(c.kevent(kqueue, changes, changeCount, events, eventCount, timeout)),
      kqueue: () => checked(c.kqueue()),
    };
  }
  const none = size(0);
  return {
    ...calls,
    accept4: (fd, address, length, flags) => checked(c.accept4(fd, address, length, flags)),
    epoll_create1: (flags) => checked(c.epoll_create1(flags)),
    epoll_ctl: (epoll, operation, fd, event) => checked(c.epoll_ctl(epoll, operation, fd, event)),
    epoll_wait: (epoll, events, count, timeout) => checked(c.epoll_wait(epoll, events, count, timeout)),
    eventfd: (initial, flags) => checked(c.eventfd(initial, flags)),
    recvmmsg: (fd, messages, count, flags) => checked(c.recvmmsg(fd, messages, count, flags, none)),
    sendmmsg: (fd, messages, count, flags) => checked(c.sendmmsg(fd, messages, count, flags)),
  };
}
