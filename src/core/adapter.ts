/**
 * The contract between core and a runtime.
 *
 * An adapter moves bytes and reports native failures. It keeps no policy: queues with marks, busy checks, cancellation,
 * half-close rules, timeouts, validation, error text and lifetime are core's. In return core promises: native writes never
 * overlap; nothing is called after `close()` or `reset()`; every address is a literal; every option is validated and
 * within what the adapter's `gaps` leave.
 *
 * Native errors travel as they are. `translate` names those whose own `code` does not say enough.
 */
import type { Address, IpAddress } from "./address.ts";
import type { Gaps } from "./capabilities.ts";
import type { Translation } from "./errors.ts";
import type { Descriptor } from "./kernel.ts";
import type { SocketOptionValues } from "./socket-options.ts";

export interface Adapter {
  /** What it runs on, for messages. */
  readonly runtime: string;
  readonly gaps: Gaps;
  /** Its sockets are not the kernel's, so that `omnisock/libc` can do nothing for them. */
  readonly simulated?: boolean;
  /** Bytes of a Unix socket path that bind(2) takes here, without the terminating NUL. */
  readonly maxPathLength: number;
  translate(error: unknown): Translation | undefined;
  /** Addresses of a name, as literals in the resolver's order; rejects if there are none. */
  lookup(name: string): Promise<readonly string[]>;
  /**
   * Connects to exactly one address. When the connection is up, `opened` is called once, before the promise resolves.
   * When `signal` aborts first, the attempt ends, its descriptor is released and the promise rejects, whatever with.
   */
  connect(request: ConnectRequest, opened: Opened): Promise<void>;
  /** Listens. Every connection that the kernel hands over goes to `sink.opened`, none is read before `resume()`. */
  listen(request: ListenRequest, sink: ListenerSink): Promise<NativeListener>;
  /** Binds a datagram socket. Datagrams go to `sink.message` as they come. */
  bind(request: BindRequest, sink: DatagramSink): Promise<NativeDatagram>;
  /** Socket options that the runtime's own calls set on open sockets, by transport; `setOption()` is asked for no others. */
  readonly options: {
    readonly tcp: readonly SettableOption[];
    readonly udp: readonly SettableOption[];
    /** Of these, what the call sets together with other options: `omnisock/libc`, once imported, sets it alone. */
    readonly imprecise?: readonly SettableOption[];
    /** What the runtime sets again by itself, each with the sentence that says so: not even libc can set it. */
    readonly overridden?: Readonly<Partial<Record<SettableOption, string>>>;
  };
  /** Throws if the runtime's permissions forbid to use this address, which libc would not ask. Absent where there are none. */
  permit?(address: Address): void;
  /** Takes over sockets that `omnisock/libc` made. Absent where the runtime can take over no descriptor. */
  readonly adopt?: Adoption;
}

/** Options that the kernel lets an open socket change. */
export type SettableOption = keyof SocketOptionValues;

/** The descriptor belongs to the adapter from the call on, also if the call fails. */
export interface Adoption {
  /** A connected stream; `opened` is called once. Nothing is read before `resume()`. */
  connection(fd: number, request: Pick<ConnectRequest, "remote">, opened: Opened): void;
  /** A socket that is bound and listens. The runtime may have listened anew: listen(2) sets the backlog again afterwards. */
  listener(fd: number, request: ListenRequest, sink: ListenerSink): Promise<NativeListener>;
}

export interface ConnectRequest {
  readonly remote: Address;
  readonly local: { readonly host: string | undefined; readonly port: number } | undefined;
  readonly signal: AbortSignal;
}

export interface ListenRequest {
  readonly local: Address;
  readonly backlog: number;
  readonly ipv6Only: boolean;
  readonly reusePort: boolean;
}

export interface BindRequest {
  readonly local: IpAddress;
  readonly ipv6Only: boolean;
  readonly reuseAddress: boolean;
  readonly reusePort: boolean;
}

/** Takes over a new connection and says where its bytes go. */
export type Opened = (stream: NativeStream) => StreamSink;

export interface StreamSink {
  /** Bytes in order, owned by core from here on. `false`: stop, until `resume()`; what comes nevertheless is still given. */
  data(bytes: Uint8Array): boolean;
  /** The peer's FIN, after all bytes. At most once, and never for a reset. */
  end(): void;
  /** The connection broke, after all bytes that had arrived. At most once; core answers with `close()`. */
  fail(error: unknown): void;
}

export interface NativeStream {
  /** The addresses are core's for good, which freezes them. */
  readonly local: Address;
  readonly remote: Address;
  /** Starts reading, or goes on after `data()` returned `false`. Nothing is read before the first call. */
  resume(): void;
  /**
   * Sends all of `bytes`, which stay unchanged until then and not after it. Returns at once if the kernel took them all,
   * else a promise.
   * A failure leaves the read side as it is, so that what had arrived can still be read.
   */
  write(bytes: Uint8Array): void | Promise<void>;
  /** Sends FIN. Resolves when the kernel has it, and what had arrived by then has been given to the sink. */
  shutdown(): Promise<void>;
  /** Releases the descriptor; resolves when it is released. */
  close(): Promise<void>;
  /** Sends RST and releases the descriptor; resolves when it is released. */
  reset(): Promise<void>;
  /** Sets one of the adapter's `options.tcp`. `keepAlive` comes before the times that belong to it. */
  setOption<Name extends SettableOption>(name: Name, value: SocketOptionValues[Name]): void;
  /** Its descriptor, if the runtime tells it and the socket is open. */
  descriptor?(): Descriptor | undefined;
  /** Whether the native handle by itself keeps the process alive; core keeps it alive by other means too. */
  ref(): void;
  unref(): void;
}

export interface ListenerSink {
  readonly opened: Opened;
  /** Accepting failed for one connection; the listener goes on. */
  fail(error: unknown): void;
}

export interface NativeListener {
  readonly local: Address;
  /** Leaves further connections in the kernel's queue, until `resume()`. Absent exactly if `tcp.boundedAccept` is a gap. */
  pause?(): void;
  resume?(): void;
  /** Its descriptor, if the runtime tells it and the socket is open. */
  descriptor?(): Descriptor | undefined;
  /** Stops listening, releases the descriptor and leaves accepted connections alone. */
  close(): Promise<void>;
  ref(): void;
  unref(): void;
}

export interface DatagramSink<A extends Address = IpAddress> {
  /** One datagram, owned by core from here on. */
  message(data: Uint8Array, from: A, truncated: boolean): void;
  /** An error that belongs to no call, for instance ECONNREFUSED of a connected socket. */
  fail(error: unknown): void;
}

export interface NativeDatagram<A extends Address = IpAddress> {
  readonly local: A;
  /** Sends one datagram, to the connected peer if there is no `to`. */
  send(data: Uint8Array, to: A | undefined): void | Promise<void>;
  connect(remote: A): Promise<void>;
  disconnect(): void;
  setMembership(change: "join" | "leave", membership: Membership): void;
  /** Sets one of the adapter's `options.udp`. */
  setOption<Name extends SettableOption>(name: Name, value: SocketOptionValues[Name]): void;
  /** Its descriptor, if the runtime tells it and the socket is open. */
  descriptor?(): Descriptor | undefined;
  close(): Promise<void>;
  ref(): void;
  unref(): void;
}

export interface Membership {
  readonly group: string;
  /** IPv4: an address of the interface; IPv6: its name or index. */
  readonly interface: string | undefined;
  /** Source-specific if given. */
  readonly source: string | undefined;
}
