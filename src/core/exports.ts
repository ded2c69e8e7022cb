/** What every entry point exports besides the five functions. */
/// <reference lib="esnext.disposable" preserve="true" />
export type { Address, IpAddress, IpFamily, UnixAddress } from "./address.js";
export type { Feature, Support } from "./capabilities.js";
export type { Connection, ShutdownHow } from "./connection.js";
export type { Datagram, DatagramSocket, DatagramTarget, MembershipOptions, ReceiveOptions } from "./datagram.js";
export type { WaitOptions } from "./deadline.js";
export { type Operation, SocketError, type SocketErrorCode } from "./errors.js";
export type { Listener } from "./listener.js";
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
} from "./options.js";
export type { LookupAddress, LookupOptions } from "./resolve.js";
export type { Sockets } from "./sockets.js";
