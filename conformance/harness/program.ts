/**
 * For the programs that a case starts with `t.run`: the library of the subject under test, and the case's arguments.
 *
 * The runner puts the entry's name first; each import is written out, so that Deno needs no permission for it.
 */
import process from "node:process";

import type { Sockets } from "omnisock";

const entries: Readonly<Record<string, () => Promise<Sockets>>> = {
  "omnisock": () => import("omnisock"),
  "omnisock/node": () => import("omnisock/node"),
  "omnisock/memory": () => import("omnisock/memory"),
};

const [, , entry = "", ...rest] = process.argv;
const load = entries[entry];
if (load === undefined) {
  throw new Error(`conformance programs are started by the runner; ${JSON.stringify(entry)} is no entry`);
}

export const sockets: Sockets = await load();
export const args: readonly string[] = rest;
