/** How values of socket options are checked, and how they stand in the kernel's memory. */
import { hostText, parseLiteral } from "./address.ts";
import { checkBoolean, checkInteger, checkLiteral, checkString, describe } from "./arguments.ts";
import type { Kernel } from "./kernel.ts";

/** One kind of value. */
export interface Codec<Value> {
  /** `TypeError` or `RangeError` for what is no such value. Absent if the option is only read. */
  readonly check?: (what: string, value: unknown) => Value;
  /** Bytes that getsockopt(2) is given room for. */
  readonly length: number;
  readonly encode: (value: Value, kernel: Kernel) => Uint8Array;
  readonly decode: (bytes: Uint8Array, kernel: Kernel) => Value;
}

/** Integers are the machine's, which a typed array's are too. */
function words(...values: number[]): Uint8Array {
  return new Uint8Array(new Int32Array(values).buffer);
}

function word(bytes: Uint8Array, index = 0): number {
  const at = index * 4;
  // Some options of one byte are told in one byte.
  if (bytes.byteLength < at + 4) return bytes[at] ?? 0;
  return new Int32Array(bytes.slice(at, at + 4).buffer)[0] as number;
}

function notWritable(): never {
  throw new TypeError("the option can only be read");
}

export const flag: Codec<boolean> = {
  check: checkBoolean,
  length: 4,
  encode: (value) => words(value ? 1 : 0),
  decode: (bytes) => word(bytes) !== 0,
};

export function integer(minimum: number, maximum: number): Codec<number> {
  return {
    check: (what, value) => checkInteger(what, value, minimum, maximum),
    length: 4,
    encode: (value) => words(value),
    decode: (bytes) => word(bytes),
  };
}

const largest = 2 ** 31 - 1;

/** Bytes, at least `minimum`. */
export function size(minimum: number): Codec<number> {
  return integer(minimum, largest);
}

/** Milliseconds that the kernel counts in whole seconds: rounded up, and then within these. */
export function seconds(minimum: number, maximum: number): Codec<number> {
  const least = Math.max(0, (minimum - 1) * 1000 + 1);
  return {
    check: (what, value) => Math.ceil(checkInteger(what, value, least, maximum * 1000) / 1000) * 1000,
    length: 4,
    encode: (value) => words(value / 1000),
    decode: (bytes) => word(bytes) * 1000,
  };
}

/** `struct linger`: milliseconds in whole seconds, rounded up, or `false`. */
export const linger: Codec<number | false> = {
  check: (what, value) => {
    if (value === false) return false;
    if (typeof value !== "number") throw new TypeError(`${what} must be a number or false, not ${describe(value)}`);
    return Math.ceil(checkInteger(what, value, 0, 65_535_000) / 1000) * 1000;
  },
  length: 8,
  encode: (value) => (value === false ? words(0, 0) : words(1, value / 1000)),
  decode: (bytes) => word(bytes) === 0 ? false : word(bytes, 1) * 1000,
};

/** A name of at most 15 bytes and a NUL, as interfaces and congestion controls have. */
export function name(what: { readonly empty: boolean }): Codec<string> {
  return {
    check: (option, value) => {
      const text = checkString(option, value);
      if (text === "" && !what.empty) throw new RangeError(`${option} is empty`);
      if (!/^[\x21-\x7e]{0,15}$/.test(text)) throw new RangeError(`${option} ${JSON.stringify(text)} is no such name`);
      return text;
    },
    length: 16,
    encode: (value) => new TextEncoder().encode(`${value}\0`),
    decode: (bytes) => {
      const end = bytes.indexOf(0);
      return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end));
    },
  };
}

/** One of a few words, each a number in the kernel. */
export function choice<Word extends string>(numbers: Readonly<Record<Word, number>>): Codec<Word> {
  const known = Object.keys(numbers) as Word[];
  return {
    check: (what, value) => {
      const text = checkString(what, value);
      if (!known.includes(text as Word)) throw new RangeError(`${what} must be ${known.join(", ")}, not "${text}"`);
      return text as Word;
    },
    length: 4,
    encode: (value) => words(numbers[value]),
    decode: (bytes) => {
      const number = word(bytes);
      const found = known.find((candidate) => numbers[candidate] === number);
      if (found === undefined) throw new RangeError(`the kernel has ${number}, which has no name here`);
      return found;
    },
  };
}

/** What an interface is named by: an IPv4 address of it, or an IPv6 literal with it as zone. */
export const multicastInterface: Codec<string> = {
  check: (what, value) => {
    checkLiteral(what, value);
    return value as string;
  },
  length: 4,
  encode: (value, kernel) => {
    const literal = parseLiteral(value);
    if (literal?.family === "ipv4") return new Uint8Array(literal.host.split(".").map(Number));
    return words(literal?.scopeId === undefined ? 0 : kernel.interfaceIndex(literal.scopeId));
  },
  decode: (bytes) => bytes.join("."),
};

export const multicastInterface6: Codec<string> = {
  ...multicastInterface,
  decode: (bytes, kernel) => {
    const index = word(bytes);
    return index === 0 ? "::" : hostText({ family: "ipv6", host: "::", scopeId: kernel.interfaceName(index) });
  },
};

/** SO_ERROR: the name of the error, or `undefined`. */
export const pendingError: Codec<string | undefined> = {
  length: 4,
  encode: notWritable,
  decode: (bytes, kernel) => word(bytes) === 0 ? undefined : kernel.errorName(word(bytes)),
};

/** SO_TYPE. */
export type SocketType = "stream" | "dgram" | "raw" | "seqpacket";

export const socketType: Codec<SocketType> = choice({ stream: 1, dgram: 2, raw: 3, seqpacket: 5 });

/** Whom the kernel vouches for at the other end of a Unix stream: the process that connected or listened. */
export interface PeerCredentials {
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
}

export const credentials: Codec<PeerCredentials> = {
  length: 12,
  encode: notWritable,
  decode: (bytes) => ({ pid: word(bytes), uid: word(bytes, 1) >>> 0, gid: word(bytes, 2) >>> 0 }),
};
