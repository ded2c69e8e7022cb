/** IP addresses as omnisock has them, and interfaces as `node:dgram` and Bun want them. */
import type { IpAddress } from "omnisock";

/** `host` may end in a zone: `fe80::1%eth0`. */
export function ipAddress(host: string, port: number): IpAddress {
  const [bare = "", scopeId] = host.split("%");
  return {
    family: bare.includes(":") ? "ipv6" : "ipv4",
    host: bare,
    port,
    ...(scopeId === undefined ? {} : { scopeId }),
  };
}

/** What a lookup found. */
export function resolved(host: string): Pick<IpAddress, "family" | "host"> {
  const { family, host: bare } = ipAddress(host, 0);
  return { family, host: bare };
}

/** The interface for the membership of a group: for IPv6 its name is the zone of an address. */
export function membershipInterface(group: string, by: string | undefined): string | undefined {
  return by === undefined || !group.includes(":") || by.includes(":") ? by : `::%${by}`;
}
