/** What every entry point exports besides the five functions. */
/// <reference lib="esnext.disposable" preserve="true" />
export type { Address, IpAddress, IpFamily, UnixAddress } from "./address.ts";
export { type Feature, features, type OptionFeature, optionFeatures, type Support } from "./capabilities.ts";
export type { Connection } from "./connection.ts";
export type { ShutdownHow } from "./stream.ts";
export type { DatagramSocket } from "./datagram.ts";
export type { WaitOptions } from "./deadline.ts";
export type { DatagramTarget, UnixDatagramTarget } from "./destinations.ts";
export { type Operation, SocketError, type SocketErrorCode } from "./errors.ts";
export type { Listener } from "./listener.ts";
export type { MembershipOptions } from "./membership.ts";
export type { KeepAlive } from "./option-arguments.ts";
export type { PeerCredentials, SocketType } from "./option-values.ts";
export type {
  BindOptions,
  ConnectOptions,
  DatagramSocketOptions,
  ListenerSocketOptions,
  ListenOptions,
  StreamOptions,
  StreamSocketOptions,
  TcpConnectOptions,
  TcpListenOptions,
  UdpBindOptions,
  UnixBindOptions,
  UnixConnectOptions,
  UnixListenOptions,
} from "./options.ts";
export type { Datagram, ReceiveOptions } from "./receiving.ts";
export type { LookupAddress, LookupOptions } from "./resolve.ts";
export type { Sockets } from "./sockets.ts";
export type {
  DatagramOption,
  MtuDiscover,
  OptionName,
  OptionTransport,
  SocketOptionValues,
  StreamOption,
} from "./socket-options.ts";
export type { TcpInfo, TcpState } from "./tcp-info.ts";
