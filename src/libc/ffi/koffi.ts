/** The C library through the package `koffi`, an optional peer, for a Node that has no `node:ffi`. */
import { createRequire } from "node:module";
import type { Library } from "../calls.ts";
import { LibcError } from "../error.ts";
import { watchOnNode } from "../watch/node.ts";
import { callsOver, type Native } from "./over.ts";
import { type Argument, openFirst, type Signature, signatures, type SymbolName } from "./symbols.ts";

type Symbols = Native["symbols"];

/** The few members of `koffi` that are used here. */
interface Koffi {
  load(name: string): { func(name: string, result: string, types: readonly string[]): Symbols[SymbolName] };
  address(view: Uint8Array): bigint;
  errno(): number;
}

const argumentTypes: Readonly<Record<Argument, string>> = {
  int: "int32_t",
  unsigned: "uint32_t",
  size: "uint64_t",
  pointer: "void *",
};

const resultTypes: Readonly<Record<Signature["result"], string>> = {
  int: "int32_t",
  unsigned: "uint32_t",
  pointer: "void *",
  void: "void",
};

/** Fails with `ENOTSUP` if the package is not there. */
export function libraryOfKoffi(): Library {
  const koffi = load();
  const library = openFirst((name) => koffi.load(name));
  const symbols = Object.fromEntries(
    Object.entries(signatures()).map(([name, wanted]) => [
      name,
      library.func(name, resultTypes[wanted.result], wanted.arguments.map((kind) => argumentTypes[kind])),
    ]),
  ) as Symbols;
  const errno = (): number => koffi.errno();
  const calls = callsOver({ symbols, errno, size: (value) => value });
  return {
    name: "koffi",
    calls,
    errno,
    addressOf: (bytes) => koffi.address(bytes),
    watch: (selector, look) => watchOnNode(calls, { selector, look }),
  };
}

function load(): Koffi {
  try {
    return createRequire(import.meta.url)("koffi") as Koffi;
  } catch (cause) {
    const missing = (cause as { code?: unknown } | null)?.code === "MODULE_NOT_FOUND";
    const detail = missing
      ? "this Node has no node:ffi, and koffi is not installed: npm install koffi"
      : `koffi: ${cause instanceof Error ? cause.message : String(cause)}`;
    throw new LibcError("ENOTSUP", "dlopen", { detail, cause });
  }
}
