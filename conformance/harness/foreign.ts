/**
 * A foreign library as the cases see it: a driver behind omnisock's API.
 *
 * The facade passes calls, bytes and errors on and adds no guarantee of its own. A call, member or option that the driver
 * has not is refused with a sentence, and told to the running case, whose verdict is then `unsupported`.
 */
import type { Sockets, Support } from "omnisock";

import type { Accepts, Driver, DriverOptions, DriverStream } from "../drivers/driver.js";
import { sleep } from "./context.js";
import { markNative } from "./native-error.js";

export interface Foreign {
  readonly sockets: Sockets;
  /** From here on `lacking` is told, once per refusal, what the library has not. */
  begin(lacking: (sentence: string) => void): void;
  /** From here on nothing is told, and options that the driver does not know are left out: cases clean up. */
  end(): void;
  /** Closes what is still open. */
  closeAll(): Promise<void>;
}

/** What is open, and whom to tell. */
interface Session {
  readonly driver: Driver;
  readonly open: Set<Closable>;
  lacking: ((sentence: string) => void) | undefined;
}

interface Closable {
  close(): Promise<void>;
  reset?(): Promise<void>;
}

/** What the cases may use of a kind of object: its data, and its calls with the place of their options among the arguments. */
interface Surface {
  readonly kind: "stream" | "listener" | "datagram";
  readonly data: readonly (string | symbol)[];
  readonly calls: Readonly<Record<string, number>>;
  /** Calls that give no promise. */
  readonly direct: Readonly<Record<string, number>>;
}

const none = -1;

const stream: Surface = {
  kind: "stream",
  data: [
    "localAddress",
    "remoteAddress",
    "closed",
    "bytesRead",
    "bytesWritten",
    "readable",
    "writable",
    Symbol.asyncIterator,
    Symbol.asyncDispose ?? Symbol.for("Symbol.asyncDispose"),
  ],
  calls: { read: 0, readInto: 1, write: 1, shutdown: 1, close: 0, reset: none },
  direct: { setOption: none, ref: none, unref: none },
};

const listener: Surface = {
  kind: "listener",
  data: ["address", "closed", ...stream.data.slice(-2)],
  calls: { accept: 0, close: 0, shutdown: 0 },
  direct: { ref: none, unref: none },
};

const datagram: Surface = {
  kind: "datagram",
  data: ["address", "remoteAddress", "closed", "dropped", ...stream.data.slice(-2)],
  calls: { send: 2, receive: 0, connect: 1, disconnect: none, close: none },
  direct: { join: 1, leave: 1, setOption: none, ref: none, unref: none },
};

export function foreignSockets(driver: Driver): Foreign {
  const session: Session = { driver, open: new Set(), lacking: undefined };

  function entry(name: "connect" | "listen" | "bind", surface: Surface): (options: object) => Promise<unknown> {
    return async (options) => {
      const call = driver[name] ?? refuse(session, `the library has no ${name}()`);
      const accepted = understood(session, name, driver.accepts[name], options);
      const opened = await passing<object>(session, () => (call as Driver["connect"]).call(driver, accepted));
      return wrap(session, surface, opened as Closable, transport(options));
    };
  }

  const sockets = {
    connect: entry("connect", stream),
    listen: entry("listen", listener),
    bind: entry("bind", datagram),
    async lookup(host: string, options: object = {}) {
      const call = driver.lookup ?? refuse(session, "the library has no lookup()");
      const accepted = understood(session, "lookup", driver.accepts.lookup, options);
      return await passing(session, () => call.call(driver, host, accepted));
    },
    supports(feature: string): Support {
      const own = driver.gaps as Record<string, string> | undefined;
      const reason = own?.[feature] ?? (feature === "options.read" ? "a driver reads no socket option" : undefined);
      return reason === undefined ? { supported: true } : { supported: false, reason };
    },
  };
  return {
    sockets: sockets as unknown as Sockets,
    begin: (lacking) => void (session.lacking = lacking),
    end: () => void (session.lacking = undefined),
    async closeAll() {
      const closing = [...session.open].map(async (one) => await (one.reset ?? one.close).call(one));
      session.open.clear();
      await Promise.race([Promise.allSettled(closing), sleep(500)]);
    },
  };
}

