/** Features, each tried on loopback. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Connection } from "../core/connection.ts";
import type { TcpConnectOptions } from "../core/options.ts";
import type { Sockets } from "../core/sockets.ts";
import { attempt, type Cleanup, type Outcome } from "./attempt.ts";

type Trial = (sockets: Sockets, cleanup: Cleanup) => Promise<string | boolean>;

const loopback = "127.0.0.1";

/** By the names of `supports()`, and beyond them the plain things that a machine may lack. */
const trials: Readonly<Record<string, Trial>> = {
  "tcp.ipv4": (sockets, cleanup) => echoes(sockets, cleanup, { host: loopback }),
  "tcp.ipv6": (sockets, cleanup) => echoes(sockets, cleanup, { host: "::1" }),
  "tcp.backlog": async (sockets, cleanup) => {
    const listener = await sockets.listen({ host: loopback, backlog: 1 });
    cleanup.add(() => listener.close());
    return true;
  },
  "tcp.ipv6Only": async (sockets, cleanup) => {
    const six = await sockets.listen({ host: "::", ipv6Only: true });
    cleanup.add(() => six.close());
    const four = await sockets.listen({ host: "0.0.0.0", port: six.address.port });
    cleanup.add(() => four.close());
    return true;
  },
  "tcp.localAddress": async (sockets, cleanup) => {
    const { client } = await pair(sockets, cleanup, { localAddress: "127.0.0.2" });
    return client.localAddress.family !== "unix" && client.localAddress.host === "127.0.0.2";
  },
  "tcp.reset": async (sockets, cleanup) => {
    const { client, server } = await pair(sockets, cleanup);
    await client.reset();
    const told = await server.read().then(() => "end", (error: { code?: string }) => error.code);
    return told === "ECONNRESET";
  },
  "tcp.reusePort": async (sockets, cleanup) => {
    const first = await sockets.listen({ host: loopback, reusePort: true });
    cleanup.add(() => first.close());
    const second = await sockets.listen({ host: loopback, port: first.address.port, reusePort: true });
    cleanup.add(() => second.close());
    return true;
  },
  "udp.ipv4": (sockets, cleanup) => datagram(sockets, cleanup, loopback),
  "udp.ipv6": (sockets, cleanup) => datagram(sockets, cleanup, "::1"),
  "udp.connect": async (sockets, cleanup) => {
    const [one, peer, stranger] = [
      await bound(sockets, cleanup, loopback),
      await bound(sockets, cleanup, loopback),
      await bound(sockets, cleanup, loopback),
    ];
    await one.connect(peer.address);
    await stranger.send("stranger", one.address);
    await peer.send("peer", one.address);
    const { data } = await one.receive();
    return new TextDecoder().decode(data) === "peer";
  },
  "udp.refused": async (sockets, cleanup) => {
    const one = await bound(sockets, cleanup, loopback);
    const gone = await bound(sockets, cleanup, loopback);
    const { address } = gone;
    await gone.close();
    await one.connect(address);
    await one.send("anybody?");
    const told = await one.receive({ timeout: 500 }).then(() => "data", (error: { code?: string }) => error.code);
    return told === "ECONNREFUSED";
  },
  "udp.reusePort": async (sockets, cleanup) => {
    const first = await sockets.bind({ host: loopback, reusePort: true });
    cleanup.add(() => first.close());
    const second = await sockets.bind({ host: loopback, port: first.address.port, reusePort: true });
    cleanup.add(() => second.close());
    return true;
  },
  "udp.multicast": async (sockets, cleanup) => {
    const socket = await sockets.bind({ host: "0.0.0.0" });
    cleanup.add(() => socket.close());
    socket.join("239.255.77.77", { interface: loopback });
    return true;
  },
  "udp.sourceMulticast": async (sockets, cleanup) => {
    const socket = await sockets.bind({ host: "0.0.0.0" });
    cleanup.add(() => socket.close());
    socket.join("232.1.2.3", { interface: loopback, source: loopback });
    return true;
  },
  "unix.stream": async (sockets, cleanup) => unixEcho(sockets, cleanup, await temporaryPath(cleanup)),
  "unix.abstract": (sockets, cleanup) => unixEcho(sockets, cleanup, `\0omnisock-doctor-${Date.now()}`),
  "unix.datagram": async (sockets, cleanup) => {
    const receiver = await sockets.bind({ path: await temporaryPath(cleanup) });
    cleanup.add(() => receiver.close());
    const sender = await sockets.bind({ path: "" });
    cleanup.add(() => sender.close());
    await sender.send("hello", receiver.address);
    return (await receiver.receive()).data.byteLength === 5;
  },
};

/** Everything that can be tried, in the order of its name. */
export async function tryFeatures(sockets: Sockets): Promise<ReadonlyMap<string, Outcome>> {
  const outcomes = new Map<string, Outcome>();
  for (const [name, trial] of Object.entries(trials)) {
    outcomes.set(name, await attempt((cleanup) => trial(sockets, cleanup)));
  }
  return outcomes;
}

interface Pair {
  readonly client: Connection;
  readonly server: Connection;
}

/** A TCP connection on loopback, both ends. */
export async function pair(
  sockets: Sockets,
  cleanup: Cleanup,
  options: Omit<TcpConnectOptions, "port"> = {},
): Promise<Pair> {
  const { host = loopback, ...rest } = options;
  const listener = await sockets.listen({ host });
  cleanup.add(() => listener.close());
  const accepting = listener.accept();
  accepting.catch(() => {});
  const client = await sockets.connect({ host, port: listener.address.port, ...rest });
  cleanup.add(() => client.close({ timeout: 0 }));
  const server = await accepting;
  cleanup.add(() => server.close({ timeout: 0 }));
  return { client, server };
}

async function echoes(sockets: Sockets, cleanup: Cleanup, options: { readonly host: string }): Promise<boolean> {
  const { client, server } = await pair(sockets, cleanup, options);
  return says(client, server);
}

async function says(client: Connection, server: Connection): Promise<boolean> {
  await client.write("hello");
  return (await server.read())?.byteLength === 5;
}

async function bound(sockets: Sockets, cleanup: Cleanup, host: string) {
  const socket = await sockets.bind({ host });
  cleanup.add(() => socket.close());
  return socket;
}

async function datagram(sockets: Sockets, cleanup: Cleanup, host: string): Promise<boolean> {
  const one = await bound(sockets, cleanup, host);
  const other = await bound(sockets, cleanup, host);
  await one.send("hello", other.address);
  return (await other.receive()).data.byteLength === 5;
}

async function unixEcho(sockets: Sockets, cleanup: Cleanup, path: string): Promise<boolean> {
  const listener = await sockets.listen({ path });
  cleanup.add(() => listener.close());
  const accepting = listener.accept();
  accepting.catch(() => {});
  const client = await sockets.connect({ path });
  cleanup.add(() => client.close({ timeout: 0 }));
  const server = await accepting;
  cleanup.add(() => server.close({ timeout: 0 }));
  return says(client, server);
}

export async function temporaryPath(cleanup: Cleanup): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "omnisock-"));
  cleanup.add(() => rm(folder, { recursive: true, force: true }));
  return join(folder, "socket");
}
