/**
 * The library of the subject under test, for the programs that a case starts.
 *
 * The imports of the suite's own subjects are written out, so that Deno needs no permission for them.
 */
import { type Library, libraryOf } from "./library.js";

const entries: Readonly<Record<string, () => Promise<object>>> = {
  "omnisock": () => import("omnisock"),
  "omnisock/node": () => import("omnisock/node"),
  "omnisock/memory": () => import("omnisock/memory"),
  "./harness/with-libc.js": () => import("./with-libc.js"),
  "./drivers/node-net.js": () => import("../drivers/node-net.js"),
  "./drivers/native-deno.js": () => import("../drivers/native-deno.js"),
  "./drivers/native-bun.js": () => import("../drivers/native-bun.js"),
};

export async function loadLibrary(entry: string): Promise<Library> {
  return libraryOf(await (entries[entry]?.() ?? import(entry)) as object);
}
