/** The C library on Bun: `bun:ffi`. */
import { createRequire } from "node:module";
import type { Library } from "../calls.ts";
import { BunWatch } from "../watch/bun.ts";
import { callsOver, type Native } from "./over.ts";
import { type Argument, errnoSymbol, openFirst, type Signature, signatures } from "./symbols.ts";

interface Definition {
  readonly args: readonly string[];
  readonly returns: string;
}

/** The few members of `bun:ffi` that are used here. */
interface Ffi {
  dlopen(name: string, symbols: Readonly<Record<string, Definition>>): { readonly symbols: unknown };
  ptr(view: Uint8Array): number;
  readonly read: { i32(pointer: number, offset: number): number };
}

const args: Readonly<Record<Argument, string>> = { int: "i32", unsigned: "u32", size: "usize", pointer: "ptr" };

const returns: Readonly<Record<Signature["result"], string>> = {
  int: "i32",
  unsigned: "u32",
  pointer: "ptr",
  void: "void",
};

export const library: Library = open(createRequire(import.meta.url)("bun:ffi") as Ffi);

function open({ dlopen, ptr, read }: Ffi): Library {
  const definitions = Object.fromEntries(Object.entries(signatures()).map(([name, wanted]) => [name, define(wanted)]));
  const { symbols } = openFirst((name) => dlopen(name, definitions));
  const native = symbols as Native["symbols"];
  const location = (native[errnoSymbol()] as () => number)();
  const errno = (): number => read.i32(location, 0);
  const calls = callsOver({ symbols: native, errno, size: (value) => value });
  return {
    name: "bun:ffi",
    calls,
    errno,
    addressOf: (bytes) => BigInt(ptr(bytes)),
    watch: (selector, look) => new BunWatch(calls, { selector, look }),
  };
}

function define(signature: Signature): Definition {
  return { args: signature.arguments.map((kind) => args[kind]), returns: returns[signature.result] };
}
