/** `struct sockaddr` of each family, and what it says. */
import { type IpAddress, parseLiteral, type UnixAddress } from "../core/address.ts";
import { checkInteger, checkPort, checkString, describe } from "../core/arguments.ts";
import { checkBytes } from "./arguments.ts";
import { AF_INET, AF_INET6, AF_PACKET, AF_UNIX, AF_UNSPEC } from "./constants.ts";
import { inet_ntop, inet_pton } from "./inet.ts";

/** An endpoint of an `AF_PACKET` socket (Linux, packet(7)). */
export interface PacketAddress {
  readonly family: "packet";
  /** Name or index of the network interface; `""` for any. */
  readonly interface: string;
  /** An `ETH_P_…` number, in host order. */
  readonly protocol: number;
  /** Bytes in hexadecimal with colons. 8 at most; none if absent. */
  readonly hardwareAddress?: string;
  /** An `ARPHRD_…` number, told by the kernel. */
  readonly hardwareType?: number;
  /** A `PACKET_…` number, told by the kernel. */
  readonly packetType?: number;
}

/** No address: connect(2) takes it as the order to give up the peer. */
export interface UnspecifiedAddress {
  readonly family: "unspec";
}

/** A `struct sockaddr` of any other family, byte by byte. */
export interface RawAddress {
  readonly family: "raw";
  readonly bytes: Uint8Array;
}

export type SocketAddress = IpAddress | UnixAddress | PacketAddress | UnspecifiedAddress | RawAddress;

/** `sizeof(struct sockaddr_storage)`: no address is longer. */
export const storageLength = 128;

/** What encoding depends on besides the address. */
export interface Surroundings {
  readonly os: "linux" | "darwin";
  /** The index of an interface; fails with `ENODEV` if there is none of that name. */
  indexOf(name: string): number;
  /** The name of an interface, if there is one. */
  nameOf(index: number): string | undefined;
}

const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });

/** The structure, as long as it is told to system calls. Fails with `TypeError` or `RangeError` for what is no address. */
export function encodeAddress(address: SocketAddress, around: Surroundings): Uint8Array {
  const family: unknown = (address as { family?: unknown } | null | undefined)?.family;
  switch (family) {
    case "ipv4":
    case "ipv6":
      return encodeIp(address as IpAddress, around);
    case "unix":
      return encodeUnix(address as UnixAddress, around);
    case "packet":
      return encodePacket(address as PacketAddress, around);
    case "unspec":
      return structure(AF_UNSPEC, 16, around);
    case "raw":
      return encodeRaw(address as RawAddress);
    default:
      throw new TypeError(
        `address must have a family of "ipv4", "ipv6", "unix", "packet", "unspec" or "raw", not ${describe(family)}`,
      );
  }
}

/** What the structure says. `bytes` ends where the kernel said that it does. */
export function decodeAddress(bytes: Uint8Array, around: Surroundings): SocketAddress {
  const view = viewOf(bytes);
  const family = bytes.length < 2 ? -1 : around.os === "linux" ? view.getUint16(0, true) : view.getUint8(1);
  if (family === AF_UNIX) return { family: "unix", path: decodePath(bytes.subarray(2), around) };
  if (family === AF_INET && bytes.length >= 8) {
    return { family: "ipv4", host: inet_ntop(AF_INET, bytes.subarray(4, 8)), port: view.getUint16(2) };
  }
  if (family === AF_INET6 && bytes.length >= 28) {
    const scope = view.getUint32(24, true);
    return {
      family: "ipv6",
      host: inet_ntop(AF_INET6, bytes.subarray(8, 24)),
      port: view.getUint16(2),
      ...(scope === 0 ? {} : { scopeId: around.nameOf(scope) ?? String(scope) }),
    };
  }
  if (family === AF_PACKET && bytes.length >= 12) return decodePacket(bytes, around);
  if (family === AF_UNSPEC) return { family: "unspec" };
  return { family: "raw", bytes: bytes.slice() };
}

/** The bytes that a path may have: `sizeof(sun_path)` without the terminating NUL. */
export function maxPathLength(os: Surroundings["os"]): number {
  return os === "linux" ? 107 : 103;
}

