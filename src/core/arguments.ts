/** Checks of arguments, all made before anything is opened: `TypeError` for a wrong type, `RangeError` for a value out of range. */
import { hostText, type IpFamily, type Literal, parseLiteral } from "./address.ts";

/**
 * The members of an options object that are its own, each read once: what a program has put on `Object.prototype` is no
 * option, and a getter cannot answer differently later. What is no object is left for `checkKeys` to refuse.
 */
export function ownMembers<Options>(options: Options): Options {
  if (typeof options !== "object" || options === null || Array.isArray(options)) return options;
  return Object.assign(Object.create(null) as object, options) as Options;
}

/** Fails unless `options` is an object whose own keys are all in `known`: a misspelt option must not be a silent no-op. */
export function checkKeys(what: string, options: unknown, known: readonly string[]): void {
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw new TypeError(`${what} must be an object, not ${describe(options)}`);
  }
  for (const key of Object.keys(options)) {
    if (!known.includes(key)) throw new TypeError(`${what} has no member "${key}"; it has ${known.join(", ")}`);
  }
}

export function checkBoolean(what: string, value: unknown): boolean {
  if (typeof value !== "boolean") throw new TypeError(`${what} must be a boolean, not ${describe(value)}`);
  return value;
}

export function checkString(what: string, value: unknown): string {
  if (typeof value !== "string") throw new TypeError(`${what} must be a string, not ${describe(value)}`);
  return value;
}

/** An integer between `minimum` and `maximum`, both included. */
export function checkInteger(what: string, value: unknown, minimum: number, maximum: number): number {
  if (typeof value !== "number") throw new TypeError(`${what} must be a number, not ${describe(value)}`);
  if (!Number.isInteger(value) || value < minimum || value > maximum) {
    throw new RangeError(`${what} must be an integer from ${minimum} to ${maximum}, not ${value}`);
  }
  return value;
}

/** Milliseconds: zero or more, `Infinity` for no limit. */
export function checkMilliseconds(what: string, value: unknown): number {
  if (typeof value !== "number") throw new TypeError(`${what} must be a number, not ${describe(value)}`);
  if (!(value >= 0)) throw new RangeError(`${what} must be milliseconds, zero or more, not ${value}`);
  return value;
}

export function checkPort(what: string, value: unknown, minimum: 0 | 1): number {
  return checkInteger(what, value, minimum, 65535);
}

export function checkFamily(what: string, value: unknown): IpFamily {
  if (value !== "ipv4" && value !== "ipv6") {
    const wrong = `${what} must be "ipv4" or "ipv6", not ${describe(value)}`;
    throw typeof value === "string" ? new RangeError(wrong) : new TypeError(wrong);
  }
  return value;
}

/** A host: an IP literal or a name. */
export type Host = { readonly literal: Literal } | { readonly name: string };

/**
 * Reads a host. Names are looked up in their ASCII form (UTS 46); brackets, spaces and other characters that no name has,
 * NUL above all, are refused, and so is what looks like an IPv4 address but is none (`1.2.3`, `127.1`, `256.0.0.1`).
 */
export function checkHost(what: string, value: unknown): Host {
  const text = checkString(what, value);
  const literal = parseLiteral(text);
  if (literal !== undefined) return { literal };
  const wrong = (why: string): RangeError => new RangeError(`${what} ${JSON.stringify(text)} ${why}`);
  if (text === "") throw wrong("is empty");
  if (/[[\]]/.test(text)) throw wrong("has brackets; give the address without them");
  if (text.includes(":")) throw wrong("is not an IPv6 address");
  const name = /^[\x21-\x7e]*$/.test(text) ? text : asciiName(text);
  if (name === undefined || !/^[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_.])?$/i.test(name) || name.includes("..")) {
    throw wrong("is not an address or a host name");
  }
  const labels = name.replace(/\.$/, "").split(".");
  if (name.length > 254 || labels.some((label) => label.length > 63)) throw wrong("is too long for a host name");
  if (/^(?:\d+|0x[0-9a-f]*)$/i.test(labels.at(-1) ?? "")) throw wrong("is not an IPv4 address");
  return { name };
}

function asciiName(text: string): string | undefined {
  if (/[\x00-\x20\x7f/\\?#@%]/.test(text)) return undefined;
  try {
    return new URL(`http://${text}/`).hostname;
  } catch {
    return undefined;
  }
}

/** An IP literal, as the text that native APIs take. */
export function checkLiteral(what: string, value: unknown): Literal {
  const text = checkString(what, value);
  const literal = parseLiteral(text);
  if (literal === undefined) throw new RangeError(`${what} ${JSON.stringify(text)} is not an IP address`);
  return literal;
}

/** A multicast group address. */
export function checkGroup(what: string, value: unknown): Literal {
  const literal = checkLiteral(what, value);
  const multicast = literal.family === "ipv4"
    ? /^(?:22[4-9]|23\d)\./.test(literal.host)
    : literal.host.startsWith("ff");
  if (!multicast) throw new RangeError(`${what} ${hostText(literal)} is not a multicast address`);
  return literal;
}

/** A Unix path of at most `limit` bytes; one that starts with NUL is an abstract name and may hold any characters. */
export function checkPath(what: string, value: unknown, limit: number): string {
  const path = checkString(what, value);
  if (path === "" || path === "\0") throw new RangeError(`${what} is empty`);
  if (path.includes("\0", 1)) throw new RangeError(`${what} ${JSON.stringify(path)} has a NUL character inside`);
  const length = new TextEncoder().encode(path).byteLength;
  if (length > limit) throw new RangeError(`${what} has ${length} bytes; a Unix socket address holds ${limit}`);
  return path;
}

const encoder = new TextEncoder();

/** The bytes of a string (UTF-8) or of a `Uint8Array`, which are not copied. */
export function checkBytes(what: string, value: unknown): Uint8Array {
  if (typeof value === "string") return encoder.encode(value);
  if (!(value instanceof Uint8Array)) {
    throw new TypeError(`${what} must be a string or a Uint8Array, not ${describe(value)}`);
  }
  checkAttached(what, value);
  return value;
}

/** Bytes to be filled: a `Uint8Array` that is not empty, not shared and not detached. */
export function checkBuffer(what: string, value: unknown): Uint8Array {
  if (!(value instanceof Uint8Array)) throw new TypeError(`${what} must be a Uint8Array, not ${describe(value)}`);
  checkAttached(what, value);
  return value;
}

/** A view of a detached buffer, or of one that was shrunk from under it, looks empty; its methods refuse it. */
function checkAttached(what: string, bytes: Uint8Array): void {
  if (bytes.byteLength > 0) return;
  try {
    bytes.at(0);
  } catch {
    throw new TypeError(`${what} has a detached or shrunk buffer`);
  }
}

/** How a wrong value is named in messages. */
export function describe(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "an array";
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "object") return `an instance of ${value.constructor?.name ?? "Object"}`;
  return typeof value === "undefined" ? "undefined" : `the ${typeof value} ${String(value)}`;
}
