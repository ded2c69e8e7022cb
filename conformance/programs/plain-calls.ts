/**
 * Makes the plain calls of `omnisock/libc` that a case asks for: a line `{"name": "socket", "args": [...]}` each, answered by
 * a line with `result` or `error`. A constant is asked for by its name in place of a number; bytes are `{"bytes": [...]}`.
 */
import process from "node:process";
import { createInterface } from "node:readline";

import * as libc from "omnisock/libc";

const members = libc as unknown as Readonly<Record<string, unknown>>;

for await (const line of createInterface({ input: process.stdin })) {
  const { name, args } = JSON.parse(line) as { readonly name: string; readonly args: readonly unknown[] };
  console.log(JSON.stringify(answer(name, args)));
}

function answer(name: string, args: readonly unknown[]): object {
  const given = args.map(taken);
  try {
    const result = (members[name] as (...args: unknown[]) => unknown)(...given);
    // What a call has written into memory or members of its arguments is told too.
    return { result: told(result) ?? null, args: given.map(told) };
  } catch (error) {
    const { name: kind, code, errno, syscall, message } = error as Error & Record<string, unknown>;
    return { error: { name: kind, code, errno, syscall, message } };
  }
}

function taken(value: unknown): unknown {
  if (typeof value === "string" && /^([A-Z][A-Z0-9]*_[A-Z0-9_]+|POLL[A-Z]+)$/.test(value)) return members[value];
  if (Array.isArray(value)) return value.map(taken);
  if (typeof value !== "object" || value === null) return value;
  const { bytes, sum } = value as { readonly bytes?: readonly number[]; readonly sum?: readonly unknown[] };
  if (bytes !== undefined) return Uint8Array.from(bytes);
  if (sum !== undefined) return sum.map((part) => Number(taken(part))).reduce((all, part) => all | part, 0);
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, taken(member)]));
}

function told(value: unknown): unknown {
  if (value instanceof Uint8Array) return { bytes: [...value] };
  if (Array.isArray(value)) return value.map(told);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, told(member)]));
}
