/** Multicast groups: RFC 3678. */
import { library } from "#libc";
import type { Membership } from "../core/adapter.ts";
import { memory } from "./calls.ts";
import * as constants from "./constants.ts";
import { errnos } from "./errno.ts";
import { LibcError } from "./error.ts";
import { here, if_nametoindex } from "./interfaces.ts";
import { encodeAddress, storageLength } from "./sockaddr.ts";

type Change = "join" | "leave";

const options = {
  ipv4: {
    any: { join: constants.IP_ADD_MEMBERSHIP, leave: constants.IP_DROP_MEMBERSHIP },
    source: { join: constants.IP_ADD_SOURCE_MEMBERSHIP, leave: constants.IP_DROP_SOURCE_MEMBERSHIP },
  },
  ipv6: {
    any: { join: constants.IPV6_JOIN_GROUP, leave: constants.IPV6_LEAVE_GROUP },
    source: { join: constants.MCAST_JOIN_SOURCE_GROUP, leave: constants.MCAST_LEAVE_SOURCE_GROUP },
  },
};

/** Fails with `EADDRINUSE` for a group that is joined already, `EADDRNOTAVAIL` for one that is not joined, `ENODEV` for an unknown interface. */
export function changeMembership(fd: number, change: Change, membership: Membership): void {
  const { group, source } = membership;
  const family = group.includes(":") ? "ipv6" : "ipv4";
  const level = family === "ipv6" ? constants.IPPROTO_IPV6 : constants.IPPROTO_IP;
  const name = options[family][source === undefined ? "any" : "source"][change];
  const value = family === "ipv6" ? ipv6Request(membership) : ipv4Request(membership);
  const result = library.calls.setsockopt(fd, level, name, value, value.length);
  if (result < 0) throw new LibcError(source === undefined ? -result : sourceFailure(change, -result), "setsockopt");
}

/** Linux says EADDRNOTAVAIL of a source that is joined already, and EINVAL of one whose group is not joined at all. */
function sourceFailure(change: Change, errno: number): number {
  if (change === "join" && errno === errnos.EADDRNOTAVAIL) return errnos.EADDRINUSE;
  if (change === "leave" && errno === errnos.EINVAL) return errnos.EADDRNOTAVAIL;
  return errno;
}

/** `struct ip_mreq`, or `struct ip_mreq_source`, whose last two members macOS has the other way round. */
function ipv4Request({ group, interface: through, source }: Membership): Uint8Array {
  const members = [group, through ?? "0.0.0.0"];
  if (source !== undefined) members.splice(here.os === "linux" ? 2 : 1, 0, source);
  const request = memory(4 * members.length);
  for (const [i, host] of members.entries()) {
    request.set(encodeAddress({ family: "ipv4", host, port: 0 }, here).subarray(4, 8), 4 * i);
  }
  return request;
}

/** `struct ipv6_mreq`, or `struct group_source_req`, which macOS packs to four bytes. */
function ipv6Request({ group, interface: through, source }: Membership): Uint8Array {
  const index = through === undefined ? 0 : interfaceIndex(through);
  const structure = encodeAddress({ family: "ipv6", host: group, port: 0 }, here);
  if (source === undefined) {
    const request = memory(20);
    request.set(structure.subarray(8, 24));
    new DataView(request.buffer).setUint32(16, index, true);
    return request;
  }
  const start = here.os === "linux" ? 8 : 4;
  const request = memory(start + 2 * storageLength);
  new DataView(request.buffer).setUint32(0, index, true);
  request.set(structure, start);
  request.set(encodeAddress({ family: "ipv6", host: source, port: 0 }, here), start + storageLength);
  return request;
}

function interfaceIndex(text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  try {
    return if_nametoindex(text);
  } catch (cause) {
    throw new LibcError(errnos.ENODEV, "if_nametoindex", { detail: `no interface ${text}`, cause });
  }
}
