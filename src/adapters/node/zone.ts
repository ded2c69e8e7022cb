/**
 * Zones of IPv6 addresses. libuv takes an interface by its name only: an index is EINVAL to `listen` and `connect`, and to
 * multicast an unknown one is any interface (cases address/v6-scope, udp.multicast/v6-join).
 */
import { networkInterfaces } from "node:os";

/** An address with its zone as a name. Fails with ENODEV for the index of no interface that has a link-local address. */
export function namedZone(address: string): string {
  const [, host, index] = /^(.*)%(\d+)$/.exec(address) ?? [];
  if (index === undefined) return address;
  for (const [name, addresses = []] of Object.entries(networkInterfaces())) {
    if (addresses.some((one) => one.family === "IPv6" && one.scopeid === Number(index))) return `${host}%${name}`;
  }
  throw missing(index);
}

/** The same for multicast; fails with ENODEV for an interface that has no address, too. */
export function knownZone(address: string): string {
  const named = namedZone(address);
  const percent = named.indexOf("%");
  const name = named.slice(percent + 1);
  if (percent >= 0 && !Object.hasOwn(networkInterfaces(), name)) throw missing(name);
  return named;
}

function missing(zone: string): Error {
  return Object.assign(new Error(`there is no interface ${zone} with an address`), { code: "ENODEV" });
}
