/**
 * Permissions, asked for before Deno does, and never by a prompt.
 *
 * Where one is missing, Deno's `node:net` throws `NotCapable` out of a later turn of the event loop, from `listen()`, from
 * `connect()` with a local address and from `bind()` of `node:dgram`: nothing could catch it and the process would end
 * (Deno 2.9; case errors/permission-denied).
 */
import { resolve } from "node:path";
import { type Address, formatAddress, type IpAddress } from "../../core/address.ts";
import { Fault, native, type Permission, type State } from "./native.ts";

/** Fails unless `address` may be used: a literal and its port, or a path. */
export function requirePermission(address: Address): void {
  if (address.family !== "unix") return demand({ name: "net", host: hostOf(address) });
  // No flag can name an abstract name: an argument of a program holds no NUL.
  if (address.path.startsWith("\0")) return demand({ name: "net" });
  const path = absolute(address.path);
  demand({ name: "read", path }, { name: "write", path }, { name: "net", host: `unix:${path}` });
}

/** Fails unless `name` may be looked up; a flag that names a port does not allow that. */
export function requireLookup(name: string): void {
  demand({ name: "net", host: name });
}

/** Fails unless the network interfaces may be listed. */
export function requireInterfaces(): void {
  demand({ name: "sys", kind: "networkInterfaces" });
}

/** Whether `host`, a literal or a name, may be used with `port`: `denied` if a flag excludes it, `prompt` if no flag includes it. */
export function stateFor(host: string, port: number): State {
  return stateOf({ name: "net", host: host.includes(":") ? `[${host}]:${port}` : `${host}:${port}` });
}

function demand(...permissions: readonly Permission[]): void {
  const missing = permissions.filter((permission) => stateOf(permission) !== "granted");
  if (missing.length === 0) return;
  const denied = missing.find((permission) => stateOf(permission) === "denied");
  throw new Fault("EACCES", {
    detail: denied
      ? `Deno was started with ${flag("deny", denied)} or a wider one`
      : `Deno needs ${missing.map((permission) => flag("allow", permission)).join(" ")}`,
  });
}

/** A query that Deno cannot read is left to the call itself. */
function stateOf(permission: Permission): State {
  try {
    return native?.permissions.querySync(permission).state ?? "granted";
  } catch {
    return "granted";
  }
}

/** Permissions know no zones. */
function hostOf({ family, host, port }: IpAddress): string {
  return formatAddress({ family, host, port });
}

/** Deno compares whole paths; where the current directory may not be known, the path stays as it is. */
export function absolute(path: string): string {
  try {
    return resolve(path);
  } catch {
    return path;
  }
}

function flag(kind: "allow" | "deny", permission: Permission): string {
  const { name } = permission;
  const subject = name === "net" ? permission.host : name === "sys" ? permission.kind : permission.path;
  return subject === undefined ? `--${kind}-${name}` : `--${kind}-${name}=${subject}`;
}
