/** The C library on Deno: `Deno.dlopen`, which needs `--allow-ffi`. */
import type { Library } from "../calls.ts";
import { errnos } from "../errno.ts";
import { LibcError } from "../error.ts";
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
  const native = symbols as Native["symbols"] & {
    background(descriptors: Uint8Array, count: number, timeout: number): Promise<number>;
  };
  const location = new deno.UnsafePointerView((native[errnoSymbol()] as unknown as () => Pointer)());
  const errno = (): number => location.getInt32();
  /** What calls in the background point to: Deno keeps no reference to it. */
  const polled = new Set<Uint8Array>();
  return {
    calls: callsOver({ symbols: native, errno, size: (value) => value }),
    errno,
    addressOf: (bytes) => BigInt(deno.UnsafePointer.value(deno.UnsafePointer.of(bytes))),
    async pollInBackground(descriptors, count, timeout) {
      polled.add(descriptors);
      try {
        const result = await native.background(descriptors, count, timeout);
        // The other thread's errno is out of reach: with valid arguments poll(2) fails for a signal only.
        return result === -1 ? -errnos.EINTR : result;
      } finally {
        polled.delete(descriptors);
      }
    },
  };
}

function define(signature: Signature): Definition {
  return { parameters: signature.arguments.map((kind) => parameters[kind]), result: results[signature.result] };
}
