/** The assertions of the cases: uvu's where they serve, and what sockets need besides. Each names what it is about. */
import * as assert from "uvu/assert";

import { isNative } from "./native-error.js";

/** What an error must look like; only the members given are compared. */
export interface ErrorShape {
  readonly code?: string | readonly string[];
  /**
   * An error that came from a foreign library may be of any class; where a wrong argument is to be refused, it must be an
   * error of arguments and not of the network. Besides, only `code` and `value` of it are compared.
   */
  readonly name?: string;
  /** The very value that must have been thrown, for instance `signal.reason`. */
  readonly value?: unknown;
  readonly message?: string | RegExp;
  /** Other members that must be equal, for instance `{ operation: "connect" }`. */
  readonly members?: Readonly<Record<string, unknown>>;
}

/** Deep equality. */
export function equal(actual: unknown, expected: unknown, what: string): void {
  try {
    assert.equal(actual, expected, what);
  } catch (error) {
    throw explained(error, `${what}: got ${show(actual)}, expected ${show(expected)}`);
  }
}

export function notEqual(actual: unknown, unexpected: unknown, what: string): void {
  assert.not.equal(actual, unexpected, `${what}: must not be ${show(unexpected)}`);
}

export function ok(condition: unknown, what: string): asserts condition {
  assert.ok(condition, what);
}

/** The value is between `low` and `high`, both included. */
export function within(actual: number, low: number, high: number, what: string): void {
  assert.ok(actual >= low && actual <= high, `${what}: ${actual} is not between ${low} and ${high}`);
}

/** The same bytes; the message says where they part. */
export function bytesEqual(actual: Uint8Array | null, expected: Uint8Array | string, what: string): void {
  const wanted = typeof expected === "string" ? new TextEncoder().encode(expected) : expected;
  assert.ok(actual instanceof Uint8Array, `${what}: got ${show(actual)}, expected ${wanted.length} bytes`);
  const shared = Math.min(actual.length, wanted.length);
  for (let i = 0; i < shared; i++) {
    assert.ok(actual[i] === wanted[i], `${what}: byte ${i} of ${wanted.length} is ${actual[i]}, expected ${wanted[i]}`);
  }
  assert.ok(actual.length === wanted.length, `${what}: ${actual.length} bytes, expected ${wanted.length}`);
}

export function concat(chunks: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.length;
  }
  return whole;
}

/** Waits for the rejection, compares it and returns it. Put `t.within` around the promise. */
export async function rejects(promise: PromiseLike<unknown>, shape: ErrorShape, what: string): Promise<ThrownError> {
  let value: unknown;
  try {
    value = await promise;
  } catch (error) {
    return match(error, shape, what);
  }
  throw explained(undefined, `${what}: resolved with ${show(value)}, expected a rejection with ${show(shape)}`);
}

export function throws(action: () => unknown, shape: ErrorShape, what: string): ThrownError {
  let value: unknown;
  try {
    value = action();
  } catch (error) {
    return match(error, shape, what);
  }
  if (value instanceof Promise) value.catch(() => {});
  throw explained(undefined, `${what}: returned ${show(value)}, expected ${show(shape)} to be thrown`);
}

/** The call throws or rejects: for members of which it does not matter. */
export function refuses(action: () => unknown, shape: ErrorShape, what: string): Promise<ThrownError> {
  return rejects((async () => await action())(), shape, what);
}

export type Settled<T> =
  | { readonly status: "fulfilled"; readonly value: T }
  | { readonly status: "rejected"; readonly reason: ThrownError };

/** Observes a promise at once, so that its rejection is never unhandled, and tells later how it ended. */
export async function settles<T>(promise: PromiseLike<T>): Promise<Settled<T>> {
  try {
    return { status: "fulfilled", value: await promise };
  } catch (reason) {
    return { status: "rejected", reason: reason as ThrownError };
  }
}

/** Any thrown thing, with the members that a `SocketError` has. */
export interface ThrownError extends Error {
  readonly code?: string;
  readonly operation?: string;
  readonly address?: unknown;
}

function match(error: unknown, shape: ErrorShape, what: string): ThrownError {
  const thrown = error as ThrownError;
  const says = `${what}: threw ${show(error)}`;
  if ("value" in shape && !Object.is(error, shape.value)) {
    throw explained(error, `${says}, expected the value ${show(shape.value)}`);
  }
  if (shape.code !== undefined && ![shape.code].flat().includes(thrown?.code ?? "")) {
    throw explained(error, `${says}, expected code ${[shape.code].flat().join(" or ")}`);
  }
  const native = isNative(error);
  if (shape.name !== undefined && thrown?.name !== shape.name && !(native && mayStandFor(thrown, shape.name))) {
    throw explained(error, `${says}, expected ${shape.name}`);
  }
  if (shape.message !== undefined && !native) {
    const text = String(thrown?.message);
    const fits = typeof shape.message === "string" ? text.includes(shape.message) : shape.message.test(text);
    if (!fits) throw explained(error, `${says}, expected its message to have ${String(shape.message)}`);
  }
  for (const [member, expected] of Object.entries(native ? {} : shape.members ?? {})) {
    equal(
      (thrown as unknown as Record<string, unknown> | undefined)?.[member],
      expected,
      `${what}: member ${member} of the error`,
    );
  }
  return thrown;
}

/** Whether a foreign error can mean what omnisock says with an error of the given name. */
function mayStandFor(error: ThrownError, name: string): boolean {
  if (name !== "TypeError" && name !== "RangeError") return true;
  return error instanceof TypeError || error instanceof RangeError || error instanceof URIError ||
    /^(EINVAL$|ERR_)/.test(error.code ?? "");
}

function explained(cause: unknown, message: string): assert.Assertion {
  const details = cause instanceof assert.Assertion ? cause.details : undefined;
  return new assert.Assertion({
    message,
    ...(details ? { details } : {}),
    generated: false,
    operator: "expect",
    expects: undefined,
    actual: undefined,
  });
}

/** A value in one short line. */
export function show(value: unknown): string {
  if (value instanceof Error) {
    const code = (value as ThrownError).code;
    return `${value.name}${code === undefined ? "" : ` ${code}`} (${value.message})`;
  }
  if (value instanceof Uint8Array) {
    const head = Array.from(value.subarray(0, 16), (byte) => byte.toString(16).padStart(2, "0")).join(" ");
    return `<${value.length} bytes${value.length === 0 ? "" : `: ${head}${value.length > 16 ? " ..." : ""}`}>`;
  }
  if (typeof value === "function") return `function ${value.name}`;
  if (value instanceof RegExp || typeof value !== "object" || value === null) {
    return typeof value === "string" ? JSON.stringify(value) : String(value);
  }
  try {
    const text = JSON.stringify(
      value,
      (_key, member: unknown) =>
        member instanceof Error || member instanceof Uint8Array || member instanceof RegExp
          ? show(member)
          : typeof member === "bigint"
          ? `${member}n`
          : member,
    );
    return text.length > 300 ? `${text.slice(0, 300)}...` : text;
  } catch {
    return Object.prototype.toString.call(value);
  }
}
