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

const intBytes = memory(4);
const int = new DataView(intBytes.buffer);
const sizeBytes = memory(4);
const size = new DataView(sizeBytes.buffer);

/** The value of an option that is an `int`. */
export function getsockopt(fd: number, level: number, name: number): number;
/** The value of an option byte by byte: at most `length` bytes, or as many as the kernel has. */
export function getsockopt(fd: number, level: number, name: number, length: number): Uint8Array;
export function getsockopt(fd: number, level: number, name: number, length?: number): number | Uint8Array {
  if (length !== undefined) {
    const wanted = checkInteger("length", length, 0, maxLength);
    const bytes = memory(Math.max(wanted, 1));
    const written = read(fd, { level, name, bytes, length: wanted });
    return written === wanted ? bytes.subarray(0, wanted) : bytes.slice(0, written);
  }
  int.setInt32(0, 0, true);
  const written = read(fd, { level, name, bytes: intBytes, length: 4 });
  if (written !== 4 && written !== 1) {
    throw new RangeError(`the option is no int but has ${written} bytes; give a length`);
  }
  return int.getInt32(0, true);
}

/** Sets an option: a number is passed as an `int`. */
export function setsockopt(fd: number, level: number, name: number, value: number | Uint8Array): void {
  const bytes = typeof value === "number" ? intBytes : checkBytes("value", value);
  if (typeof value === "number") int.setInt32(0, checkInt("value", value), true);
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

interface Place {
  readonly level: number;
  readonly name: number;
  /** Zeros, so that what the kernel takes for a pointer to more memory points to none. */
  readonly bytes: Uint8Array;
  readonly length: number;
}

/** How many bytes the kernel wrote. */
function read(fd: number, { level, name, bytes, length }: Place): number {
  // The kernel takes the length of this one for a number of instructions, of 8 bytes each, and would write beyond the end.
  if (here.os === "linux" && level === SOL_SOCKET && name === SO_ATTACH_FILTER) {
    throw new RangeError("SO_GET_FILTER counts in instructions, not in bytes, and cannot be read");
  }
  size.setUint32(0, length, true);
  succeeded(
    "getsockopt",
    calls.getsockopt(checkDescriptor(fd), checkInt("level", level), checkInt("name", name), bytes, sizeBytes),
  );
  return Math.min(size.getUint32(0, true), length);
}
