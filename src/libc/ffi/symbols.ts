/** What is asked of the C library: its name, its symbols, and what their arguments are. */
import process from "node:process";
import type { Calls } from "../calls.ts";
import { LibcError } from "../error.ts";

/** An `int`; an `unsigned int`; a `size_t`, or an address that is passed as a number; a pointer to a view's first byte. */
export type Argument = "int" | "unsigned" | "size" | "pointer";

/**
 * Every result but an address is declared an `int`. That holds for `ssize_t` too, since no call takes more than 0x7ffff000
 * bytes, and it keeps 64-bit numbers, which are a `BigInt` on some runtimes, out of every call.
 */
export interface Signature {
  readonly arguments: readonly Argument[];
  readonly result: "int" | "unsigned" | "pointer" | "void";
}

export type SymbolName = keyof Calls | "__errno_location" | "__error";

type Table = Readonly<Partial<Record<SymbolName, Signature>>>;

const named: Signature = taking("int", "pointer", "pointer");
const message: Signature = taking("int", "pointer", "int");
const exchange: Signature = taking("int", "pointer", "size");
const transfer: Signature = taking("int", "pointer", "size", "int");

const everywhere: Table = {
  accept: named,
  bind: taking("int", "pointer", "unsigned"),
  close: taking("int"),
  connect: taking("int", "pointer", "unsigned"),
  dup2: taking("int", "int"),
  fcntl: variadic("int", "int"),
  freeaddrinfo: { arguments: ["size"], result: "void" },
  getaddrinfo: taking("pointer", "pointer", "pointer", "pointer"),
  getdtablesize: taking(),
  getpeername: named,
  getsockname: named,
  getsockopt: taking("int", "int", "int", "pointer", "pointer"),
  if_indextoname: { arguments: ["unsigned", "pointer"], result: "void" },
  if_nametoindex: { arguments: ["pointer"], result: "unsigned" },
  listen: taking("int", "int"),
  memcpy: { arguments: ["pointer", "size", "size"], result: "void" },
  open: taking("pointer", "int"),
  // nfds_t is an unsigned int on macOS: the register holds a small number either way.
  poll: taking("pointer", "size", "int"),
  read: exchange,
  recv: transfer,
  recvfrom: taking("int", "pointer", "size", "int", "pointer", "pointer"),
  recvmsg: message,
  send: transfer,
  sendmsg: message,
  sendto: taking("int", "pointer", "size", "int", "pointer", "unsigned"),
  setsockopt: taking("int", "int", "int", "pointer", "unsigned"),
  shutdown: taking("int", "int"),
  socket: taking("int", "int", "int"),
  socketpair: taking("int", "int", "int", "pointer"),
  strlen: taking("size"),
  write: exchange,
};

const linux: Table = {
  __errno_location: { arguments: [], result: "pointer" },
  accept4: taking("int", "pointer", "pointer", "int"),
  epoll_create1: taking("int"),
  epoll_ctl: taking("int", "int", "int", "pointer"),
  epoll_wait: taking("int", "pointer", "int", "int"),
  eventfd: taking("unsigned", "int"),
  // Its flags are an int in glibc and an unsigned int in musl.
  recvmmsg: taking("int", "pointer", "unsigned", "int", "size"),
  sendmmsg: taking("int", "pointer", "unsigned", "int"),
};

const darwin: Table = {
  __error: { arguments: [], result: "pointer" },
  kevent: taking("int", "pointer", "int", "pointer", "int", "pointer"),
  kqueue: taking(),
};

/** The symbols of this system. */
export function signatures(): Table {
  return { ...everywhere, ...(os() === "linux" ? linux : darwin) };
}

/** The symbol whose call gives the address of this thread's `errno`. */
export function errnoSymbol(): "__errno_location" | "__error" {
  return os() === "linux" ? "__errno_location" : "__error";
}

/** Names of the C library: on Linux glibc's, then musl's. */
export function libraryNames(): readonly string[] {
  if (os() === "darwin") return ["libSystem.B.dylib"];
  const arch = { x64: "x86_64", arm64: "aarch64", loong64: "loongarch64" }[process.arch as string] ?? process.arch;
  return ["libc.so.6", `libc.musl-${arch}.so.1`];
}

/** Opens the first of `libraryNames()` that there is. */
export function openFirst<Opened>(open: (name: string) => Opened): Opened {
  const failures: unknown[] = [];
  for (const name of libraryNames()) {
    try {
      return open(name);
    } catch (error) {
      failures.push(error);
    }
  }
  const reasons = failures.map((error) => (error instanceof Error ? error.message : String(error)));
  const detail = [...new Set(reasons)].join("; ");
  throw new LibcError("ENOTSUP", "dlopen", { detail, cause: new AggregateError(failures) });
}

/** Structures and constants are known for these; elsewhere nothing of them may be used. */
export function os(): "linux" | "darwin" {
  const { arch, platform } = process;
  const known = platform === "linux"
    ? ["x64", "arm64", "riscv64", "loong64"].includes(arch)
    : platform === "darwin" && ["x64", "arm64"].includes(arch);
  if (!known) {
    throw new LibcError("ENOTSUP", "dlopen", {
      detail: `omnisock/libc does not know the C library of ${platform} on ${arch}`,
    });
  }
  return platform as "linux" | "darwin";
}

/**
 * Whether arguments beyond a variadic function's named ones go on the stack: Apple's convention on ARM. Eight arguments fill
 * the registers, and a ninth comes to lie where the callee looks for the first of them.
 */
export function variadicOnStack(): boolean {
  return process.platform === "darwin" && process.arch === "arm64";
}

function taking(...values: readonly Argument[]): Signature {
  return { arguments: values, result: "int" };
}

/** One argument more than the named ones, the size of a register. */
function variadic(...named: readonly Argument[]): Signature {
  const filler = variadicOnStack() ? new Array<Argument>(8 - named.length).fill("size") : [];
  return taking(...named, ...filler, "size");
}
