/** The members of `Deno` that are used here. */

export interface DenoConn {
  read(into: Uint8Array): Promise<number | null>;
  write(bytes: Uint8Array): Promise<number>;
  setNoDelay(on: boolean): void;
  close(): void;
}

export interface DenoListener extends AsyncIterable<DenoConn> {
  readonly addr: { readonly port: number };
  accept(): Promise<DenoConn>;
}

export interface DenoAddress {
  readonly transport: "udp";
  readonly hostname: string;
  readonly port: number;
}

export interface DenoDatagrams extends AsyncIterable<[Uint8Array, DenoAddress]> {
  readonly addr: DenoAddress;
  receive(into?: Uint8Array): Promise<[Uint8Array, DenoAddress]>;
  send(bytes: Uint8Array, to: DenoAddress): Promise<number>;
}

export const deno = (globalThis as unknown as { Deno: DenoNamespace }).Deno;

interface DenoNamespace {
  listen(options: { hostname: string; port: number }): DenoListener;
  listenDatagram(options: { hostname: string; port: number; transport: "udp" }): DenoDatagrams;
}
