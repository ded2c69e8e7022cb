/** The members of `Deno` that the driver uses, as the documentation has them. */

export interface Addr {
  readonly transport: string;
  readonly hostname?: string;
  readonly port?: number;
  readonly path?: string | null;
}

export interface Conn {
  readonly localAddr: Addr;
  readonly remoteAddr: Addr;
  readonly readable: ReadableStream<Uint8Array>;
  readonly writable: WritableStream<Uint8Array>;
  read(buffer: Uint8Array): Promise<number | null>;
  write(data: Uint8Array): Promise<number>;
  closeWrite(): Promise<void>;
  close(): void;
  setNoDelay(on?: boolean): void;
  setKeepAlive(on?: boolean): void;
  ref(): void;
  unref(): void;
}

export interface Acceptor {
  readonly addr: Addr;
  accept(): Promise<Conn>;
  close(): void;
  ref(): void;
  unref(): void;
}

export interface DatagramConn {
  readonly addr: Addr;
  send(data: Uint8Array, to: object): Promise<number>;
  receive(buffer?: Uint8Array): Promise<[Uint8Array, Addr]>;
  close(): void;
}

interface Runtime {
  connect(options: object): Promise<Conn>;
  listen(options: object): Acceptor;
  listenDatagram(options: object): DatagramConn;
}

export const { Deno } = globalThis as unknown as { readonly Deno: Runtime };
