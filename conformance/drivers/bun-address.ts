/** Addresses as Bun takes and tells them. */
import type { Address } from "omnisock";

export function place(host: string | undefined, port: number | undefined, path?: string): object {
  if (path !== undefined) return { unix: path };
  return { ...(host === undefined ? {} : { hostname: host }), ...(port === undefined ? {} : { port }) };
}

/** Undefined for Unix connections and for what is closed: Bun does not tell. */
export function address(host: string | undefined, port: number | undefined): Address | undefined {
  if (host === undefined || port === undefined) return undefined;
  return { family: host.includes(":") ? "ipv6" : "ipv4", host, port };
}
