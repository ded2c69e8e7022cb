/**
 * What a case asks of the library, told call by call while it runs, and what came of the waits.
 *
 * Calls are told when they are made. The promise that a call returns is never touched: to observe it would hide a
 * rejection that nobody waits for. So the methods of a connection, listener or UDP socket are told from when a case has
 * first waited for such an object with `t.within`.
 */
import { types } from "node:util";

import type { Sockets } from "omnisock";

export interface Transcript {
  /** The library; each call of its functions is told. */
  readonly sockets: Sockets;
  /** A new case: the names of objects start again. */
  begin(): void;
  /** The case is over; what its deferred actions call is not told. */
  end(): void;
  /** What came of a wait, which the case itself observes. */
  came(what: string, value: unknown): void;
  failed(what: string, error: unknown): void;
}

/** So many lines of one case are told; a loop of a thousand writes is no evidence after that. */
const limit = 200;

const entryFunctions = ["connect", "listen", "bind", "lookup"] as const;

/** A line, or that the line before it came `again` so many times. */
interface Told {
  readonly line: string;
  readonly again?: number;
}

export function startTranscript(library: Sockets, tell: (told: Told) => void): Transcript {
  const told = new WeakSet<object>();
  let names = new WeakMap<object, string>();
  let counts = new Map<string, number>();
  let lines = limit;
  let inside = false;
  let last = "";
  let again = 0;

  /** A line that is repeated is told twice, the second time with how often. */
  function say(line: string): void {
    if (lines <= 0) return;
    if (line === last) {
      again += 1;
      return;
    }
    tellRest();
    lines -= 1;
    last = line;
    tell({ line });
  }

  function tellRest(): void {
    if (again > 0) tell({ line: last, again });
    again = 0;
  }

  function name(value: object): string {
    const known = names.get(value);
    if (known !== undefined) return known;
    const kind = kindOf(value) ?? "object";
    const count = (counts.get(kind) ?? 0) + 1;
    counts.set(kind, count);
    names.set(value, `${kind}${count}`);
    return `${kind}${count}`;
  }

  function text(value: unknown): string {
    return isObject(value) && kindOf(value) !== undefined ? name(value) : brief(value);
  }

  /** Tells the calls of all methods of the object's class. */
  function learn(value: unknown): void {
    if (!isObject(value) || kindOf(value) === undefined) return;
    const prototype = Object.getPrototypeOf(value) as object;
    if (prototype === Object.prototype || told.has(prototype)) return;
    told.add(prototype);
    for (const [key, member] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
      const method = member.value as unknown;
      if (key === "constructor" || typeof method !== "function" || member.configurable !== true) continue;
      Object.defineProperty(prototype, key, {
        ...member,
        value: named(method, function (this: object, ...args: unknown[]): unknown {
          return during(
            () => `${isObject(this) ? name(this) : brief(this)}.${key}(${args.map(text).join(", ")})`,
            () => Reflect.apply(method, this, args),
          );
        }),
      });
    }
  }

  /** A call that the library makes of itself meanwhile is not told. */
  function during<T>(line: () => string, action: () => T): T {
    if (inside || lines <= 0) return action();
    say(line());
    inside = true;
    try {
      return action();
    } finally {
      inside = false;
    }
  }

  const wrapped = Object.fromEntries(entryFunctions.flatMap((key) => {
    const method = library[key] as unknown;
    if (typeof method !== "function") return [];
    const call = named(
      method,
      (...args: unknown[]) =>
        during(() => `${key}(${args.map(text).join(", ")})`, () => Reflect.apply(method, library, args)),
    );
    return [[key, call]];
  }));

  return {
    sockets: { ...library, ...wrapped } as Sockets,
    begin() {
      names = new WeakMap();
      counts = new Map();
      lines = limit;
      last = "";
    },
    end() {
      tellRest();
      lines = 0;
    },
    came(what, value) {
      for (const one of Array.isArray(value) ? value as unknown[] : [value]) learn(one);
      say(`  ${what}: ${Array.isArray(value) ? `[${value.map(text).join(", ")}]` : text(value)}`);
    },
    failed(what, error) {
      say(`  ${what}: ${brief(error)}`);
    },
  };
}

/** With the name and length of the function that it stands for. */
function named<F extends (...args: never[]) => unknown>(original: { name: string; length: number }, wrapper: F): F {
  for (const key of ["name", "length"] as const) {
    Object.defineProperty(wrapper, key, { value: original[key], configurable: true });
  }
  return wrapper;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

/** What an object of the library is, by its class's methods. */
function kindOf(value: object): "conn" | "listener" | "udp" | undefined {
  if (types.isProxy(value)) return undefined;
  const prototype = Object.getPrototypeOf(value) as object | null;
  const has = (...keys: readonly string[]): boolean =>
    keys.every((key) => typeof Object.getOwnPropertyDescriptor(prototype, key)?.value === "function");
  if (prototype === null || prototype === Object.prototype) return undefined;
  if (has("read", "write", "shutdown")) return "conn";
  if (has("accept", "close")) return "listener";
  return has("send", "receive") ? "udp" : undefined;
}

/** A value in a few words, without running anything of it: no getter, no trap, no `toString`. */
function brief(value: unknown, depth = 0): string {
  if (typeof value === "string") return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value);
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "function") return "function";
  if (!isObject(value)) return String(value);
  if (types.isProxy(value)) return "proxy";
  if (types.isTypedArray(value)) return `<${value.byteLength} bytes>`;
  if (types.isNativeError(value)) {
    const [code, message] = (["code", "message"] as const).map((key) =>
      Object.getOwnPropertyDescriptor(value, key)?.value
    );
    return `${code ?? "Error"} (${String(message).slice(0, 120)})`;
  }
  const tag = value instanceof AbortSignal ? "signal" : types.isPromise(value) ? "promise" : undefined;
  if (tag !== undefined) return tag;
  if (depth > 2) return "…";
  const members = Object.entries(Object.getOwnPropertyDescriptors(value)).slice(0, 8).map(([key, member]) =>
    Array.isArray(value) && key !== "length"
      ? brief(member.value, depth + 1)
      : `${key}: ${member.get === undefined ? brief(member.value, depth + 1) : "getter"}`
  );
  return Array.isArray(value)
    ? `[${members.filter((member) => !member.startsWith("length: ")).join(", ")}]`
    : `{ ${members.join(", ")} }`;
}
