/** For the programs that a case starts: the library of the subject under test, whose entry the runner puts first, and the case's arguments. */
import process from "node:process";

import type { Sockets } from "omnisock";

import { loadLibrary } from "./entry.js";
import { reportLack } from "./lacks.js";

const [, , entry = "", ...rest] = process.argv;
if (entry === "") throw new Error("conformance programs are started by the runner");
const library = await loadLibrary(entry);
library.foreign?.begin(reportLack);

export const sockets: Sockets = library.sockets;
export const args: readonly string[] = rest;
