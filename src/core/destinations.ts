/** Where datagrams go: what a call says, checked, and in the form that the socket takes. */
import type { Address, Literal, UnixAddress } from "./address.ts";
import { checkHost, checkKeys, checkPath, checkPort } from "./arguments.ts";
import type { DatagramState } from "./datagram-state.ts";
import { resolve } from "./resolve.ts";

/** Where a datagram goes: an IP literal or a name, and a port. */
export interface DatagramTarget {
  readonly host: string;
  readonly port: number;
}

/** Where a datagram of a Unix socket goes. */
export interface UnixDatagramTarget {
  readonly path: string;
}

/** What a socket with addresses of one kind sends to. */
export type TargetOf<A extends Address> = A extends UnixAddress ? UnixDatagramTarget : DatagramTarget;

/** A name and a port, which every call looks up anew. */
export interface Named {
  readonly name: string;
  readonly port: number;
  readonly address: undefined;
}

export interface Destination {
  readonly name: undefined;
  readonly address: Address;
  /** As the socket takes it; absent if the address is of a family that it has not. */
  readonly native: Address | undefined;
}

export class Destinations {
  readonly #state: DatagramState;
  /** What objects say that cannot change: addresses of received datagrams, above all. */
  readonly #known = new WeakMap<object, Named | Destination>();
  /** What the object before said, which may say another thing by now. */
  #text = "";
  #port = 0;
  #last: Named | Destination | undefined;

  constructor(state: DatagramState) {
    this.#state = state;
  }

  /** Fails with `TypeError` or `RangeError` for what is no destination. */
  read(to: TargetOf<Address>): Named | Destination {
    return this.#known.get(to) ?? this.#check(to);
  }

  /** Looks a name up; fails with what the resolver says. */
  async find(target: Named | Destination): Promise<Destination> {
    if (target.address !== undefined) return target;
    const { adapter, family } = this.#state;
    const candidates = await resolve(adapter, target, undefined);
    const literal = candidates.find((candidate) => candidate.family === family) ?? candidates[0];
    return this.#destination({ ...(literal as Literal), port: target.port });
  }

  #check(to: TargetOf<Address>): Named | Destination {
    const found = this.#state.family === "unix"
      ? this.#unix(to as UnixDatagramTarget)
      : this.#udp(to as DatagramTarget);
    if (isConstant(to, this.#state.family === "unix" ? ["path"] : ["host", "port"])) this.#known.set(to, found);
    return found;
  }

  #unix(to: UnixDatagramTarget): Named | Destination {
    const { path } = to;
    checkKeys("destination", to, ["path", "family"]);
    if (this.#last !== undefined && path === this.#text) return this.#last;
    const address: Address = { family: "unix", path: checkPath("path", path, this.#state.adapter.maxPathLength) };
    return this.#remember(path, 0, this.#destination(address));
  }

  #udp(to: DatagramTarget): Named | Destination {
    const { host, port } = to;
    checkKeys("destination", to, ["host", "port", "family", "scopeId"]);
    if (this.#last !== undefined && host === this.#text && port === this.#port) return this.#last;
    const found = checkHost("host", host);
    checkPort("port", port, 1);
    const target = "name" in found
      ? { name: found.name, port, address: undefined }
      : this.#destination({ ...found.literal, port });
    return this.#remember(host, port, target);
  }

  #remember(text: string, port: number, target: Named | Destination): Named | Destination {
    this.#text = text;
    this.#port = port;
    this.#last = target;
    return target;
  }

  #destination(address: Address): Destination {
    return { name: undefined, address, native: nativeForm(address, this.#state.family) };
  }
}

/** A dual-stack socket takes IPv4 destinations in their IPv4-mapped form (RFC 3493 §3.7). */
export function nativeForm(to: Address, family: Address["family"]): Address | undefined {
  if (to.family === family || to.family === "unix") return to;
  if (family === "ipv4") return undefined;
  return { family: "ipv6", host: `::ffff:${to.host}`, port: to.port };
}

/** Whether `object` will have the same members for good, which are its own. */
function isConstant(object: object, members: readonly string[]): boolean {
  return Object.isFrozen(object) && members.every((name) => {
    const member = Object.getOwnPropertyDescriptor(object, name);
    return member !== undefined && "value" in member;
  });
}
