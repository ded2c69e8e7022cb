/** Addresses as Node tells them. */
import type { Address } from "omnisock";

import { ipAddress } from "./ip-address.js";

/** Undefined for Unix sockets and for what is closed: Node does not tell. */
export function address(host?: string, port?: number): Address | undefined {
  return host === undefined || port === undefined ? undefined : ipAddress(host, port);
}
