/** What every entry point exports besides the five functions. */
/// <reference lib="esnext.disposable" preserve="true" />
export type { Address, IpAddress, IpFamily, UnixAddress } from "./address.ts";
export { type Feature, features, type Support } from "./capabilities.ts";
export type { Connection, ShutdownHow } from "./connection.ts";
export type { Datagram, DatagramSocket, DatagramTarget, MembershipOptions, ReceiveOptions } from "./datagram.ts";
export type { WaitOptions } from "./deadline.ts";
export { type Operation, SocketError, type SocketErrorCode } from "./errors.ts";
export type { Listener } from "./listener.ts";
export type {
  BindOptions,
  ConnectOptions,
  DatagramSocketOptions,
  ListenOptions,
  StreamOptions,
  StreamSocketOptions,
  TcpConnectOptions,
  TcpListenOptions,
  UnixConnectOptions,
  UnixListenOptions,
} from "./options.ts";
export type { LookupAddress, LookupOptions } from "./resolve.ts";
export type { Sockets } from "./sockets.ts";
