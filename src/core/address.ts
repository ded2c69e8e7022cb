/** Addresses: their types, the one reader of IP literals, and the one writer. */

/** An IP endpoint. `host` is a literal without brackets; IPv6 in RFC 5952 form. */
export interface IpAddress {
  readonly family: "ipv4" | "ipv6";
  readonly host: string;
  readonly port: number;
  /** Zone of a link-local IPv6 address (RFC 4007 §11): an interface name or index. */
  readonly scopeId?: string;
}

/** A Unix-domain endpoint. `path` is `""` for an unnamed one; an abstract name (Linux) starts with NUL. */
export interface UnixAddress {
  readonly family: "unix";
  readonly path: string;
}

export type Address = IpAddress | UnixAddress;

export type IpFamily = IpAddress["family"];

/** An IP literal as read from text. */
export interface Literal {
  readonly family: IpFamily;
  readonly host: string;
  readonly scopeId?: string;
}

/**
 * Reads an IP literal: a dotted quad without leading zeros, or RFC 4291 §2.2 IPv6 text, optionally with `%zone`.
 * The historical forms of inet_addr(3) (`127.1`, `0x7f.1`, `010.0.0.1`) are not literals.
 */
export function parseLiteral(text: string): Literal | undefined {
  if (parseIpv4(text) !== undefined) return { family: "ipv4", host: text };
  const percent = text.indexOf("%");
  const words = parseIpv6(percent < 0 ? text : text.slice(0, percent));
  if (words === undefined) return undefined;
  if (percent < 0) return { family: "ipv6", host: formatIpv6(words) };
  const scopeId = text.slice(percent + 1);
  return /^[\w.@:-]{1,64}$/.test(scopeId) ? { family: "ipv6", host: formatIpv6(words), scopeId } : undefined;
}

/** The four bytes of a dotted quad. */
export function parseIpv4(text: string): readonly number[] | undefined {
  const parts = text.split(".");
  if (parts.length !== 4) return undefined;
  const bytes: number[] = [];
  for (const part of parts) {
    if (!/^(0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return undefined;
    bytes.push(Number(part));
  }
  return bytes;
}

/** The eight 16-bit groups of an IPv6 address without a zone. */
export function parseIpv6(text: string): readonly number[] | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const head = parseWords(halves[0] ?? "", halves.length === 1);
  const tail = parseWords(halves[1] ?? "", true);
  if (head === undefined || tail === undefined) return undefined;
  const gap = 8 - head.length - tail.length;
  if (halves.length === 1) return head.length === 8 ? head : undefined;
  return gap < 1 ? undefined : [...head, ...new Array<number>(gap).fill(0), ...tail];
}

/** Reads colon-separated groups; the last may be a dotted quad if `last` says that the text ends the address. */
function parseWords(text: string, last: boolean): number[] | undefined {
  if (text === "") return [];
  const groups = text.split(":");
  const words: number[] = [];
  for (const [index, group] of groups.entries()) {
    if (/^[0-9a-f]{1,4}$/i.test(group)) {
      words.push(Number.parseInt(group, 16));
      continue;
    }
    const quad = last && index === groups.length - 1 ? parseIpv4(group) : undefined;
    if (quad === undefined) return undefined;
    const [a = 0, b = 0, c = 0, d = 0] = quad;
    words.push(a * 256 + b, c * 256 + d);
  }
  return words;
}

/** RFC 5952 §4: lower case, no leading zeros, the longest run of two or more zero groups as `::`, the first of equals. */
export function formatIpv6(words: readonly number[]): string {
  let best = { start: -1, length: 1 };
  for (let start = 0; start < 8; start++) {
    let length = 0;
    while (start + length < 8 && words[start + length] === 0) length++;
    if (length > best.length) best = { start, length };
  }
  if (words.slice(0, 5).every((word) => word === 0) && words[5] === 0xffff) {
    const [high = 0, low = 0] = words.slice(6);
    return `::ffff:${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`;
  }
  const text = words.map((word) => word.toString(16));
  if (best.start < 0) return text.join(":");
  return `${text.slice(0, best.start).join(":")}::${text.slice(best.start + best.length).join(":")}`;
}

/**
 * An endpoint from what a runtime reports. An IPv4-mapped IPv6 address is reported as the IPv4 address that it stands for,
 * so that a dual-stack listener names its peers as an IPv4 one does.
 */
export function ipAddress(text: string, port: number): IpAddress {
  // What no colon is in has no other form.
  if (!text.includes(":")) return { family: "ipv4", host: text, port };
  const literal = parseLiteral(text);
  if (literal === undefined) return { family: "ipv6", host: text, port };
  if (literal.host.startsWith("::ffff:") && literal.host.includes(".")) {
    return { family: "ipv4", host: literal.host.slice("::ffff:".length), port };
  }
  return { ...literal, port };
}

/** The IP literal as native APIs take it: with its zone. */
export function hostText(address: Literal): string {
  return address.scopeId === undefined ? address.host : `${address.host}%${address.scopeId}`;
}

/** `host:port`, `[host]:port` or the path. */
export function formatAddress(address: Address): string {
  if (address.family === "unix") return address.path;
  return address.family === "ipv4" ? `${address.host}:${address.port}` : `[${hostText(address)}]:${address.port}`;
}

/** Whether two IP endpoints are the same. */
export function sameEndpoint(a: Address, b: Address): boolean {
  if (a === b) return true;
  if (a.family === "unix") return b.family === "unix" && a.path === b.path;
  if (b.family === "unix") return false;
  return a.port === b.port && a.host === b.host && a.family === b.family;
}
