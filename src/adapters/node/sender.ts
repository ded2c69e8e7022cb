/** Addresses of senders, as `node:dgram` tells them with each datagram. Those of late are remembered: reading one costs a good part of a datagram. */
import { type IpAddress, ipAddress } from "../../core/address.ts";

/** How many are remembered. */
const limit = 1_024;

const hosts = new Map<string, Map<number, IpAddress>>();
let count = 0;

/** The same object for the same sender, which nobody can change. */
export function senderAddress(text: string, port: number): IpAddress {
  return hosts.get(text)?.get(port) ?? remember(text, port);
}

function remember(text: string, port: number): IpAddress {
  if (count++ === limit) {
    hosts.clear();
    count = 1;
  }
  const address = Object.freeze(ipAddress(text, port));
  const ports = hosts.get(text);
  if (ports === undefined) hosts.set(text, new Map([[port, address]]));
  else ports.set(port, address);
  return address;
}
