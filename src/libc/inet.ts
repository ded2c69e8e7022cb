/** Numbers and addresses between host and network order: byteorder(3) and inet_pton(3). */
import { formatIpv6, parseIpv4, parseIpv6 } from "../core/address.ts";
import { checkInteger, checkString } from "../core/arguments.ts";
import { checkBytes } from "./arguments.ts";
import { AF_INET, AF_INET6 } from "./constants.ts";
import { LibcError } from "./error.ts";

/** Every system that this package knows the C library of keeps the lowest byte first. */
function swap16(what: string, value: number): number {
  const number = checkInteger(what, value, 0, 0xffff);
  return (number & 0xff) << 8 | number >> 8;
}

function swap32(what: string, value: number): number {
  const bytes = new DataView(new ArrayBuffer(4));
  bytes.setUint32(0, checkInteger(what, value, 0, 0xffff_ffff), true);
  return bytes.getUint32(0, false);
}

/** A 16-bit number in network order, for instance a protocol for an `AF_PACKET` socket. */
export function htons(hostshort: number): number {
  return swap16("hostshort", hostshort);
}

/** A 32-bit number in network order. */
export function htonl(hostlong: number): number {
  return swap32("hostlong", hostlong);
}

/** A 16-bit number in host order. */
export function ntohs(netshort: number): number {
  return swap16("netshort", netshort);
}

/** A 32-bit number in host order. */
export function ntohl(netlong: number): number {
  return swap32("netlong", netlong);
}

/**
 * The bytes of an address in network order, 4 for `AF_INET` and 16 for `AF_INET6`; `undefined` if `text` is no such address,
 * where C returns 0. Other families fail with `EAFNOSUPPORT`.
 */
export function inet_pton(family: number, text: string): Uint8Array | undefined {
  checkString("text", text);
  if (checkFamily("inet_pton", family) === AF_INET) {
    const quad = parseIpv4(text);
    return quad && Uint8Array.from(quad);
  }
  const groups = parseIpv6(text);
  return groups && Uint8Array.from(groups.flatMap((group) => [group >> 8, group & 0xff]));
}

/** The text of an address of 4 or 16 bytes; IPv6 in RFC 5952 form. Other families fail with `EAFNOSUPPORT`. */
export function inet_ntop(family: number, address: Uint8Array): string {
  const length = checkFamily("inet_ntop", family) === AF_INET ? 4 : 16;
  const bytes = checkBytes("address", address);
  if (bytes.length !== length) throw new RangeError(`address must have ${length} bytes, not ${bytes.length}`);
  if (length === 4) return bytes.join(".");
  const groups: number[] = [];
  for (let at = 0; at < 16; at += 2) groups.push((bytes[at] ?? 0) << 8 | (bytes[at + 1] ?? 0));
  return formatIpv6(groups);
}

function checkFamily(syscall: string, family: number): number {
  checkInteger("family", family, 0, 0x7fff_ffff);
  if (family !== AF_INET && family !== AF_INET6) throw new LibcError("EAFNOSUPPORT", syscall);
  return family;
}
