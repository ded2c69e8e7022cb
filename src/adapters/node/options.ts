/** Socket options that Node's own calls set. */
import { Socket } from "node:net";
import type { Adapter, SettableOption } from "../../core/adapter.ts";
import { readsKeepAliveDefaults } from "./keep-alive.ts";

/** Node from 24.19 on sets the three times of keep-alive together; so one can be set if those that hold for the others are known. */
export const setsKeepAliveTimes: boolean = Socket.prototype.setKeepAlive.length > 2 && readsKeepAliveDefaults;

const tcp: SettableOption[] = ["noDelay", "keepAlive", "keepAliveIdle"];
if (setsKeepAliveTimes) tcp.push("keepAliveInterval", "keepAliveCount");
// Node from 24.15 on, Bun from 1.4 on.
if ("setTypeOfService" in Socket.prototype) tcp.push("typeOfService");

export const options: Adapter["options"] = {
  tcp,
  udp: [
    "broadcast",
    "multicastInterface",
    "multicastLoopback",
    "multicastTtl",
    "recvBufferSize",
    "sendBufferSize",
    "ttl",
  ],
  imprecise: ["keepAliveIdle", "keepAliveInterval", "keepAliveCount"],
};
