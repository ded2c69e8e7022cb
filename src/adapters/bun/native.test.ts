/** What the adapter declares of Bun, held against Bun's own types: a member that differs does not compile. */
import type { Socket, TCPSocketListener } from "bun";
import type { NativeServer, NativeSocket } from "./native.ts";

export const socket: (own: Socket<string>) => NativeSocket<string> = (own) => own;
export const server: (own: TCPSocketListener<string>) => NativeServer = (own) => own;
