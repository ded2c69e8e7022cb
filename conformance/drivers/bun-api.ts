/** The members of `Bun` that the driver uses, as the documentation has them. */

export interface Socket<Data> {
  data: Data;
  readonly localAddress: string | undefined;
  readonly localPort: number | undefined;
  readonly remoteAddress: string | undefined;
  readonly remotePort: number | undefined;
  write(data: Uint8Array): number;
  end(): void;
  shutdown(read?: boolean): void;
  terminate(): void;
  pause(): void;
  resume(): void;
  setNoDelay(on: boolean): boolean;
  setKeepAlive(on: boolean, idle?: number): boolean;
  ref(): void;
  unref(): void;
}

export interface Server {
  readonly hostname?: string;
  readonly port?: number;
  readonly unix?: string;
  stop(closeConnections?: boolean): void;
  ref(): void;
  unref(): void;
}

export interface UdpSocket {
  readonly address: { readonly address: string; readonly port: number };
  send(data: Uint8Array, port: number, host: string): boolean;
  addMembership(group: string, by?: string): boolean;
  dropMembership(group: string, by?: string): boolean;
  addSourceSpecificMembership(source: string, group: string, by?: string): boolean;
  dropSourceSpecificMembership(source: string, group: string, by?: string): boolean;
  setBroadcast(on: boolean): boolean;
  setTTL(ttl: number): number;
  setMulticastTTL(ttl: number): number;
  setMulticastLoopback(on: boolean): boolean;
  setMulticastInterface(address: string): boolean;
  close(): void;
  ref(): void;
  unref(): void;
}

interface Runtime {
  connect(options: object): Promise<Socket<unknown>>;
  listen(options: object): Server;
  udpSocket(options: object): Promise<UdpSocket>;
  dns: { lookup(name: string, options?: object): Promise<{ address: string; family: 4 | 6 }[]> };
}

export const { Bun } = globalThis as unknown as { readonly Bun: Runtime };
