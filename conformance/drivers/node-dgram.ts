/** `node:dgram`, as its documentation says. */
import dgram from "node:dgram";
import { once } from "node:events";
import net from "node:net";

import type { Address, DatagramTarget } from "omnisock";

import type { DriverDatagram, DriverMessage, DriverOptions } from "./driver.js";
import { membershipInterface } from "./ip-address.js";
import { Mailbox } from "./mailbox.js";
import { address } from "./node-address.js";
import { listening } from "./node-listening.js";
import { canceled, unsupported } from "./refusals.js";

const noReceive = "dgram.Socket gives datagrams to a listener function: there is no receive() that could fail";

export async function openDatagram(
  { host, port, family, signal, reuseAddress, ...rest }: DriverOptions,
): Promise<DriverDatagram> {
  const { reusePort, ipv6Only, ...options } = rest;
  const socket = dgram.createSocket({
    type: family === "ipv6" || net.isIPv6(host ?? "") ? "udp6" : "udp4",
    ...(reuseAddress === undefined ? {} : { reuseAddr: reuseAddress }),
    ...(reusePort === undefined ? {} : { reusePort }),
    ...(ipv6Only === undefined ? {} : { ipv6Only }),
    ...(signal === undefined ? {} : { signal }),
  });
  const datagram = new Datagram(socket);
  socket.bind({ ...(host === undefined ? {} : { address: host }), ...(port === undefined ? {} : { port }) });
  try {
    await listening(socket);
  } catch (error) {
    // A socket that could not be bound stays open, unless its signal has closed it.
    if (signal?.aborted !== true) socket.close();
    throw error;
  }
  for (const [name, value] of Object.entries(options)) datagram.setOption(name, value);
  return datagram;
}

class Datagram implements DriverDatagram {
  readonly #socket: dgram.Socket;
  readonly #messages = new Mailbox<DriverMessage>();
  readonly closed: Promise<void>;

  constructor(socket: dgram.Socket) {
    this.#socket = socket;
    socket.on("message", (data, { address: host, port }) => {
      this.#messages.put({ data, from: address(host, port) });
    });
    socket.on("error", (error) => this.#messages.fail(error));
    socket.on("close", () => this.#end());
    this.closed = new Promise((resolve) => socket.on("close", resolve));
  }

  get address(): Address | undefined {
    const bound = this.#socket.address();
    return address(bound.address, bound.port);
  }

  get remoteAddress(): Address | undefined {
    try {
      const peer = this.#socket.remoteAddress();
      return address(peer.address, peer.port);
    } catch (error) {
      if ((error as { code?: string }).code === "ERR_SOCKET_DGRAM_NOT_CONNECTED") return undefined;
      throw error;
    }
  }

  send(data: Uint8Array, to?: DatagramTarget): Promise<void> {
    return new Promise((resolve, reject) => {
      const sent = (error: Error | null): void => error ? reject(error) : resolve();
      if (to === undefined) this.#socket.send(data, sent);
      else this.#socket.send(data, to.port, to.host, sent);
    });
  }

  receive(): Promise<DriverMessage> {
    return this.#messages.take();
  }

  async connect({ host, port }: DatagramTarget): Promise<void> {
    this.#socket.connect(port, host);
    await once(this.#socket, "connect");
  }

  async disconnect(): Promise<void> {
    this.#socket.disconnect();
  }

  join(group: string, { interface: by, source }: DriverOptions = {}): void {
    if (source === undefined) this.#socket.addMembership(group, membershipInterface(group, by));
    else this.#socket.addSourceSpecificMembership(source, group, membershipInterface(group, by));
  }

  leave(group: string, { interface: by, source }: DriverOptions = {}): void {
    if (source === undefined) this.#socket.dropMembership(group, membershipInterface(group, by));
    else this.#socket.dropSourceSpecificMembership(source, group, membershipInterface(group, by));
  }

  // deno-lint-ignore no-explicit-any
  setOption(name: string, value: any): void {
    if (name === "broadcast") this.#socket.setBroadcast(value);
    else if (name === "ttl") this.#socket.setTTL(value);
    else if (name === "multicastTtl") this.#socket.setMulticastTTL(value);
    else if (name === "multicastLoopback") this.#socket.setMulticastLoopback(value);
    else this.#socket.setMulticastInterface(value);
  }

  close(): Promise<void> {
    this.#end();
    this.#socket.close();
    return this.closed;
  }

  #end(): void {
    this.#messages.drop();
    this.#messages.end(canceled("the socket is closed"), unsupported(noReceive));
  }

  ref(): void {
    this.#socket.ref();
  }

  unref(): void {
    this.#socket.unref();
  }
}
