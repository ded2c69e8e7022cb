/** Whether a descriptor is the one of a socket: what the kernel says of it is held against what is known of the socket. */
import { statSync } from "node:fs";
import { library } from "#libc";
import { type Address, hostText, type IpAddress, ipAddress } from "../core/address.ts";
import type { SocketIdentity } from "../core/kernel.ts";
import { memory } from "./calls.ts";
import { SO_ACCEPTCONN, SO_TYPE, SOCK_DGRAM, SOCK_STREAM, SOL_SOCKET } from "./constants.ts";
import { endpointOf } from "./endpoints.ts";
import { here } from "./interfaces.ts";
import { storageLength } from "./sockaddr.ts";

const { calls } = library;

/**
 * - `same`: all that is known holds
 * - `other`: something does not, or there is no socket
 * - `unclear`: paths differ that may lead to the same file
 * - `gone`: the peer is, as after a reset, and the rest holds: of several such nobody could tell which is which
 */
export type Verdict = "same" | "other" | "unclear" | "gone";

const storage = memory(storageLength);
const storageSize = memory(4);
const value = memory(4);
const valueSize = memory(4);

export function compare(fd: number, { type, local, remote }: SocketIdentity): Verdict {
  if (intOption(fd, SO_TYPE) !== (type === "stream" ? SOCK_STREAM : SOCK_DGRAM)) return "other";
  const told = addressOf("getsockname", fd);
  // A datagram socket that is bound to any address has one of its own while it is connected.
  const named = told === undefined ? "other" : sameAddress(local, told, type === "dgram" && remote !== undefined);
  if (named === "other") return "other";
  const peer = addressOf("getpeername", fd);
  const listening = type === "stream" && intOption(fd, SO_ACCEPTCONN) === 1;
  if (remote === undefined) return peer === undefined && listening === (type === "stream") ? named : "other";
  if (listening) return "other";
  if (peer === undefined) return type === "stream" ? "gone" : "other";
  const connected = sameAddress(remote, peer, false);
  return connected === "same" ? named : connected;
}

function sameAddress(known: Address, told: Address, orAny: boolean): "same" | "other" | "unclear" {
  if (known.family === "unix" || told.family === "unix") {
    return known.family === told.family && "path" in known && "path" in told
      ? samePath(known.path, told.path)
      : "other";
  }
  if (known.port !== told.port) return "other";
  const plain = ipAddress(hostText(known), known.port);
  if (orAny && (plain.host === "0.0.0.0" || plain.host === "::")) return "same";
  return plain.family === told.family && plain.host === told.host && sameZone(plain, told) ? "same" : "other";
}

/** Some runtimes tell no zones: the rest must do then. */
function sameZone(known: IpAddress, told: IpAddress): boolean {
  if (known.scopeId === undefined || told.scopeId === undefined || known.scopeId === told.scopeId) return true;
  try {
    return zoneIndex(known.scopeId) === zoneIndex(told.scopeId);
  } catch {
    return false;
  }
}

function zoneIndex(zone: string): number {
  return /^\d+$/.test(zone) ? Number(zone) : here.indexOf(zone);
}

/** The kernel tells a path as bind(2) was given it, which may be relative, or another name of the same file. */
function samePath(known: string, told: string): "same" | "other" | "unclear" {
  if (known === told) return "same";
  if (known === "" || told === "" || known.startsWith("\0") || told.startsWith("\0")) return "other";
  try {
    const [one, other] = [statSync(known, { bigint: true }), statSync(told, { bigint: true })];
    return one.ino === other.ino && one.dev === other.dev ? "same" : "other";
  } catch {
    return "unclear";
  }
}

function intOption(fd: number, name: number): number | undefined {
  const size = new DataView(valueSize.buffer);
  size.setUint32(0, 4, true);
  if (calls.getsockopt(fd, SOL_SOCKET, name, value, valueSize) < 0) return undefined;
  return new DataView(value.buffer).getInt32(0, true);
}

/** Undefined if there is none, or none of a family that a `SocketIdentity` can have. */
function addressOf(call: "getsockname" | "getpeername", fd: number): Address | undefined {
  const size = new DataView(storageSize.buffer);
  size.setUint32(0, storageLength, true);
  if (calls[call](fd, storage, storageSize) < 0) return undefined;
  try {
    return endpointOf(storage.subarray(0, Math.min(size.getUint32(0, true), storageLength)));
  } catch {
    return undefined;
  }
}
