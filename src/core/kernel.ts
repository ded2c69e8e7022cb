/**
 * The contract between core and `omnisock/libc`: system calls that no runtime's socket API has.
 *
 * Core never imports libc, so that a program which does not ask for it loads no foreign function interface. Importing
 * `omnisock/libc` installs one here; from then on core fills with it what adapters lack. It moves bytes and reports native
 * failures, as an adapter does, and keeps no policy. A failure of a system call has the name of its `errno` as `code`.
 */
import type { Adapter, DatagramSink, NativeDatagram } from "./adapter.ts";
import type { Address } from "./address.ts";
import type { Gaps } from "./capabilities.ts";

export interface Kernel {
  /** Whose constants hold. */
  readonly os: "linux" | "darwin";
  /** What this system lacks even so, for instance `unix.abstract`. */
  readonly gaps: Gaps;
  /** The POSIX name of an `errno`, for instance of what SO_ERROR tells. */
  errorName(errno: number): string;
  /** if_nametoindex(3), which also takes an index as text; `ENODEV` if there is no such interface. */
  interfaceIndex(name: string): number;
  /** if_indextoname(3), or the index as text if there is none by it. */
  interfaceName(index: number): string;
  /**
   * getsockopt(2) on the descriptor of `socket`, at most `length` bytes. Fails with `ENOTSUP` if the descriptor cannot be
   * told for certain, with `EBADF` if there is none any more.
   */
  getOption(socket: SocketIdentity, option: NativeOption, length: number): Uint8Array;
  /** setsockopt(2), with the same certainty. */
  setOption(socket: SocketIdentity, option: NativeOption, value: Uint8Array): void;
  /**
   * socket(2), the options in their order, and bind(2) if there is a `local` address: a stream socket that does not block and
   * is not inherited, for an adapter to adopt. Nothing stays open when a call fails.
   */
  open(request: OpenRequest): number;
  /**
   * connect(2), resolved when the connection is up. When it fails, or when `signal` aborts first, the descriptor is closed
   * and the promise rejects.
   */
  connect(fd: number, remote: Address, signal: AbortSignal): Promise<void>;
  /** listen(2), also on a socket that listens already, whose backlog it changes. */
  listen(fd: number, backlog: number): void;
  /** What getsockname(2) tells. */
  localAddress(fd: number): Address;
  close(fd: number): void;
  /** How to remove the file of a Unix socket that has just been bound, unless another came in its place. */
  socketFile(local: Address): () => void;
  /** A datagram socket that is libc's alone, read and written by its own calls: UDP or Unix. */
  bindDatagram(request: DatagramRequest, sink: DatagramSink<Address>): Promise<NativeDatagram<Address>>;
}

/** What is known of a socket whose descriptor is wanted. */
export interface SocketIdentity {
  readonly type: "stream" | "dgram";
  readonly local: Address;
  /** Absent for a listener and an unconnected datagram socket. */
  readonly remote: Address | undefined;
  /** What the adapter knows of its descriptor; it is held against the rest before it is used. */
  readonly descriptor: Descriptor | undefined;
}

/** A descriptor as an adapter gives it. */
export interface Descriptor {
  readonly fd: number;
  /** A copy made for this call, which whoever asked closes. */
  readonly copy: boolean;
}

/** A socket option by the kernel's numbers. */
export interface NativeOption {
  readonly level: number;
  readonly name: number;
}

export interface OptionValue extends NativeOption {
  readonly value: Uint8Array;
}

export interface OpenRequest {
  readonly family: Address["family"];
  /** Set before bind(2). */
  readonly options: readonly OptionValue[];
  readonly local: Address | undefined;
}

export interface DatagramRequest {
  /** A path of `""` binds a Unix socket to nothing: it can send, and be answered by nobody. */
  readonly local: Address;
  /** Set before bind(2). */
  readonly options: readonly OptionValue[];
}

let installed: Kernel | undefined;

/** What `omnisock/libc` calls when it is imported. */
export function installKernel(kernel: Kernel): void {
  installed = kernel;
}

/** Undefined until a program imports `omnisock/libc`, and for an adapter whose sockets are not the kernel's. */
export function kernelOf({ simulated = false }: Pick<Adapter, "simulated">): Kernel | undefined {
  return simulated ? undefined : installed;
}
