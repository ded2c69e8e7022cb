/** Socket options that Bun's own calls set. */
import { Socket } from "node:net";
import type { Adapter, SettableOption } from "../../core/adapter.ts";
import { isBefore14 } from "./version.ts";

const tcp: SettableOption[] = ["noDelay", "keepAlive", "keepAliveIdle"];
// What `node:net` has it from is Bun's own socket.
if ("setTypeOfService" in Socket.prototype) tcp.push("typeOfService");

const udp: SettableOption[] = ["broadcast", "multicastInterface", "multicastLoopback", "multicastTtl", "ttl"];
if (!isBefore14) udp.push("recvBufferSize", "sendBufferSize");

export const options: Adapter["options"] = {
  tcp,
  udp,
  imprecise: ["keepAliveIdle"],
  overridden: { tcpCork: "Bun clears TCP_CORK by itself, when a socket opens and after each turn of its event loop" },
};
