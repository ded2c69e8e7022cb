/** Sockets of the library for the cases of options, each with the place where the kernel's witness finds it. */
import type { OptionTransport } from "omnisock";

import type { Context, SocketPlace } from "./case.js";
import type { Kind } from "./option-rows.js";
import { endpoint, peerListener, soon } from "./tcp.js";

/** A socket of any kind, as far as options go. */
export interface Optioned {
  readonly kind: Kind;
  readonly place: SocketPlace;
  setOption(name: string, value: unknown): void;
  getOption(name: string): unknown;
  close(): Promise<void>;
}

/** What a case of options takes. */
export const optionEnvironment = ["kernel", "proc", "root"] as const;

type Given = Readonly<Record<string, unknown>>;

/** What `connect()`, `listen()` and `bind()` give, without the types of their options. */
interface Opened {
  readonly localAddress: { readonly port: number };
  readonly address: { readonly port: number };
  accept(): Promise<Opened>;
  setOption(name: string, value: unknown): void;
  getOption(name: string): unknown;
  reset(): Promise<void>;
  close(): Promise<void>;
}

function open(t: Context, call: "connect" | "listen" | "bind", options: Given): Promise<Opened> {
  const opening = t.sockets[call] as unknown as (options: Given) => Promise<Opened>;
  return t.within(soon, call, opening(options));
}

function optioned(t: Context, kind: Kind, opened: Opened, place: SocketPlace): Optioned {
  const close = async (): Promise<void> => {
    // Nothing is left to be told, and close() would wait for the peer's end.
    if (kind === "client" || kind === "accepted") await opened.reset();
    else await opened.close();
  };
  t.defer(close);
  return {
    kind,
    place,
    setOption: (name, value) => opened.setOption(name, value),
    getOption: (name) => opened.getOption(name),
    close,
  };
}

function familyOf(host: string): "ipv4" | "ipv6" {
  return host.includes(":") ? "ipv6" : "ipv4";
}

/** An address of loopback at which one that is bound to any is found. */
function reachable(host: string): string {
  return host === "::" ? "::1" : host;
}

/** A connection that the library opened, to the peer. */
export async function client(
  t: Context,
  transport: OptionTransport,
  host: string,
  options: Given = {},
): Promise<Optioned> {
  if (transport === "unix") {
    const path = await t.temporaryPath();
    await t.peer.listen({ path });
    const conn = await open(t, "connect", { path, ...options });
    return optioned(t, "client", conn, { path, role: "client" });
  }
  const { at } = await peerListener(t, reachable(host));
  const conn = await open(t, "connect", { ...at, ...options });
  const { port } = conn.localAddress;
  return optioned(t, "client", conn, { port, family: familyOf(host), role: "connection", remotePort: at.port });
}

/** A listener of the library and a connection of the peer that it accepted. */
export async function accepted(
  t: Context,
  transport: OptionTransport,
  host: string,
  options: Given = {},
): Promise<{ readonly listener: Optioned; readonly accepted: Optioned }> {
  const path = transport === "unix" ? await t.temporaryPath() : "";
  const server = await open(t, "listen", { ...transport === "unix" ? { path } : { host }, ...options });
  const far = await t.peer.connect(
    transport === "unix" ? { path } : endpoint({ ...server.address, host: reachable(host) }),
  );
  // A deferred accept waits for bytes. Without need there are none: their acknowledgement changes TCP_QUICKACK.
  if ("deferAccept" in options) await far.send("x");
  const conn = await t.within(soon, "accept", server.accept());
  if (transport === "unix") {
    return {
      listener: optioned(t, "listener", server, { path, role: "listener" }),
      accepted: optioned(t, "accepted", conn, { path, role: "accepted" }),
    };
  }
  const { port } = server.address;
  const family = familyOf(host);
  const remotePort = endpoint(far.local).port;
  return {
    listener: optioned(t, "listener", server, { port, family, role: "listener" }),
    accepted: optioned(t, "accepted", conn, { port, family, role: "connection", remotePort }),
  };
}

/** A bound datagram socket. */
export async function datagram(
  t: Context,
  transport: OptionTransport,
  host: string,
  options: Given = {},
): Promise<Optioned> {
  if (transport === "unix") {
    const path = await t.temporaryPath();
    return optioned(t, "datagram", await open(t, "bind", { path, ...options }), { path, role: "datagram" });
  }
  const socket = await open(t, "bind", { host, ...options });
  return optioned(t, "datagram", socket, { port: socket.address.port, family: familyOf(host), role: "datagram" });
}

/** Whether the library here reads options, which it also needs for those of a listener. */
export function reads(t: Context): boolean {
  return t.sockets.supports("options.read").supported;
}

/** The call that an adapter without the option refuses. */
export async function refuseOption(
  t: Context,
  transport: OptionTransport,
  option: string,
  given: { readonly value: unknown; readonly opening: boolean; readonly listener: boolean },
): Promise<unknown> {
  const { value, opening, listener } = given;
  const options = opening ? { [option]: value } : {};
  const host = option === "ipv6Only" ? "::" : "127.0.0.1";
  if (transport === "udp") {
    const socket = await datagram(t, transport, host, options);
    return opening ? "bind() took it" : socket.setOption(option, value);
  }
  if (listener || opening) {
    const path = transport === "unix" ? { path: await t.temporaryPath() } : { host };
    const server = await open(t, "listen", { ...path, [option]: value });
    t.defer(() => server.close());
    return "listen() took it";
  }
  return (await client(t, transport, host)).setOption(option, value);
}
