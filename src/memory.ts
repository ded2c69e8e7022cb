/** omnisock over the memory adapter, whatever the runtime. */
import { adapter } from "./adapters/memory/index.js";
import { createSockets, type Sockets } from "./core/sockets.js";

export { memoryNetwork } from "./adapters/memory/index.js";
export * from "./core/exports.js";

const sockets: Sockets = createSockets(adapter);

export const connect: Sockets["connect"] = sockets.connect;
export const listen: Sockets["listen"] = sockets.listen;
export const bind: Sockets["bind"] = sockets.bind;
export const lookup: Sockets["lookup"] = sockets.lookup;
export const supports: Sockets["supports"] = sockets.supports;
