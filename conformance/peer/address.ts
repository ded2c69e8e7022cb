/** Socket addresses: between `{host, port}` or `{path}` and the bytes of `struct sockaddr`. */
import type { PeerAddress } from "../harness/case.js";
import { libc, memory } from "./libc.js";
import { AF_INET, AF_INET6, AF_UNIX, E, must, SystemError } from "./linux.js";

export interface Sockaddr {
  readonly family: number;
  readonly bytes: Uint8Array;
}

const LONGEST_PATH = 108;
const scratch = memory(128);
const scratchLength = new Int32Array(new ArrayBuffer(4));
const text = memory(64);

/** Fails with EINVAL for a host that is no IP literal or a path that does not fit. */
export function encode(address: PeerAddress): Sockaddr {
  return "path" in address ? encodePath(address.path) : encodeHost(address.host, address.port);
}

function encodePath(path: string): Sockaddr {
  const name = Buffer.from(path);
  const abstract = name[0] === 0;
  // An abstract name is as long as the address says; a path is ended by a zero byte.
  const length = 2 + name.length + (abstract ? 0 : 1);
  if (length > 2 + LONGEST_PATH) throw new SystemError(E.EINVAL, "sockaddr_un");
  const bytes = memory(length);
  new DataView(bytes.buffer).setUint16(0, AF_UNIX, true);
  bytes.set(name, 2);
  return { family: AF_UNIX, bytes };
}

/** `fe80::1%3` has the interface's number as its zone. */
function encodeHost(given: string, port: number): Sockaddr {
  const [host = "", zone = "0"] = given.split("%");
  const family = host.includes(":") ? AF_INET6 : AF_INET;
  const bytes = memory(family === AF_INET6 ? 28 : 16);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, family, true);
  view.setUint16(2, port);
  const literal = memory(64);
  const { written } = new TextEncoder().encodeInto(host, literal.subarray(0, 63));
  const binary = memory(16);
  const parsed = written > 0 && libc.inet_pton(family, literal, binary) === 1;
  if (!parsed) throw new SystemError(E.EINVAL, `inet_pton ${host}`);
  if (family === AF_INET6) {
    bytes.set(binary, 8);
    view.setUint32(24, Number(zone), true);
  } else bytes.set(binary.subarray(0, 4), 4);
  return { family, bytes };
}

/** An unnamed Unix socket has the path "". */
export function decode(bytes: Uint8Array, length: number): PeerAddress {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const family = length < 2 ? AF_UNIX : view.getUint16(0, true);
  if (family === AF_UNIX) {
    const name = Buffer.from(bytes.subarray(2, Math.max(2, length)));
    const end = name[0] === 0 ? -1 : name.indexOf(0);
    return { path: name.toString("utf8", 0, end < 0 ? name.length : end) };
  }
  const host = formatIp(family === AF_INET6 ? bytes.subarray(8, 24) : bytes.subarray(4, 8));
  return { host, port: view.getUint16(2) };
}

/** The text of an address of 4 or 16 bytes. */
export function formatIp(bytes: Uint8Array): string {
  const binary = memory(16);
  binary.set(bytes);
  libc.inet_ntop(bytes.length === 16 ? AF_INET6 : AF_INET, binary, text, text.length);
  return Buffer.from(text.subarray(0, text.indexOf(0))).toString("latin1");
}

export function localAddress(descriptor: number): PeerAddress {
  scratchLength[0] = scratch.length;
  must(libc.getsockname(descriptor, scratch, scratchLength), "getsockname");
  return decode(scratch, scratchLength[0]);
}

/** Undefined if the far end has reset the connection already. */
export function remoteAddress(descriptor: number): PeerAddress | undefined {
  scratchLength[0] = scratch.length;
  const result = libc.getpeername(descriptor, scratch, scratchLength);
  return result < 0 ? undefined : decode(scratch, scratchLength[0]);
}
