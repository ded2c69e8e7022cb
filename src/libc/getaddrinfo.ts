/** getaddrinfo(3): names looked up as the C library does it, `/etc/hosts` and nsswitch.conf included. */
import { library } from "#libc";
import { checkInteger, checkString } from "../core/arguments.ts";
import { checkFlags, checkInt } from "./arguments.ts";
import { cString, textOf } from "./c-string.ts";
import { memory } from "./calls.ts";
import { LibcError } from "./error.ts";
import { here } from "./interfaces.ts";
import { decodeAddress, type SocketAddress } from "./sockaddr.ts";

const { calls } = library;

export interface AddressHints {
  /** `AI_…` flags. */
  readonly flags?: number;
  /** `AF_INET` or `AF_INET6`; both if absent. */
  readonly family?: number;
  /** `SOCK_STREAM` and so on; an entry for each if absent. */
  readonly socktype?: number;
  readonly protocol?: number;
}

/** `struct addrinfo`: what `socket()` and `connect()` are to be given. */
export interface AddressInfo {
  readonly family: number;
  readonly socktype: number;
  readonly protocol: number;
  readonly address: SocketAddress;
  /** The name's canonical form, in the first entry, if `AI_CANONNAME` asked for it. */
  readonly canonname?: string;
}

/** Length and places within the structure; pointers have 8 bytes. */
const structure = {
  length: 48,
  canonname: here.os === "linux" ? 32 : 24,
  address: here.os === "linux" ? 24 : 32,
  next: 40,
};

/** What it returns for "see errno". */
const system = here.os === "linux" ? -11 : 11;

/**
 * Addresses of `node`, a name or a literal, and `service`, a port or its name. One of them may be null. The order is the C
 * library's. A failure is a {@link LibcError} whose code is `EAI_NONAME`, `EAI_AGAIN` and so on. A lookup stops the thread
 * until the resolver has answered.
 */
export function getaddrinfo(
  node: string | null,
  service: string | number | null,
  hints: AddressHints = {},
): AddressInfo[] {
  const host = node === null ? null : cString("node", checkString("node", node));
  const port = typeof service === "number" ? String(checkInteger("service", service, 0, 65535)) : service;
  const name = port === null ? null : cString("service", checkString("service", port));
  const wanted = memory(structure.length);
  const view = new DataView(wanted.buffer);
  view.setInt32(0, checkFlags("hints.flags", hints.flags ?? 0), true);
  view.setInt32(4, checkInt("hints.family", hints.family ?? 0), true);
  view.setInt32(8, checkInt("hints.socktype", hints.socktype ?? 0), true);
  view.setInt32(12, checkInt("hints.protocol", hints.protocol ?? 0), true);
  const result = memory(8);
  const status = calls.getaddrinfo(host, name, wanted, result);
  if (status !== 0) throw failure(status, `${node ?? ""}${port === null ? "" : `:${port}`}`);
  const first = new DataView(result.buffer).getBigUint64(0, true);
  try {
    return [...entries(first)];
  } finally {
    calls.freeaddrinfo(first);
  }
}

function* entries(first: bigint): Generator<AddressInfo> {
  for (let at = first; at !== 0n;) {
    const info = new DataView(bytesAt(at, structure.length).buffer);
    const canonname = info.getBigUint64(structure.canonname, true);
    const address = bytesAt(info.getBigUint64(structure.address, true), info.getUint32(16, true));
    yield {
      family: info.getInt32(4, true),
      socktype: info.getInt32(8, true),
      protocol: info.getInt32(12, true),
      address: decodeAddress(address, here),
      ...(canonname === 0n ? {} : { canonname: textOf(bytesAt(canonname, calls.strlen(canonname))) }),
    };
    at = info.getBigUint64(structure.next, true);
  }
}

/** A copy of the C library's memory. */
function bytesAt(address: bigint, length: number): Uint8Array<ArrayBuffer> {
  const bytes = memory(length);
  if (address !== 0n && length > 0) calls.memcpy(bytes, address, length);
  return bytes;
}

const failures: Readonly<Record<number, string>> = here.os === "linux"
  ? {
    [-1]: "EAI_BADFLAGS",
    [-2]: "EAI_NONAME",
    [-3]: "EAI_AGAIN",
    [-4]: "EAI_FAIL",
    [-5]: "EAI_NODATA",
    [-6]: "EAI_FAMILY",
    [-7]: "EAI_SOCKTYPE",
    [-8]: "EAI_SERVICE",
    [-9]: "EAI_ADDRFAMILY",
    [-10]: "EAI_MEMORY",
    [-12]: "EAI_OVERFLOW",
  }
  : {
    1: "EAI_ADDRFAMILY",
    2: "EAI_AGAIN",
    3: "EAI_BADFLAGS",
    4: "EAI_FAIL",
    5: "EAI_FAMILY",
    6: "EAI_MEMORY",
    7: "EAI_NODATA",
    8: "EAI_NONAME",
    9: "EAI_SERVICE",
    10: "EAI_SOCKTYPE",
    12: "EAI_BADHINTS",
    13: "EAI_PROTOCOL",
    14: "EAI_OVERFLOW",
  };

function failure(status: number, detail: string): LibcError {
  if (status === system) return new LibcError(library.errno(), "getaddrinfo", { detail });
  return new LibcError({ name: failures[status] ?? "UNKNOWN", number: status }, "getaddrinfo", { detail });
}
