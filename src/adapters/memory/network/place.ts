/** Which addresses exist: a host with the one interface `lo` (index 1), which has 127.0.0.0/8 and ::1. */
import { type IpAddress, ipAddress, type IpFamily } from "../../../core/address.ts";
import { NetworkFailure } from "./failure.ts";

/** The address as the network knows it: an IPv4-mapped IPv6 address is the IPv4 address, and there are no zones. */
export function place({ host, port }: { readonly host: string; readonly port: number }): IpAddress {
  const { family, host: plain } = ipAddress(host, port);
  return { family, host: plain, port };
}

export function isWildcard(host: string): boolean {
  return host === "0.0.0.0" || host === "::";
}

export function isLocal(host: string): boolean {
  return host.startsWith("127.") ? !isBroadcast(host) : host === "::1";
}

export function isMulticast(host: string): boolean {
  return /^(?:22[4-9]|23\d)\.|^ff[0-9a-f]{2}:/.test(host);
}

export function isBroadcast(host: string): boolean {
  return host === "255.255.255.255" || host === "127.255.255.255";
}

/** IPv4: an address of the interface; IPv6: its name or index, or a literal with one of them as its zone. */
export function isInterface(text: string): boolean {
  const [address = "", zone] = text.split("%");
  if (zone !== undefined) return isInterface(zone);
  return text === "lo" || text === "1" || isLocal(address) || isWildcard(address);
}

export function loopback(family: IpFamily): string {
  return family === "ipv4" ? "127.0.0.1" : "::1";
}

/** Where a packet to a unicast address arrives: a wildcard means this host. There are no routes to others. */
export function destination(to: IpAddress, what: string): IpAddress {
  if (isWildcard(to.host)) return { ...to, host: loopback(to.family) };
  if (!isLocal(to.host)) throw new NetworkFailure("ENETUNREACH", what);
  return to;
}
