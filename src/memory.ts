/** omnisock over the memory adapter, whatever the runtime. */
import { adapter } from "./adapters/memory/index.ts";
import { createSockets, type Sockets } from "./core/sockets.ts";

export { memoryNetwork } from "./adapters/memory/index.ts";
export * from "./core/exports.ts";

const sockets: Sockets = createSockets(adapter);

export const connect: Sockets["connect"] = sockets.connect;
export const listen: Sockets["listen"] = sockets.listen;
export const bind: Sockets["bind"] = sockets.bind;
export const lookup: Sockets["lookup"] = sockets.lookup;
export const supports: Sockets["supports"] = sockets.supports;
