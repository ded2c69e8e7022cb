/** The few members of `Bun` that this adapter uses, so that no package of types is needed. */

/** A connected socket. Its addresses are gone when it is closed. */
export interface NativeSocket<Data> {
  data: Data;
  /** Not in every version. */
  readonly fd?: number | undefined;
  readonly localAddress: string | undefined;
  readonly localPort: number | undefined;
  readonly remoteAddress: string | undefined;
  readonly remotePort: number | undefined;
  /** Bytes that the kernel took; fewer than offered if it is full, and `drain` comes; negative if it refused. Nothing is queued. */
  write(bytes: Uint8Array, offset: number, length: number): number;
  pause(): void;
  resume(): void;
  /** shutdown(SHUT_WR). */
  shutdown(): void;
  /** close(2), without waiting for anything; `close` is called meanwhile. */
  close(): void;
  /** As `close()`, with RST. */
  terminate(): void;
  setNoDelay(noDelay: boolean): boolean;
  /** An `idle` that is not 0 changes the interval and the number of probes too. */
  setKeepAlive(enable: boolean, idle: number): boolean;
  /** A negative error number if the kernel refuses. Not before 1.4. */
  setTypeOfService?(value: number): number | undefined;
  ref(): void;
  unref(): void;
}

/** What `node:net` connects. */
export interface ReloadableSocket<Data> extends NativeSocket<Data> {
  reload(options: { readonly socket: SocketHandlers<Data> }): void;
}

export interface SocketHandlers<Data> {
  readonly binaryType: "uint8array";
  /** Before anything is read. */
  readonly open?: (socket: NativeSocket<Data>) => void;
  readonly connectError?: (socket: NativeSocket<Data>, error: Error) => void;
  readonly data: (socket: NativeSocket<Data>, bytes: Uint8Array) => void;
  readonly drain: (socket: NativeSocket<Data>) => void;
  /** The peer's FIN; not if our own FIN is sent already. */
  readonly end: (socket: NativeSocket<Data>) => void;
  /** The descriptor is released: by `close()`, by an error, or because both FINs have been seen. */
  readonly close: (socket: NativeSocket<Data>, error: Error | undefined) => void;
  /** A handler threw; errors of the socket come with `close`. */
  readonly error: (socket: NativeSocket<Data>, error: Error) => void;
}

export interface ListenOptions<Data> {
  /** Of a socket that is bound, in place of an address; it listens with a backlog of Bun's own. */
  readonly fd?: number;
  readonly hostname?: string;
  readonly port?: number;
  readonly unix?: string;
  readonly ipv6Only?: boolean;
  readonly reusePort?: boolean;
  readonly allowHalfOpen: boolean;
  readonly socket: SocketHandlers<Data>;
}

export interface ConnectOptions<Data> {
  /** Of a connected socket; `open` is called before the call returns. */
  readonly fd: number;
  readonly allowHalfOpen: boolean;
  readonly socket: SocketHandlers<Data>;
}

export interface NativeServer {
  /** Undefined if it was given a descriptor. */
  readonly port: number | undefined;
  /** Not in every version. */
  readonly fd?: number;
  stop(closeActiveConnections: boolean): void;
  ref(): void;
  unref(): void;
}

interface Native<Data> {
  connect(options: ConnectOptions<Data>): Promise<unknown>;
  listen(options: ListenOptions<Data>): NativeServer;
}

/** `Bun.connect`. */
export function bunConnect<Data>(options: ConnectOptions<Data>): Promise<unknown> {
  return (globalThis as unknown as { readonly Bun: Native<Data> }).Bun.connect(options);
}

/** `Bun.listen`; throws what listen(2) and its kin say. */
export function bunListen<Data>(options: ListenOptions<Data>): NativeServer {
  return (globalThis as unknown as { readonly Bun: Native<Data> }).Bun.listen(options);
}
