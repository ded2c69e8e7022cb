/** From a host to addresses: literals as they are, names through the runtime's resolver. */
import type { Adapter } from "./adapter.ts";
import { type IpFamily, type Literal, parseLiteral } from "./address.ts";
import { checkFamily, checkHost, checkKeys, type Host } from "./arguments.ts";
import { checkWait, Deadline, waitKeys, type WaitOptions } from "./deadline.ts";
import { SocketError, wrap } from "./errors.ts";

export interface LookupOptions extends WaitOptions {
  /** Only addresses of this family. */
  readonly family?: IpFamily | undefined;
}

/** One address of a name. */
export interface LookupAddress {
  readonly family: IpFamily;
  readonly host: string;
}

/**
 * Addresses of a host, in the resolver's order, without repetition.
 * Errors: `ENOTFOUND` if the name has none of the family, `EAI_AGAIN` if the resolver could not tell.
 */
export async function resolve(adapter: Adapter, host: Host, family: IpFamily | undefined): Promise<readonly Literal[]> {
  if ("literal" in host) return [host.literal];
  let texts: readonly string[];
  try {
    texts = await adapter.lookup(host.name);
  } catch (error) {
    throw wrap(error, "lookup", { address: host.name, translate: (native) => adapter.translate(native) });
  }
  const found = [...new Set(texts)].map(parseLiteral).filter((literal) => literal !== undefined);
  const wanted = found.filter((literal) => family === undefined || literal.family === family);
  if (wanted.length === 0) throw new SocketError("ENOTFOUND", "lookup", { address: host.name });
  return wanted;
}

export async function lookup(
  adapter: Adapter,
  name: string,
  options: LookupOptions = {},
): Promise<readonly LookupAddress[]> {
  checkKeys("options of lookup", options, ["family", ...waitKeys]);
  checkWait(options);
  const host = checkHost("host", name);
  const family = options.family === undefined ? undefined : checkFamily("family", options.family);
  if ("literal" in host && family !== undefined && host.literal.family !== family) {
    throw new SocketError("ENOTFOUND", "lookup", { address: name });
  }
  const deadline = Deadline.start("lookup", options, name);
  try {
    const resolved = resolve(adapter, host, family);
    const literals = await (deadline === undefined ? resolved : deadline.race(resolved));
    return literals.map(({ family, host }) => ({ family, host }));
  } finally {
    deadline?.end();
  }
}