/** The driver's object with the members that omnisock's has. */
function wrap(session: Session, surface: Surface, target: Closable, transport: "tcp" | "unix"): object {
  const { kind } = surface;
  const members = target as unknown as Record<string | symbol, unknown>;
  const accepts = (session.driver.accepts[kind] ?? {}) as Readonly<Record<string, readonly string[]>>;
  session.open.add(target);

  function member(name: string | symbol): unknown {
    const mayBeUndefined = name in target && surface.data.includes(name) && name !== "closed";
    if (members[name] === undefined && !mayBeUndefined) {
      refuse(session, `a ${kind} of the library has no ${typeof name === "symbol" ? `[${name.description}]` : name}`);
    }
    return members[name];
  }

  function prepare(name: string, at: number, given: readonly unknown[]): unknown[] {
    if (name === "setOption") {
      return understood(session, name, accepts[name], { [String(given[0])]: given[1] }) && [...given];
    }
    const args = given.map((one, i) => i === at ? understood(session, name, accepts[name], one) : encoded(name, one));
    return args;
  }

  async function call(name: string, at: number, given: readonly unknown[]): Promise<unknown> {
    // A case that cleans up need not wait until its peer has read everything.
    if (name === "close" && session.lacking === undefined && target.reset !== undefined) return await target.reset();
    const method = member(name) as (...args: unknown[]) => Promise<unknown>;
    const args = prepare(name, at, given);
    const result = await passing(session, () => method.apply(target, args));
    if (name === "close" || name === "reset") session.open.delete(target);
    if (name === "accept") return wrap(session, stream, result as DriverStream, transport);
    if (name === "receive") return received(session, result as object);
    return result;
  }

  // On a prototype, as the methods of a class: the transcript tells their calls.
  const methods = { toJSON: () => `a ${kind}` };
  const facade = Object.create(methods) as object;
  // Not enumerable, so that an error message that shows the object asks the library for nothing.
  const define = (name: string | symbol, get: () => unknown): void =>
    void Object.defineProperty(facade, name, { get, enumerable: false });
  const offer = (name: string, value: (...given: unknown[]) => unknown): void =>
    void Object.defineProperty(methods, name, { value, configurable: true, writable: true });
  for (const name of surface.data) define(name, () => observed(member(name)));
  if (kind === "stream") define("transport", () => transport);
  for (const [name, at] of Object.entries(surface.calls)) {
    // The promise may be the facade's and not the library's: that nobody waits for it is no finding.
    offer(name, (...given) => observed(call(name, at, given)));
  }
  for (const [name, at] of Object.entries(surface.direct)) {
    offer(name, (...given) => {
      const method = member(name) as (...args: unknown[]) => unknown;
      const args = prepare(name, at, given);
      noting(session, () => method.apply(target, args));
      return facade;
    });
  }
  return facade;
}

/** Refuses a thing that the library has not. */
function refuse(session: Session, sentence: string): never {
  session.lacking?.(sentence);
  throw Object.assign(new Error(sentence), { code: "ENOTSUP" });
}

/** The options if the driver knows them all; `undefined` members count as absent, as they do for omnisock. */
function understood(session: Session, call: string, known: readonly string[] = [], given: unknown): DriverOptions {
  if (typeof given !== "object" || given === null) return given as DriverOptions;
  const options: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined) continue;
    const names = isPlain(value) ? [name, ...Object.keys(value).map((part) => `${name}.${part}`)] : [name];
    const unknown = names.find((one) => !known.includes(one));
    if (unknown === undefined) options[name] = value;
    else if (session.lacking !== undefined) refuse(session, `${call}() of the library takes no ${unknown}`);
  }
  return options;
}

function isPlain(value: unknown): value is object {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

function encoded(name: string, argument: unknown): unknown {
  const isText = (name === "write" || name === "send") && typeof argument === "string";
  return isText ? new TextEncoder().encode(argument) : argument;
}

/** Whatever the library throws passes, marked as its own; its `ENOTSUP` is a refusal. */
async function passing<Value>(session: Session, call: () => Value | Promise<Value>): Promise<Value> {
  try {
    return await call();
  } catch (error) {
    throw noted(session, error);
  }
}

function noting<Value>(session: Session, call: () => Value): Value {
  try {
    return call();
  } catch (error) {
    throw noted(session, error);
  }
}

function noted(session: Session, error: unknown): unknown {
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
  if (code === "ENOTSUP") session.lacking?.(String(message));
  markNative(error);
  return error;
}

/** A promise, with its error marked, that is never an unhandled rejection. */
function observed(value: unknown): unknown {
  if (value instanceof Promise) value.catch(markNative);
  return value;
}

/** A datagram; that the library does not tell of truncation is found when somebody asks. */
function received(session: Session, message: object): object {
  if ("truncated" in message) return message;
  return Object.defineProperty({ ...message }, "truncated", {
    get: () => refuse(session, "the library does not tell whether a datagram was truncated"),
    enumerable: true,
  });
}

function transport(options: object): "tcp" | "unix" {
  return (options as DriverOptions)["path"] === undefined ? "tcp" : "unix";
}

/** What is wrong with a module's default export as a driver, or nothing. */
export function driverFault(given: unknown): string | undefined {
  if (typeof given !== "object" || given === null) return "its default export is no driver";
  const driver = given as Partial<Record<keyof Driver, unknown>>;
  if (typeof driver.connect !== "function") return "the driver has no connect()";
  const accepts = driver.accepts as Accepts | undefined;
  if (typeof accepts !== "object" || accepts === null || !Array.isArray(accepts.connect)) {
    return "the driver has no accepts.connect, the list of the options that its connect() takes";
  }
  for (const name of ["listen", "bind", "lookup"] as const) {
    if (driver[name] !== undefined && typeof driver[name] !== "function") return `the driver's ${name} is no function`;
    if (driver[name] !== undefined && accepts[name] === undefined) {
      return `the driver has ${name}() but no accepts.${name}`;
    }
  }
  return undefined;
}
