/** Membership of a multicast group, as a call asks for it. */
import type { Membership } from "./adapter.ts";
import { hostText, type IpFamily } from "./address.ts";
import { checkGroup, checkKeys, checkLiteral, checkString, ownMembers } from "./arguments.ts";

export interface MembershipOptions {
  /** IPv4: an address of the interface; IPv6: its name or index. Default: the system's choice. */
  readonly interface?: string | undefined;
  /** Only datagrams from this source (RFC 4607). */
  readonly source?: string | undefined;
}

/** Checks what `join()` and `leave()` are told. */
export function checkMembership(
  change: "join" | "leave",
  group: string,
  options: MembershipOptions,
): { readonly family: IpFamily; readonly membership: Membership } {
  const own = ownMembers(options);
  checkKeys(`options of ${change}`, own, ["interface", "source"]);
  const { host, family, scopeId } = checkGroup("group", group);
  const chosen = own.interface === undefined ? scopeId : checkString("interface", own.interface);
  if (family === "ipv4" && chosen !== undefined) checkLiteral("interface", chosen);
  const source = own.source === undefined ? undefined : hostText(checkLiteral("source", own.source));
  return { family, membership: { group: host, interface: chosen, source } };
}
