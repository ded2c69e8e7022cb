/** The C library on Node: `node:ffi` where it is there, else the package `koffi`. */
import process from "node:process";
import type { Library } from "../calls.ts";
import { libraryOfKoffi } from "./koffi.ts";
import { libraryOfNodeFfi, type NodeFfi } from "./node-ffi.ts";

export const library: Library = open();

/** `node:ffi` came with Node 26.1, and can be switched off. */
function open(): Library {
  const { getBuiltinModule } = process as { getBuiltinModule?: (name: string) => unknown };
  const ffi = getBuiltinModule?.("node:ffi") as NodeFfi | undefined;
  return ffi === undefined ? libraryOfKoffi() : libraryOfNodeFfi(ffi);
}
