/** Programs that wait for calls: omnisock's, or those of the least that gives promises, by hand. */
import { creditInterval, datagramRing, decodeUint32, encodeUint32, greeting } from "./content.ts";

export interface Stream {
  read(): Promise<Uint8Array | null>;
  write(bytes: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

export async function echo(stream: Stream): Promise<void> {
  for (let bytes: Uint8Array | null; (bytes = await stream.read()) !== null;) await stream.write(bytes);
  await stream.close();
}

/** A short connection. */
export async function greet(stream: Stream): Promise<void> {
  void stream.write(greeting);
  await stream.close();
}

export interface Datagrams<From> {
  receive(): Promise<{ readonly data: Uint8Array; readonly from: From }>;
  send(data: Uint8Array, to: From): Promise<void>;
}

/** Does not wait for each send, as the native programs do not. */
async function reflect<From>(socket: Datagrams<From>): Promise<void> {
  for (;;) {
    const { data, from } = await socket.receive();
    void socket.send(data, from);
  }
}

async function receive<From>(socket: Datagrams<From>): Promise<void> {
  for (let received = 1;; received++) {
    const { from } = await socket.receive();
    if (received % creditInterval !== 0) continue;
    const credit = new Uint8Array(4);
    encodeUint32(credit, received);
    void socket.send(credit, from);
  }
}

async function send<From>(socket: Datagrams<From>, size: number): Promise<void> {
  const ring = datagramRing(size);
  let sequence = 0;
  for (;;) {
    const { data, from } = await socket.receive();
    let last: Promise<void> | undefined;
    for (let credit = decodeUint32(data); credit > 0; credit--) {
      const bytes = ring[sequence % ring.length] as Uint8Array;
      encodeUint32(bytes, sequence++);
      last = socket.send(bytes, from);
    }
    await last;
  }
}

/** The tasks of UDP; `open` gives a port, and its socket to the program. */
export function datagramTasks<From>(
  open: (serve: (socket: Datagrams<From>) => Promise<void>) => Promise<number>,
): Readonly<Record<string, (size: number) => Promise<number>>> {
  return {
    "udp-echo": () => open(reflect),
    "udp-receive": () => open(receive),
    "udp-send": (size) => open((socket) => send(socket, size)),
  };
}

/** The least that turns events into calls, one of which waits at a time. */
export class Box<Item> {
  #items: Item[] | undefined;
  #taker: ((item: Item) => void) | undefined;

  put(item: Item): void {
    const taker = this.#taker;
    this.#taker = undefined;
    if (taker === undefined) (this.#items ??= []).push(item);
    else taker(item);
  }

  take(): Promise<Item> {
    const item = this.#items?.shift();
    return item === undefined
      ? new Promise((resolve) => {
        this.#taker = resolve;
      })
      : Promise.resolve(item);
  }
}
