/**
 * What a library that is not omnisock must offer for the suite to test it.
 *
 * A driver is a module whose default export is a `Driver`. It is thin: it calls the library as the library's documentation
 * says, and passes on bytes and errors as they come. Only `connect` is needed; what is left out gives the verdict
 * `unsupported`. So does a call that rejects with `code: "ENOTSUP"`: its message says why the library has no such thing.
 */
import type { Address, DatagramTarget, Feature, ShutdownHow } from "omnisock";

export interface Driver {
  /** The options that each call understands; one that is not listed here is never passed on. */
  readonly accepts: Accepts;
  /** What the library lacks and no missing member tells, a sentence for each: cases that need the feature are not run. */
  readonly gaps?: Readonly<Partial<Record<Feature, string>>>;
  /** Opens a TCP connection (`host`, `port`) or, if it accepts `path`, a Unix-domain one. */
  connect(options: DriverOptions): Promise<DriverStream>;
  listen?(options: DriverOptions): Promise<DriverListener>;
  /** Opens a UDP socket. */
  bind?(options: DriverOptions): Promise<DriverDatagram>;
  /** Addresses of a name, in the resolver's order. */
  lookup?(host: string, options: DriverOptions): Promise<readonly { readonly family: string; readonly host: string }[]>;
}

/** Options by the names that omnisock's `connect`, `listen` and `bind` give them; only those that the driver accepts. */
// deno-lint-ignore no-explicit-any
export type DriverOptions = Readonly<Record<string, any>>;

/** Names of options, by call. A member of an option is written with a dot: `keepAlive.idle`. */
export interface Accepts {
  readonly connect: readonly string[];
  readonly listen?: readonly string[];
  readonly bind?: readonly string[];
  readonly lookup?: readonly string[];
  /** Options of a stream's calls, for instance `{ read: ["signal"] }`; of `setOption`, the names that it can set. */
  readonly stream?: CallOptions<"read" | "readInto" | "write" | "shutdown" | "close" | "setOption">;
  readonly listener?: CallOptions<"accept" | "close">;
  readonly datagram?: CallOptions<"send" | "receive" | "connect" | "join" | "leave" | "setOption">;
}

type CallOptions<Call extends string> = Readonly<Partial<Record<Call, readonly string[]>>>;

/** A connection. Errors carry the POSIX name as `code`. */
export interface DriverStream {
  /** As the library tells it, which may be not at all. */
  readonly localAddress: Address | undefined;
  readonly remoteAddress: Address | undefined;
  /** The next bytes, however many there are; `null` at the end of the stream. */
  read(options?: DriverOptions): Promise<Uint8Array | null>;
  /** Resolves when the library is ready for more; strings have been encoded. */
  write(data: Uint8Array, options?: DriverOptions): Promise<void>;
  /** Ends the connection in the ordinary way. */
  close(options?: DriverOptions): Promise<void>;
  /** Bytes put into `buffer`; `null` at the end of the stream. */
  readInto?(buffer: Uint8Array, options?: DriverOptions): Promise<number | null>;
  /** Half-close. */
  shutdown?(how: ShutdownHow, options?: DriverOptions): Promise<void>;
  /** Aborts the connection with RST. */
  reset?(): Promise<void>;
  /** Settles when the connection is over; rejects if it broke. */
  readonly closed?: Promise<void>;
  setOption?(name: string, value: unknown): void;
  readonly bytesRead?: number;
  readonly bytesWritten?: number;
  readonly readable?: ReadableStream<Uint8Array>;
  readonly writable?: WritableStream<Uint8Array>;
  ref?(): void;
  unref?(): void;
}

export interface DriverListener {
  readonly address: Address | undefined;
  accept(options?: DriverOptions): Promise<DriverStream>;
  close(options?: DriverOptions): Promise<void>;
  readonly closed?: Promise<void>;
  ref?(): void;
  unref?(): void;
}

export interface DriverDatagram {
  readonly address: Address | undefined;
  /** `to` is absent on a connected socket. */
  send(data: Uint8Array, to?: DatagramTarget, options?: DriverOptions): Promise<void>;
  receive(options?: DriverOptions): Promise<DriverMessage>;
  close(): Promise<void>;
  readonly remoteAddress?: Address | undefined;
  /** connect(2): from here on only this peer. */
  connect?(to: DatagramTarget, options?: DriverOptions): Promise<void>;
  disconnect?(): Promise<void>;
  join?(group: string, options?: DriverOptions): void;
  leave?(group: string, options?: DriverOptions): void;
  readonly closed?: Promise<void>;
  setOption?(name: string, value: unknown): void;
  ref?(): void;
  unref?(): void;
}

export interface DriverMessage {
  readonly data: Uint8Array;
  readonly from: Address | undefined;
  /** Whether the datagram was longer than `data`, if the library tells. */
  readonly truncated?: boolean;
}
