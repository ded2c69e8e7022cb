/** The port table of one transport: who has which address, and who may share it. */
import type { IpAddress, IpFamily } from "../../../core/address.ts";
import { NetworkFailure } from "./failure.ts";
import { isWildcard } from "./place.ts";

/** A claim to a local address, as bind(2) makes it. */
export interface Claim {
  readonly host: string;
  readonly family: IpFamily;
  /** 0: any free one. */
  readonly port: number;
  readonly ipv6Only: boolean;
  readonly reuseAddress: boolean;
  readonly reusePort: boolean;
  /** A listener shares its address by `reusePort` only, whatever `reuseAddress` says of its successors. */
  readonly listening: boolean;
}

/** A socket that a packet may be for. */
export interface Match<Owner> {
  readonly owner: Owner;
  readonly claim: Claim;
  /** 0: its very address; 1: the wildcard of the family; 2: the IPv6 wildcard for an IPv4 packet. */
  readonly rank: number;
}

/** The range of Linux (net.ipv4.ip_local_port_range). */
const firstEphemeral = 32_768;
const lastEphemeral = 60_999;

export class PortTable<Owner> {
  readonly #ports = new Map<number, Map<Owner, Claim>>();
  #next = firstEphemeral;

  /** Finds the port for a claim, which `add` then takes. Throws `EADDRINUSE`. */
  choose(claim: Claim, what: string): number {
    if (claim.port !== 0) {
      if (!this.#isFree(claim)) throw new NetworkFailure("EADDRINUSE", what);
      return claim.port;
    }
    for (let tries = firstEphemeral; tries <= lastEphemeral; tries++) {
      const port = this.#next;
      this.#next = port === lastEphemeral ? firstEphemeral : port + 1;
      // A port of the system's choice is shared with nobody.
      if (this.#isFree({ ...claim, port, reuseAddress: false, reusePort: false })) return port;
    }
    throw new NetworkFailure("EADDRINUSE", what);
  }

  add(owner: Owner, claim: Claim): void {
    const owners = this.#ports.get(claim.port) ?? new Map<Owner, Claim>();
    this.#ports.set(claim.port, owners.set(owner, claim));
  }

  remove(owner: Owner, port: number): void {
    const owners = this.#ports.get(port);
    owners?.delete(owner);
    if (owners?.size === 0) this.#ports.delete(port);
  }

  /** Who may get a packet to `to`: the best rank first, then the oldest. */
  find(to: IpAddress): Match<Owner>[] {
    const found: Match<Owner>[] = [];
    for (const [owner, claim] of this.#ports.get(to.port) ?? []) {
      if (claim.host === to.host) found.push({ owner, claim, rank: 0 });
      else if (isWildcard(claim.host) && families(claim).includes(to.family)) {
        found.push({ owner, claim, rank: claim.family === to.family ? 1 : 2 });
      }
    }
    return found.sort((a, b) => a.rank - b.rank);
  }

  #isFree(claim: Claim): boolean {
    for (const other of this.#ports.get(claim.port)?.values() ?? []) {
      if (overlap(claim, other) && !mayShare(claim, other)) return false;
    }
    return true;
  }
}

/** The families of packets that a socket gets: IPv4 too on the IPv6 wildcard, unless it is told not to. */
export function families(claim: Claim): readonly IpFamily[] {
  return claim.host === "::" && !claim.ipv6Only ? ["ipv6", "ipv4"] : [claim.family];
}

function overlap(a: Claim, b: Claim): boolean {
  if (!families(a).some((family) => families(b).includes(family))) return false;
  return a.host === b.host || isWildcard(a.host) || isWildcard(b.host);
}

function mayShare(mine: Claim, other: Claim): boolean {
  return (mine.reusePort && other.reusePort) || (mine.reuseAddress && other.reuseAddress && !other.listening);
}
