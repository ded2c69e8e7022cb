/** The multicast groups of one socket (RFC 3678): any source, or a list of sources. */
import type { Membership } from "../../../core/adapter.ts";
import { NetworkFailure } from "./failure.ts";
import { isInterface, isMulticast } from "./place.ts";

export class Memberships {
  /** An empty list stands for every source. */
  readonly #groups = new Map<string, Set<string>>();

  /** Throws `ENODEV`, `EADDRINUSE` (joined already) and `EADDRNOTAVAIL` (this source joined already), as Linux does. */
  join({ group, interface: through, source }: Membership): void {
    if (!isMulticast(group)) throw new NetworkFailure("EINVAL", "join");
    if (through !== undefined && !isInterface(through)) throw new NetworkFailure("ENODEV", "join");
    const sources = this.#groups.get(group);
    if (source === undefined) {
      if (sources !== undefined) throw new NetworkFailure("EADDRINUSE", "join");
      this.#groups.set(group, new Set());
    } else {
      if (sources?.has(source)) throw new NetworkFailure("EADDRNOTAVAIL", "join");
      this.#groups.set(group, (sources ?? new Set()).add(source));
    }
  }

  /** Throws `EADDRNOTAVAIL`; `EINVAL` for a source of a group that is not joined, as Linux does. */
  leave({ group, source }: Membership): void {
    const sources = this.#groups.get(group);
    if (source === undefined) {
      if (!this.#groups.delete(group)) throw new NetworkFailure("EADDRNOTAVAIL", "leave");
      return;
    }
    if (sources === undefined) throw new NetworkFailure("EINVAL", "leave");
    if (!sources.delete(source)) throw new NetworkFailure("EADDRNOTAVAIL", "leave");
    if (sources.size === 0) this.#groups.delete(group);
  }

  accepts(group: string, source: string): boolean {
    const sources = this.#groups.get(group);
    return sources !== undefined && (sources.size === 0 || sources.has(source));
  }
}
