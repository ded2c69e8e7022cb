/**
 * Berkeley sockets for every JavaScript runtime: TCP, UDP and Unix-domain sockets with one API on Node, Deno and Bun.
 *
 * `#adapter` is the `#ifdef`: a conditional import of package.json names the adapter of the runtime that loads it.
 */
import { adapter } from "#adapter";
import { createSockets, type Sockets } from "./core/sockets.ts";

export * from "./core/exports.ts";

const sockets: Sockets = createSockets(adapter);

export const connect: Sockets["connect"] = sockets.connect;
export const listen: Sockets["listen"] = sockets.listen;
export const bind: Sockets["bind"] = sockets.bind;
export const lookup: Sockets["lookup"] = sockets.lookup;
export const supports: Sockets["supports"] = sockets.supports;
