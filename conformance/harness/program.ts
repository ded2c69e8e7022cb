/**
 * For the programs that a case starts with `t.run`: the library of the subject under test, and the case's arguments.
 *
 * The runner puts the entry's name first; the imports of the suite's own subjects are written out, so that Deno needs no
 * permission for them.
 */
import process from "node:process";

import type { Sockets } from "omnisock";

import { reportLack } from "./lacks.js";
import { libraryOf } from "./library.js";

const entries: Readonly<Record<string, () => Promise<object>>> = {
  "omnisock": () => import("omnisock"),
  "omnisock/node": () => import("omnisock/node"),
  "omnisock/memory": () => import("omnisock/memory"),
  "./drivers/node-net.js": () => import("../drivers/node-net.js"),
  "./drivers/native-deno.js": () => import("../drivers/native-deno.js"),
  "./drivers/native-bun.js": () => import("../drivers/native-bun.js"),
};

const [, , entry = "", ...rest] = process.argv;
if (entry === "") throw new Error("conformance programs are started by the runner");
const library = libraryOf(await (entries[entry]?.() ?? import(entry)) as object);
library.foreign?.begin(reportLack);

export const sockets: Sockets = library.sockets;
export const args: readonly string[] = rest;
