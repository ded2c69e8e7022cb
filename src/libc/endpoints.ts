/** Addresses of datagrams, as system calls take and give them. Those of late are remembered: text costs as much as a datagram. */
import { library } from "#libc";
import { type Address, ipAddress } from "../core/address.ts";
import { memory } from "./calls.ts";
import { AF_INET, AF_INET6 } from "./constants.ts";
import { LibcError } from "./error.ts";
import { here } from "./interfaces.ts";
import { decodeAddress, encodeAddress, storageLength } from "./sockaddr.ts";

/** How many are remembered. */
const limit = 1_024;

const structures = new Map<string, Uint8Array>();
const ipv4 = new Map<number, Address>();
const ipv6 = new Map<string, Address>();

/** Writes the structure of `address` at the beginning of `bytes`, and gives its length. */
export function writeEndpoint(address: Address, bytes: Uint8Array): number {
  const structure = structureOf(address);
  bytes.set(structure);
  if (address.family !== "unix") {
    bytes[2] = address.port >> 8;
    bytes[3] = address.port & 0xff;
  }
  return structure.length;
}

/** What the structure of `length` bytes at `offset` says; IPv4-mapped addresses as the IPv4 ones that they stand for. */
export function readEndpoint(view: DataView, offset: number, length: number): Address {
  const family = length < 2 ? -1 : here.os === "linux" ? view.getUint16(offset, true) : view.getUint8(offset + 1);
  if (family === AF_INET) {
    const key = view.getUint32(offset + 4) * 0x1_0000 + view.getUint16(offset + 2);
    return ipv4.get(key) ?? remember(ipv4, key, decode(view, offset, length));
  }
  if (family === AF_INET6) {
    const key = ipv6Key(view, offset);
    return ipv6.get(key) ?? remember(ipv6, key, decode(view, offset, length));
  }
  return decode(view, offset, length);
}

/** What a structure says, whose bytes end with it. */
export function endpointOf(bytes: Uint8Array): Address {
  // A socket without a name has a structure without a family.
  if (bytes.length < 2) return { family: "unix", path: "" };
  const address = decodeAddress(bytes, here);
  if (address.family === "ipv4" || address.family === "unix") return address;
  if (address.family !== "ipv6") throw new TypeError(`no address of a datagram: ${JSON.stringify(address)}`);
  const plain = ipAddress(address.host, address.port);
  return plain.family === "ipv4" ? plain : address;
}

/** What getsockname(2) tells. */
export function localEndpoint(fd: number): Address {
  const bytes = memory(storageLength);
  const length = memory(4);
  const size = new DataView(length.buffer);
  size.setUint32(0, storageLength, true);
  const result = library.calls.getsockname(fd, bytes, length);
  if (result < 0) throw new LibcError(-result, "getsockname");
  return endpointOf(bytes.subarray(0, Math.min(size.getUint32(0, true), storageLength)));
}

/** Zones are no part of it: an interface may come back with another index. */
function structureOf(address: Address): Uint8Array {
  if (address.family !== "unix" && address.scopeId !== undefined) return encodeAddress(address, here);
  const key = address.family === "unix" ? `/${address.path}` : address.host;
  return structures.get(key) ?? remember(structures, key, encodeAddress(address, here));
}

function ipv6Key(view: DataView, offset: number): string {
  return String.fromCharCode(
    view.getUint16(offset + 2),
    view.getUint16(offset + 8),
    view.getUint16(offset + 10),
    view.getUint16(offset + 12),
    view.getUint16(offset + 14),
    view.getUint16(offset + 16),
    view.getUint16(offset + 18),
    view.getUint16(offset + 20),
    view.getUint16(offset + 22),
    view.getUint16(offset + 24),
    view.getUint16(offset + 26),
  );
}

function decode(view: DataView, offset: number, length: number): Address {
  return Object.freeze(endpointOf(new Uint8Array(view.buffer, view.byteOffset + offset, length)));
}

function remember<Key, Value>(known: Map<Key, Value>, key: Key, value: Value): Value {
  if (known.size >= limit) known.clear();
  known.set(key, value);
  return value;
}
