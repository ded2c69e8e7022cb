/** Checks of what goes to system calls: nothing wrong reaches C. */
import { checkInteger, describe } from "../core/arguments.ts";
import { absentFlags } from "./constants.ts";

const maxInt = 0x7fff_ffff;

/** What one call transfers at most: the kernel's own limit, and less than an `int` holds. */
const maxTransfer = 0x7fff_f000;

export function checkDescriptor(value: number): number {
  return plain(checkInteger("fd", value, 0, maxInt));
}

/** Any `int`: what it means is the kernel's to say. */
export function checkInt(what: string, value: number): number {
  return plain(checkInteger(what, value, -maxInt - 1, maxInt));
}

/** An `int` of flags, none of which this system lacks. */
export function checkFlags(what: string, value: number): number {
  if (checkInteger(what, value, 0, maxInt) & absentFlags) {
    throw new RangeError(`${what} has one that this system lacks`);
  }
  return plain(value);
}

/** MSG_ZEROCOPY of Linux. */
const zeroCopy = 0x400_0000;

/** Flags of a call that sends: with MSG_ZEROCOPY the kernel would go on reading memory that the next call uses. */
export function checkSendFlags(value: number): number {
  if (checkFlags("flags", value) & zeroCopy) throw new RangeError("flags may not have MSG_ZEROCOPY");
  return plain(value);
}

/** The size of memory to be made. */
export function checkLength(what: string, value: number): number {
  return plain(checkInteger(what, value, 0, maxTransfer));
}

/** Negative zero is no integer to some of the foreign function interfaces. */
function plain(value: number): number {
  return value + 0;
}

const typedArray = Object.getPrototypeOf(Uint8Array.prototype) as object;
const tagOf = getter(Symbol.toStringTag);
const bufferOf = getter("buffer");
const offsetOf = getter("byteOffset");
const lengthOf = getter("byteLength");

/**
 * A view of the bytes whose members can be believed: a subclass or a property of the object's own may claim any length, and
 * C would write so far. A view of a detached buffer, or of one that was shrunk from under it, is refused.
 */
export function checkBytes(what: string, value: Uint8Array): Uint8Array {
  if (tagOf.call(value) !== "Uint8Array") throw new TypeError(`${what} must be a Uint8Array, not ${describe(value)}`);
  const length = lengthOf.call(value) as number;
  if (length > maxTransfer) throw new RangeError(`${what} has more than ${maxTransfer} bytes`);
  if (length === 0) {
    try {
      Uint8Array.prototype.at.call(value, 0);
    } catch {
      throw new TypeError(`${what} has a detached or shrunk buffer`);
    }
  }
  return new Uint8Array(bufferOf.call(value) as ArrayBuffer, offsetOf.call(value) as number, length);
}

/** A member of typed arrays as the engine defines it. */
function getter(name: PropertyKey): () => unknown {
  return Object.getOwnPropertyDescriptor(typedArray, name)?.get as () => unknown;
}
