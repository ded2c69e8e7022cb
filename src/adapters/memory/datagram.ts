/** A UDP socket of the memory network as a native datagram socket. */
import type { DatagramSink, Membership, NativeDatagram, SettableOption } from "../../core/adapter.ts";
import type { IpAddress } from "../../core/address.ts";
import type { SocketOptionValues } from "../../core/socket-options.ts";
import { NetworkFailure } from "./network/failure.ts";
import type { Packet, PacketSocket } from "./network/packet-socket.ts";
import { isInterface } from "./network/place.ts";
import { turn } from "./network/turn.ts";

export class MemoryDatagram implements NativeDatagram {
  readonly #socket: PacketSocket;
  readonly #sink: DatagramSink;
  #closed = false;

  constructor(socket: PacketSocket, sink: DatagramSink) {
    this.#socket = socket;
    this.#sink = sink;
    socket.wake.set(() => this.#receive());
  }

  get local(): IpAddress {
    return this.#socket.local;
  }

  /** Takes a turn, so that a program which only sends leaves the receivers theirs. */
  send(data: Uint8Array, to: IpAddress | undefined): Promise<void> {
    this.#socket.send(data, to);
    return turn();
  }

  async connect(remote: IpAddress): Promise<void> {
    this.#socket.connect(remote);
  }

  disconnect(): void {
    this.#socket.disconnect();
  }

  setMembership(change: "join" | "leave", membership: Membership): void {
    this.#socket[change](membership);
  }

  /** The network has one interface and no hops: the options that are about those make no difference to it. */
  setOption<Name extends SettableOption>(name: Name, value: SocketOptionValues[Name]): void {
    if (name === "broadcast") this.#socket.broadcast = value as boolean;
    if (name === "multicastLoopback") this.#socket.multicastLoopback = value as boolean;
    if (name === "multicastInterface" && !isInterface(value as string)) {
      throw new NetworkFailure("EADDRNOTAVAIL", "setOption");
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#socket.close();
  }

  ref(): void {}
  unref(): void {}

  #receive(): void {
    while (!this.#closed) {
      let packet: Packet | undefined;
      try {
        packet = this.#socket.receive();
      } catch (error) {
        this.#sink.fail(error);
        continue;
      }
      if (packet === undefined) return;
      this.#sink.message(packet.data, packet.from, false);
    }
  }
}
