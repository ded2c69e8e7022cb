/**
 * The C library's socket calls on Linux, through `bun:ffi`: each returns its result or the negative `errno`.
 *
 * A view that is passed to a call must be on memory of its own (`memory()`), and is alive for as long as the call runs.
 */

type Bytes = Uint8Array | Int32Array;

/** The little of `bun:ffi` that is used here; the compiler has only Node's types. */
interface Ffi {
  dlopen(name: string, symbols: Record<string, { args: readonly string[]; returns: string }>): {
    symbols: Record<string, (...values: (number | Bytes)[]) => number>;
  };
  read: { i32(pointer: number, offset: number): number };
}

const specifier: string = "bun:ffi";
const ffi = (await import(specifier)) as Ffi;

const int = "i32";
const size = "usize";
const pointer = "ptr";
const long = "i64_fast";

const symbols = {
  __errno_location: { args: [], returns: pointer },
  accept4: { args: [int, pointer, pointer, int], returns: int },
  bind: { args: [int, pointer, int], returns: int },
  close: { args: [int], returns: int },
  connect: { args: [int, pointer, int], returns: int },
  fcntl: { args: [int, int, long], returns: int },
  getpeername: { args: [int, pointer, pointer], returns: int },
  getsockname: { args: [int, pointer, pointer], returns: int },
  getsockopt: { args: [int, int, int, pointer, pointer], returns: int },
  inet_ntop: { args: [int, pointer, pointer, int], returns: pointer },
  inet_pton: { args: [int, pointer, pointer], returns: int },
  ioctl: { args: [int, long, pointer], returns: int },
  listen: { args: [int, int], returns: int },
  poll: { args: [pointer, size, int], returns: int },
  read: { args: [int, pointer, size], returns: long },
  recv: { args: [int, pointer, size, int], returns: long },
  recvfrom: { args: [int, pointer, size, int, pointer, pointer], returns: long },
  send: { args: [int, pointer, size, int], returns: long },
  sendto: { args: [int, pointer, size, int, pointer, int], returns: long },
  setsockopt: { args: [int, int, int, pointer, int], returns: int },
  shutdown: { args: [int, int], returns: int },
  socket: { args: [int, int, int], returns: int },
  syscall: { args: [long, long, long, long, long, long, long], returns: long },
  write: { args: [int, pointer, size], returns: long },
} as const;

const library = open();
const errno = native("__errno_location")();

/** glibc's name first, then musl's. */
function open(): ReturnType<Ffi["dlopen"]>["symbols"] {
  const names = ["libc.so.6", `libc.musl-${process.arch === "arm64" ? "aarch64" : "x86_64"}.so.1`];
  let failure: unknown;
  for (const name of names) {
    try {
      return ffi.dlopen(name, symbols).symbols;
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}

function native(name: keyof typeof symbols): (...values: (number | Bytes)[]) => number {
  const call = library[name];
  if (!call) throw new Error(`libc has no ${name}`);
  return call;
}

/** Makes -1 the negative errno; nothing may come between the call and this. */
function checked(name: keyof typeof symbols): (...values: (number | Bytes)[]) => number {
  const call = native(name);
  return (...values) => {
    const result = call(...values);
    return result === -1 ? -ffi.read.i32(errno, 0) : result;
  };
}

export const libc: {
  accept4(descriptor: number, address: Bytes, length: Bytes, flags: number): number;
  bind(descriptor: number, address: Bytes, length: number): number;
  close(descriptor: number): number;
  connect(descriptor: number, address: Bytes, length: number): number;
  fcntl(descriptor: number, command: number, argument: number): number;
  getpeername(descriptor: number, address: Bytes, length: Bytes): number;
  getsockname(descriptor: number, address: Bytes, length: Bytes): number;
  getsockopt(descriptor: number, level: number, name: number, value: Bytes, length: Bytes): number;
  inet_ntop(family: number, address: Bytes, text: Bytes, length: number): number;
  inet_pton(family: number, text: Bytes, address: Bytes): number;
  ioctl(descriptor: number, request: number, argument: Bytes): number;
  listen(descriptor: number, backlog: number): number;
  poll(descriptors: Bytes, count: number, milliseconds: number): number;
  read(descriptor: number, bytes: Bytes, length: number): number;
  recv(descriptor: number, bytes: Bytes, length: number, flags: number): number;
  recvfrom(descriptor: number, bytes: Bytes, length: number, flags: number, from: Bytes, fromLength: Bytes): number;
  send(descriptor: number, bytes: Bytes, length: number, flags: number): number;
  sendto(descriptor: number, bytes: Bytes, length: number, flags: number, to: Bytes, toLength: number): number;
  setsockopt(descriptor: number, level: number, name: number, value: Bytes, length: number): number;
  shutdown(descriptor: number, how: number): number;
  socket(family: number, type: number, protocol: number): number;
  syscall(number: number, a: number, b: number, c: number, d: number, e: number, f: number): number;
  write(descriptor: number, bytes: Bytes, length: number): number;
} = {
  accept4: checked("accept4"),
  bind: checked("bind"),
  close: checked("close"),
  connect: checked("connect"),
  fcntl: checked("fcntl"),
  getpeername: checked("getpeername"),
  getsockname: checked("getsockname"),
  getsockopt: checked("getsockopt"),
  inet_ntop: native("inet_ntop"),
  inet_pton: native("inet_pton"),
  ioctl: checked("ioctl"),
  listen: checked("listen"),
  poll: checked("poll"),
  read: checked("read"),
  recv: checked("recv"),
  recvfrom: checked("recvfrom"),
  send: checked("send"),
  sendto: checked("sendto"),
  setsockopt: checked("setsockopt"),
  shutdown: checked("shutdown"),
  socket: checked("socket"),
  syscall: checked("syscall"),
  write: checked("write"),
};

/** Bytes whose address does not change. */
export function memory(length: number): Uint8Array {
  return new Uint8Array(new ArrayBuffer(length));
}
