/** Addresses as Bun takes and tells them. */
import type { Address } from "omnisock";

import { ipAddress } from "./ip-address.js";

export function place(host: string | undefined, port: number | undefined, path?: string): object {
  if (path !== undefined) return { unix: path };
  return { ...(host === undefined ? {} : { hostname: host }), ...(port === undefined ? {} : { port }) };
}

/** Undefined for Unix connections and for what is closed: Bun does not tell. */
export function address(host: string | undefined, port: number | undefined): Address | undefined {
  return host === undefined || port === undefined ? undefined : ipAddress(host, port);
}
