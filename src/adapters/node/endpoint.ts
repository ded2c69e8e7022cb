/** The ends of a stream, as a runtime tells them. */
import { type Address, type IpAddress, ipAddress, type UnixAddress } from "../../core/address.ts";

/** What is known of a stream's ends besides what the runtime tells. */
export interface Ends {
  readonly local?: Address;
  readonly remote?: Address;
  /** The zone of its link-local addresses, for runtimes that drop it. */
  readonly zone?: string | undefined;
}

/** The ends of a connection to a path. */
export function endsTo(remote: UnixAddress): Ends {
  return { local: { family: "unix", path: "" }, remote };
}

/** The ends of a connection that a listener accepts. */
export function endsAt(local: Address): Ends {
  if (local.family === "unix") return { local, remote: { family: "unix", path: "" } };
  const { host, port, scopeId: zone } = local;
  // One of every address, or of a port that is still to be chosen, does not tell.
  return host === "0.0.0.0" || host === "::" || port === 0 ? { zone } : { local, zone };
}

/** The kernel no longer knows the peer of a connection that was reset before it was accepted: all zeros. */
export function endpoint(host: string | undefined, port: number | undefined, zone: string | undefined): IpAddress {
  const address = ipAddress(host ?? "0.0.0.0", port ?? 0);
  const zoneless = zone !== undefined && address.scopeId === undefined && address.host.startsWith("fe80:");
  return zoneless ? { ...address, scopeId: zone } : address;
}
