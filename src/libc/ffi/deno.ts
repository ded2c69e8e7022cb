/** The C library on Deno: `Deno.dlopen`, which needs `--allow-ffi`. */
import type { Library } from "../calls.ts";
import { LibcError } from "../error.ts";
import { DenoWatch, type Poll } from "../watch/deno.ts";
import { callsOver, type Native } from "./over.ts";
import { type Argument, errnoSymbol, openFirst, type Signature, signatures } from "./symbols.ts";

/** An opaque object. */
type Pointer = object;

interface Definition {
  readonly name?: string;
  readonly parameters: readonly string[];
  readonly result: string;
  readonly nonblocking?: boolean;
}

/** The few members of `Deno` that are used here. */
interface Ffi {
  readonly permissions: { querySync(permission: { readonly name: "ffi" }): { readonly state: string } };
  dlopen(name: string, symbols: Readonly<Record<string, Definition>>): { readonly symbols: unknown };
  readonly UnsafePointer: { of(view: Uint8Array): Pointer | null; value(pointer: Pointer | null): number | bigint };
  readonly UnsafePointerView: new (pointer: Pointer) => { getInt32(): number };
}

const parameters: Readonly<Record<Argument, string>> = {
  int: "i32",
  unsigned: "u32",
  size: "usize",
  pointer: "buffer",
};

const results: Readonly<Record<Signature["result"], string>> = {
  int: "i32",
  unsigned: "u32",
  pointer: "pointer",
  void: "void",
};

export const library: Library = open();

function open(): Library {
  const { Deno: deno } = globalThis as { Deno?: Ffi };
  if (deno === undefined) throw new LibcError("ENOTSUP", "dlopen", { detail: "this is not Deno" });
  // Asked for first, so that there is no prompt.
  if (deno.permissions.querySync({ name: "ffi" }).state !== "granted") {
    throw new LibcError("ENOTSUP", "dlopen", { detail: "Deno needs --allow-ffi" });
  }
  const definitions = Object.fromEntries(Object.entries(signatures()).map(([name, wanted]) => [name, define(wanted)]));
  const background: Definition = { ...definitions["poll"] as Definition, name: "poll", nonblocking: true };
  const { symbols } = openFirst((name) => deno.dlopen(name, { ...definitions, background }));
  const native = symbols as Native["symbols"] & { readonly background: Poll };
  const location = new deno.UnsafePointerView((native[errnoSymbol()] as unknown as () => Pointer)());
  const errno = (): number => location.getInt32();
  const calls = callsOver({ symbols: native, errno, size: (value) => value });
  return {
    name: "Deno.dlopen",
    calls,
    errno,
    addressOf: (bytes) => BigInt(deno.UnsafePointer.value(deno.UnsafePointer.of(bytes))),
    watch: (selector, look) => new DenoWatch(calls, { poll: native.background, selector, look }),
  };
}

function define(signature: Signature): Definition {
  return { parameters: signature.arguments.map((kind) => parameters[kind]), result: results[signature.result] };
}
