/** The C library through `node:ffi`. */
import type { Library } from "../calls.ts";
import { watchOnNode } from "../watch/node.ts";
import { callsOver, type Native } from "./over.ts";
import { type Argument, errnoSymbol, openFirst, type Signature, signatures } from "./symbols.ts";

interface Definition {
  readonly arguments: readonly string[];
  readonly return: string;
}

/** The few members of `node:ffi` that are used here. */
export interface NodeFfi {
  dlopen(name: string, symbols: Readonly<Record<string, Definition>>): { readonly functions: unknown };
  getRawPointer(view: Uint8Array): bigint;
  getInt32(pointer: bigint, offset: number): number;
}

const argumentTypes: Readonly<Record<Argument, string>> = {
  int: "i32",
  unsigned: "u32",
  size: "u64",
  pointer: "buffer",
};

const resultTypes: Readonly<Record<Signature["result"], string>> = {
  int: "i32",
  unsigned: "u32",
  pointer: "pointer",
  void: "void",
};

/** Opens it; without `--allow-ffi` under Node's permission model that fails with its error. */
export function libraryOfNodeFfi(ffi: NodeFfi): Library {
  const definitions = Object.fromEntries(Object.entries(signatures()).map(([name, wanted]) => [name, define(wanted)]));
  const { functions } = openFirst((name) => ffi.dlopen(name, definitions));
  const native = functions as Native["symbols"];
  const location = (native[errnoSymbol()] as unknown as () => bigint)();
  const errno = (): number => ffi.getInt32(location, 0);
  const calls = callsOver({ symbols: native, errno, size: BigInt });
  return {
    name: "node:ffi",
    calls,
    errno,
    addressOf: (bytes) => ffi.getRawPointer(bytes),
    watch: (selector, look) => watchOnNode(calls, { selector, look }),
  };
}

function define(signature: Signature): Definition {
  return {
    arguments: signature.arguments.map((kind) => argumentTypes[kind]),
    return: resultTypes[signature.result],
  };
}
