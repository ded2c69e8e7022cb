/** Network interfaces by name or index. Deno takes any unknown name, and every index, for "no interface in particular". */
import { networkInterfaces } from "node:os";
import { Fault } from "./native.ts";
import { requireInterfaces } from "./permissions.ts";

/** The name of an interface given by name or index; fails with ENODEV if there is none. */
export function interfaceName(nameOrIndex: string): string {
  requireInterfaces();
  for (const [name, addresses = []] of Object.entries(networkInterfaces())) {
    if (name === nameOrIndex) return name;
    if (
      addresses.some((address) =>
        address.family === "IPv6" && address.scopeid !== 0 && String(address.scopeid) === nameOrIndex
      )
    ) {
      return name;
    }
  }
  throw new Fault("ENODEV", { detail: `there is no interface ${nameOrIndex} with an IPv6 address` });
}
