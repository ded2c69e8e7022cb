/** getsockopt(2) and setsockopt(2). */
import { library } from "#libc";
import { checkInteger } from "../core/arguments.ts";
import { checkBytes, checkDescriptor, checkInt } from "./arguments.ts";
import { memory } from "./calls.ts";
import { SO_ATTACH_FILTER, SOL_SOCKET } from "./constants.ts";
import { here } from "./interfaces.ts";
import { succeeded } from "./sockets.ts";
import { holding } from "./transfer.ts";

const { calls } = library;

/** No option is longer, and what is has its own calls. */
const maxLength = 65_536;

/** The value of an option that is an `int`. */
export function getsockopt(fd: number, level: number, name: number): number;
/** The value of an option byte by byte: at most `length` bytes, or as many as the kernel has. */
export function getsockopt(fd: number, level: number, name: number, length: number): Uint8Array;
export function getsockopt(fd: number, level: number, name: number, length?: number): number | Uint8Array {
  const bytes = optionBytes(fd, level, name, length ?? 4);
  if (length !== undefined) return bytes;
  if (bytes.length !== 4 && bytes.length !== 1) {
    throw new RangeError(`the option is no int but has ${bytes.length} bytes; give a length`);
  }
  const view = new DataView(bytes.buffer);
  return bytes.length === 1 ? view.getUint8(0) : view.getInt32(0, true);
}

/** Sets an option: a number is passed as an `int`. */
export function setsockopt(fd: number, level: number, name: number, value: number | Uint8Array): void {
  const bytes = typeof value === "number" ? intBytes(value) : checkBytes("value", value);
  if (bytes.length > maxLength) throw new RangeError(`value has more than ${maxLength} bytes`);
  succeeded(
    "setsockopt",
    calls.setsockopt(
      checkDescriptor(fd),
      checkInt("level", level),
      checkInt("name", name),
      holding(bytes),
      bytes.length,
    ),
  );
}

function optionBytes(fd: number, level: number, name: number, length: number): Uint8Array<ArrayBuffer> {
  checkInteger("length", length, 0, maxLength);
  // The kernel takes the length of this one for a number of instructions, of 8 bytes each, and would write beyond the end.
  if (here.os === "linux" && level === SOL_SOCKET && name === SO_ATTACH_FILTER) {
    throw new RangeError("SO_GET_FILTER counts in instructions, not in bytes, and cannot be read");
  }
  // Zeros, so that what the kernel takes for a pointer to more memory points to none.
  const value = memory(Math.max(length, 1));
  const size = memory(4);
  const view = new DataView(size.buffer);
  view.setUint32(0, length, true);
  succeeded(
    "getsockopt",
    calls.getsockopt(checkDescriptor(fd), checkInt("level", level), checkInt("name", name), value, size),
  );
  return value.slice(0, Math.min(view.getUint32(0, true), length));
}

function intBytes(value: number): Uint8Array {
  const bytes = new DataView(new ArrayBuffer(4));
  bytes.setInt32(0, checkInt("value", value), true);
  return new Uint8Array(bytes.buffer);
}