function encodeIp(address: IpAddress, around: Surroundings): Uint8Array {
  const { family, host, port, scopeId } = address;
  const literal = parseLiteral(checkString("address.host", host));
  if (literal === undefined) {
    throw new RangeError(`address.host ${JSON.stringify(host)} is not an IP address; getaddrinfo() looks names up`);
  }
  if (literal.family !== family) throw new RangeError(`address.host ${host} is not of the family ${family}`);
  checkPort("address.port", port, 0);
  if (family === "ipv4") {
    const bytes = structure(AF_INET, 16, around);
    viewOf(bytes).setUint16(2, port);
    bytes.set(inet_pton(AF_INET, literal.host) ?? [], 4);
    return bytes;
  }
  const bytes = structure(AF_INET6, 28, around);
  const view = viewOf(bytes);
  view.setUint16(2, port);
  bytes.set(inet_pton(AF_INET6, literal.host) ?? [], 8);
  const scope = scopeId === undefined ? literal.scopeId : checkString("address.scopeId", scopeId);
  if (scope !== undefined) view.setUint32(24, interfaceIndex("address.scopeId", scope, around), true);
  return bytes;
}

function encodeUnix(address: UnixAddress, around: Surroundings): Uint8Array {
  const path = checkString("address.path", address.path);
  const abstract = path.startsWith("\0");
  if (abstract && around.os !== "linux") throw new RangeError("address.path is an abstract name, which only Linux has");
  if (!abstract && path.includes("\0")) throw new RangeError("address.path has a NUL character inside");
  const name = new TextEncoder().encode(path);
  const limit = maxPathLength(around.os) + (abstract ? 1 : 0);
  if (name.length > limit) throw new RangeError(`address.path has ${name.length} bytes; at most ${limit} fit`);
  // An abstract name is as long as it is told to be; a path ends with a NUL; nothing at all is the unnamed address.
  const bytes = structure(AF_UNIX, 2 + name.length + (abstract || path === "" ? 0 : 1), around);
  bytes.set(name, 2);
  return bytes;
}

function decodePath(name: Uint8Array, around: Surroundings): string {
  if (around.os === "linux" && name.length > 0 && name[0] === 0) return utf8.decode(name);
  const end = name.indexOf(0);
  return utf8.decode(end < 0 ? name : name.subarray(0, end));
}

/** Linux only, as is its decoder: elsewhere the family's number is the kernel's to refuse. */
function encodePacket(address: PacketAddress, around: Surroundings): Uint8Array {
  const hardware = checkHardwareAddress(address.hardwareAddress);
  const bytes = structure(AF_PACKET, 20, around);
  const view = viewOf(bytes);
  view.setUint16(2, checkInteger("address.protocol", address.protocol, 0, 0xffff));
  const name = checkString("address.interface", address.interface);
  if (name !== "") view.setInt32(4, interfaceIndex("address.interface", name, around), true);
  view.setUint16(8, checkInteger("address.hardwareType", address.hardwareType ?? 0, 0, 0xffff), true);
  bytes[10] = checkInteger("address.packetType", address.packetType ?? 0, 0, 0xff);
  bytes[11] = hardware.length;
  bytes.set(hardware, 12);
  return bytes;
}

function decodePacket(bytes: Uint8Array, around: Surroundings): PacketAddress {
  const view = viewOf(bytes);
  const index = view.getInt32(4, true);
  const hardware = bytes.subarray(12, 12 + (bytes[11] ?? 0));
  return {
    family: "packet",
    interface: index === 0 ? "" : around.nameOf(index) ?? String(index),
    protocol: view.getUint16(2),
    hardwareAddress: Array.from(hardware, (byte) => byte.toString(16).padStart(2, "0")).join(":"),
    hardwareType: view.getUint16(8, true),
    packetType: view.getUint8(10),
  };
}

function encodeRaw(address: RawAddress): Uint8Array {
  const bytes = checkBytes("address.bytes", address.bytes);
  if (bytes.length < 2 || bytes.length > storageLength) {
    throw new RangeError(`address.bytes must have 2 to ${storageLength} bytes, not ${bytes.length}`);
  }
  const own = new Uint8Array(new ArrayBuffer(bytes.length));
  own.set(bytes);
  return own;
}

function checkHardwareAddress(text: string | undefined): number[] {
  if (text === undefined || text === "") return [];
  const bytes = checkString("address.hardwareAddress", text).split(":");
  if (bytes.length > 8 || !bytes.every((byte) => /^[0-9a-f]{1,2}$/i.test(byte))) {
    throw new RangeError(
      `address.hardwareAddress ${JSON.stringify(text)} is not up to 8 bytes in hexadecimal with colons`,
    );
  }
  return bytes.map((byte) => Number.parseInt(byte, 16));
}

function interfaceIndex(what: string, text: string, around: Surroundings): number {
  return /^\d+$/.test(text) ? checkInteger(what, Number(text), 0, 0x7fff_ffff) : around.indexOf(text);
}

/** Zeros, with the family and, on macOS, the length in front. */
function structure(family: number, length: number, { os }: Surroundings): Uint8Array {
  const bytes = new Uint8Array(new ArrayBuffer(length));
  if (os === "linux") viewOf(bytes).setUint16(0, family, true);
  else bytes.set([length, family]);
  return bytes;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
