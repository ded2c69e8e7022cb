/** The few members of `Bun` that this adapter uses, so that no package of types is needed. */

/** A connected socket. Its addresses are gone when it is closed. */
export interface NativeSocket<Data> {
  data: Data;
  /** Not in every version. */
  readonly fd?: number;
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
  setKeepAlive(enable: boolean, idle: number): boolean;
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
  readonly hostname?: string;
  readonly port?: number;
  readonly unix?: string;
  readonly ipv6Only?: boolean;
  readonly reusePort?: boolean;
  readonly allowHalfOpen: boolean;
  readonly socket: SocketHandlers<Data>;
}

export interface NativeServer {
  readonly port: number;
  stop(closeActiveConnections: boolean): void;
  ref(): void;
  unref(): void;
}

/** `Bun.listen`; throws what listen(2) and its kin say. */
export function bunListen<Data>(options: ListenOptions<Data>): NativeServer {
  const { Bun } = globalThis as unknown as { readonly Bun: { listen(options: ListenOptions<Data>): NativeServer } };
  return Bun.listen(options);
}
