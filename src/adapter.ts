/**
 * For authors of adapters: the contract between core and a runtime, and what makes a library of it.
 *
 * An adapter moves bytes and names native failures. Everything that omnisock promises besides comes from
 * {@link createSockets}, and the conformance suite shows whether it holds (docs/conformance.md).
 *
 * @example
 * ```ts
 * import { type Adapter, createSockets } from "omnisock/adapter";
 *
 * const adapter: Adapter = { runtime: "My runtime", gaps: { "udp.connect": "My runtime has no connected UDP" }, ... };
 * export const { connect, listen, bind, lookup, supports } = createSockets(adapter);
 * export { features, SocketError } from "omnisock/adapter";
 * ```
 */
export type {
  Adapter,
  Adoption,
  BindRequest,
  ConnectRequest,
  DatagramSink,
  ListenerSink,
  ListenRequest,
  Membership,
  NativeDatagram,
  NativeListener,
  NativeStream,
  Opened,
  SettableOption,
  StreamSink,
} from "./core/adapter.ts";
export type { Gaps } from "./core/capabilities.ts";
export type { Translation } from "./core/errors.ts";
export type { Descriptor } from "./core/kernel.ts";
export { createSockets } from "./core/sockets.ts";
export * from "./core/exports.ts";
