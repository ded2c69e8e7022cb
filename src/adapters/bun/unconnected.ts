/**
 * UDP sockets of Bun before 1.3.12, which closes a connected one, without a word, when a datagram was refused. So they are
 * never connected in the kernel: the peer is remembered here, and what others send is dropped.
 */
import type { BindRequest, DatagramSink, Membership, NativeDatagram, SettableOption } from "../../core/adapter.ts";
import { type IpAddress, ipAddress, sameEndpoint } from "../../core/address.ts";
import type { Descriptor } from "../../core/kernel.ts";
import type { SocketOptionValues } from "../../core/socket-options.ts";
import { bindDatagram } from "./datagram.ts";

/** As `bindDatagram`. */
export async function bindUnconnected(request: BindRequest, sink: DatagramSink): Promise<NativeDatagram> {
  const peer = new Peer();
  const native = await bindDatagram(request, {
    message: (data, from, truncated) => peer.accepts(from) && sink.message(data, from, truncated),
    fail: (error) => sink.fail(error),
  });
  return new UnconnectedDatagram(native, peer);
}

class Peer {
  /** As datagrams are sent to it. */
  target: IpAddress | undefined;

  accepts(from: IpAddress): boolean {
    return this.target === undefined || sameEndpoint(ipAddress(this.target.host, this.target.port), from);
  }
}

class UnconnectedDatagram implements NativeDatagram {
  readonly #native: NativeDatagram;
  readonly #peer: Peer;

  constructor(native: NativeDatagram, peer: Peer) {
    this.#native = native;
    this.#peer = peer;
  }

  get local(): IpAddress {
    return this.#native.local;
  }

  send(data: Uint8Array, to: IpAddress | undefined): void | Promise<void> {
    return this.#native.send(data, to ?? this.#peer.target);
  }

  async connect(remote: IpAddress): Promise<void> {
    this.#peer.target = remote;
  }

  disconnect(): void {
    this.#peer.target = undefined;
  }

  setMembership(change: "join" | "leave", membership: Membership): void {
    this.#native.setMembership(change, membership);
  }

  setOption<Name extends SettableOption>(name: Name, value: SocketOptionValues[Name]): void {
    this.#native.setOption(name, value);
  }

  descriptor(): Descriptor | undefined {
    return this.#native.descriptor?.();
  }

  close(): Promise<void> {
    return this.#native.close();
  }

  ref(): void {
    this.#native.ref();
  }

  unref(): void {
    this.#native.unref();
  }
}
