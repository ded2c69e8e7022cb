/** `Bun.udpSocket`, as its documentation says. */
import type { Address, DatagramTarget } from "omnisock";

import { address, place } from "./bun-address.js";
import { Bun, type UdpSocket } from "./bun-api.js";
import type { DriverDatagram, DriverMessage, DriverOptions } from "./driver.js";
import { membershipInterface } from "./ip-address.js";
import { Mailbox } from "./mailbox.js";
import { canceled, unsupported } from "./refusals.js";

const noReceive = "Bun.udpSocket gives datagrams to a handler: there is no receive() that could fail";

export async function openDatagram({ host, port, ...options }: DriverOptions): Promise<DriverDatagram> {
  const datagram = new Datagram();
  datagram.socket = await Bun.udpSocket({
    ...place(host, port),
    binaryType: "uint8array",
    socket: {
      data: (_socket: UdpSocket, data: Uint8Array, port: number, host: string, flags: { truncated: boolean }) =>
        datagram.messages.put({ data, from: address(host, port), truncated: flags.truncated }),
      drain: () => datagram.drained(),
      error: (...given: unknown[]) => datagram.messages.fail(given.at(-1)),
    },
  });
  for (const [name, value] of Object.entries(options)) datagram.setOption(name, value);
  return datagram;
}

class Datagram implements DriverDatagram {
  socket!: UdpSocket;
  readonly messages = new Mailbox<DriverMessage>();
  readonly #waiting: (() => void)[] = [];

  get address(): Address | undefined {
    return address(this.socket.address.address, this.socket.address.port);
  }

  async send(data: Uint8Array, to?: DatagramTarget): Promise<void> {
    if (to === undefined) throw unsupported("Bun.udpSocket is connected when it is made or never");
    while (!this.socket.send(data, to.port, to.host)) {
      await new Promise<void>((resolve) => void this.#waiting.push(resolve));
    }
  }

  drained(): void {
    for (const resume of this.#waiting.splice(0)) resume();
  }

  receive(): Promise<DriverMessage> {
    return this.messages.take();
  }

  join(group: string, { interface: by, source }: DriverOptions = {}): void {
    if (source === undefined) this.socket.addMembership(group, membershipInterface(group, by));
    else this.socket.addSourceSpecificMembership(source, group, membershipInterface(group, by));
  }

  leave(group: string, { interface: by, source }: DriverOptions = {}): void {
    if (source === undefined) this.socket.dropMembership(group, membershipInterface(group, by));
    else this.socket.dropSourceSpecificMembership(source, group, membershipInterface(group, by));
  }

  // deno-lint-ignore no-explicit-any
  setOption(name: string, value: any): void {
    if (name === "broadcast") this.socket.setBroadcast(value);
    else if (name === "ttl") this.socket.setTTL(value);
    else if (name === "multicastTtl") this.socket.setMulticastTTL(value);
    else if (name === "multicastLoopback") this.socket.setMulticastLoopback(value);
    else this.socket.setMulticastInterface(value);
  }

  async close(): Promise<void> {
    this.socket.close();
    this.messages.drop();
    this.messages.end(canceled("the socket is closed"), unsupported(noReceive));
  }

  ref(): void {
    this.socket.ref();
  }

  unref(): void {
    this.socket.unref();
  }
}
