/** Addresses as Node tells them. */
import type { Address } from "omnisock";

/** Undefined for Unix sockets and for what is closed: Node does not tell. */
export function address(host?: string, family?: string, port?: number): Address | undefined {
  if (host === undefined || port === undefined) return undefined;
  return { family: family === "IPv6" ? "ipv6" : "ipv4", host, port };
}
