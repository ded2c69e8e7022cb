/** TIME-WAIT: who has it, who has not, and what can be done with a port that is in it. */
import type { Connection, IpAddress } from "omnisock";

import type { Case, Context, PeerListener } from "../harness/case.js";
import { bytesEqual, equal, ok, type Settled, settles } from "../harness/expect.js";
import { bothRoles, connected, endpoint, type Ends, soon } from "../harness/tcp.js";
import { ends } from "../harness/traffic.js";

const env = ["kernel", "proc"] as const;
const host = "127.0.0.1";

/** The ports of a connection, taken while it is open: not every library tells them afterwards. */
interface Ports {
  readonly near: number;
  readonly far: number;
}

function portsOf({ localAddress, remoteAddress }: Connection<IpAddress>): Ports {
  return { near: localAddress.port, far: remoteAddress.port };
}

/** The states of a connection's two sockets in the kernel's table, `gone` where there is none. */
async function states(t: Context, { near, far }: Ports): Promise<{ readonly ours: string; readonly theirs: string }> {
  const rows = await t.kernel.tcp(near);
  const state = (from: number, to: number): string =>
    rows.find(({ local, remote }) => local.port === from && remote.port === to)?.state ?? "gone";
  return { ours: state(near, far), theirs: state(far, near) };
}

/** A segment that comes late makes the peer's kernel send RST, which would end our TIME-WAIT before its time (RFC 1337). */
async function keepTimeWait(t: Context): Promise<void> {
  await t.network.sysctl("net.ipv4.tcp_rfc1337", 1);
}

async function comesTo(t: Context, ports: Ports, ours: string, theirs: string, what: string): Promise<void> {
  let last = { ours: "", theirs: "" };
  const probe = async (): Promise<boolean> => {
    last = await states(t, ports);
    return last.ours === ours && last.theirs === theirs;
  };
  await t.until(soon, what, probe).catch(() => equal(last, { ours, theirs }, what));
}

/** A connection whose local port no other socket of the machine has, not even in TIME-WAIT: bind(2) would be refused for that one. */
async function onPortOfItsOwn(t: Context, listener: PeerListener): Promise<Ends> {
  for (;;) {
    const conn = await t.within(soon, "connect", t.sockets.connect(endpoint(listener.address)));
    const far = await listener.accept();
    const { port } = conn.localAddress;
    if ((await t.kernel.tcp(port)).filter(({ local }) => local.port === port).length === 1) return { conn, far };
    await Promise.all([conn.close(), far.close()]);
  }
}

export const cases: readonly Case[] = [
  {
    id: "tcp.timewait/active-closer",
    level: "SHOULD",
    assertion: "The end that sends the first FIN has TIME-WAIT afterwards, the other end none",
    source: "RFC 9293 §3.6.1 (MUST-13)",
    env: [...env, "netns"],
    async run(t) {
      await keepTimeWait(t);
      for (const role of bothRoles) {
        const active = await connected(t, role);
        const activePorts = portsOf(active.conn);
        await t.within(soon, "close", active.conn.close());
        equal((await active.far.receive(1)).eof, true, "EOF at the peer");
        await active.far.close();
        await comesTo(t, activePorts, "TIME_WAIT", "gone", `the ${role} closed first`);

        const passive = await connected(t, role);
        const passivePorts = portsOf(passive.conn);
        await passive.far.close();
        equal(await t.within(soon, "read", passive.conn.read()), null, "EOF");
        await t.within(soon, "close", passive.conn.close());
        await comesTo(t, passivePorts, "gone", "TIME_WAIT", `the peer of the ${role} closed first`);
      }
    },
  },
  {
    id: "tcp.timewait/shutdown-first",
    level: "SHOULD",
    assertion:
      'The order of the FINs decides, not that of the calls: after shutdown("write") the TIME-WAIT is ours, though the peer closes before us',
    source: "RFC 9293 §3.6.1",
    env: [...env, "netns"],
    async run(t) {
      await keepTimeWait(t);
      for (const role of bothRoles) {
        const { conn, far } = await connected(t, role);
        const ports = portsOf(conn);
        await t.within(soon, "shutdown", conn.shutdown("write"));
        equal((await far.receive(1)).eof, true, "EOF at the peer");
        await far.close();
        equal(await t.within(soon, "read", conn.read()), null, "EOF");
        await t.within(soon, "close", conn.close());
        await comesTo(t, ports, "TIME_WAIT", "gone", `the ${role} shut down first`);
      }
    },
  },
  {
    id: "tcp.timewait/linger-after-reset",
    level: "SHOULD",
    assertion: "A reset leaves no TIME-WAIT at either end, whoever sent it",
    source: "RFC 9293 §3.5.2",
    needs: ["tcp.reset"],
    refusal: async (t) => (await ends(t, "client")).conn.reset(),
    env,
    async run(t) {
      for (const role of bothRoles) {
        const ours = await connected(t, role);
        const ourPorts = portsOf(ours.conn);
        await t.within(soon, "reset", ours.conn.reset());
        await comesTo(t, ourPorts, "gone", "gone", `after the reset of the ${role}`);
        const theirs = await connected(t, role);
        const theirPorts = portsOf(theirs.conn);
        await theirs.far.reset();
        await t.within(soon, "closed", settles(theirs.conn.closed));
        await comesTo(t, theirPorts, "gone", "gone", `after the reset of the ${role}'s peer`);
      }
    },
  },
  {
    id: "tcp.timewait/port-reuse-outgoing",
    level: "SHOULD",
    assertion:
      "A new connection from the local port of one that the peer closed first is made at once; after our own close it is made or refused with EADDRINUSE or EADDRNOTAVAIL, and the old one is harmed by neither",
    source: "RFC 9293 §3.6.1 (MAY-2); RFC 6191",
    needs: ["tcp.localAddress"],
    refusal: (t) => t.sockets.connect({ host, port: 1, localPort: 1 }),
    env,
    async run(t) {
      const listener = await t.peer.listen({ host, port: 0 });
      const at = endpoint(listener.address);
      for (const first of ["peer", "library"]) {
        const { conn, far } = await onPortOfItsOwn(t, listener);
        const from = endpoint(conn.localAddress);
        const ports = portsOf(conn);
        if (first === "peer") {
          await far.close();
          equal(await t.within(soon, "read", conn.read()), null, "EOF");
          await t.within(soon, "close", conn.close());
        } else {
          await t.within(soon, "close", conn.close());
          equal((await far.receive(1)).eof, true, "EOF at the peer");
          await far.close();
          await comesTo(t, ports, "TIME_WAIT", "gone", "after our close");
        }
        const again = t.sockets.connect({ ...at, localAddress: host, localPort: from.port });
        const end = await t.within(soon, "connect again", settles(again));
        if (end.status === "rejected") {
          ok(first === "library", `connect after the peer's close: ${end.reason.message}`);
          ok(["EADDRINUSE", "EADDRNOTAVAIL"].includes(end.reason.code ?? ""), `refused with ${end.reason.message}`);
          continue;
        }
        t.defer(() => end.value.close());
        await t.within(soon, "write", end.value.write("new"));
        const next = await listener.accept();
        equal(endpoint(next.remote), from, "where the new connection comes from");
        bytesEqual((await next.receive(3)).data, "new", "what its peer gets");
        await next.close();
      }
    },
  },
  {
    id: "tcp.timewait/exhaustion",
    level: "SHOULD",
    assertion:
      "Short connections that we close first succeed until TIME-WAIT has every local port; then connect() says EADDRNOTAVAIL at once, leaves nothing behind, and still reaches other destinations",
    source: "Linux ip(7) ip_local_port_range; POSIX connect() EADDRNOTAVAIL",
    env: ["kernel", "proc", "netns"],
    deadline: 10_000,
    async run(t) {
      const ports = 100;
      await keepTimeWait(t);
      await t.network.sysctl("net.ipv4.ip_local_port_range", `50000 ${50_000 + ports - 1}`);
      // Else the kernel takes a port out of TIME-WAIT again after a second.
      await t.network.sysctl("net.ipv4.tcp_tw_reuse", 0);
      const listener = await t.peer.listen({ host, port: 20_000 });
      const other = await t.peer.listen({ host, port: 20_001 });
      const once = async (server: PeerListener): Promise<Settled<void>> => {
        const connected = await t.within(soon, "connect", settles(t.sockets.connect(endpoint(server.address))));
        if (connected.status === "rejected") return connected;
        const far = await server.accept();
        await t.within(soon, "close", connected.value.close());
        await far.receive(1);
        return await settles(far.close());
      };
      const several = (): Promise<Settled<void>[]> => Promise.all(Array.from({ length: 10 }, () => once(listener)));
      let [made, ends] = [0, await several()];
      for (; ends.every(({ status }) => status === "fulfilled") && made < 2 * ports; ends = await several()) {
        made += ends.length;
      }
      equal(made, ports, "connections that were made");
      const before = await t.kernel.descriptors();
      ends = [...await several(), ...await several()];
      for (const end of ends) {
        equal(end.status === "rejected" ? end.reason.code : "", "EADDRNOTAVAIL", "one connection too many");
      }
      await t.until(soon, "no descriptor is left behind", async () => await t.kernel.descriptors() <= before + 2);
      equal((await once(other)).status, "fulfilled", "a connection to elsewhere");
    },
  },
  {
    id: "tcp.timewait/server-restart",
    level: "MUST",
    assertion: "A server whose port is full of its own TIME-WAIT can be started again on it at once",
    source: "Linux socket(7) SO_REUSEADDR",
    env: ["proc", "process"],
    deadline: 20_000,
    async run(t) {
      const args = (port: number) => ({ args: ["greet", JSON.stringify({ host, port })] });
      const first = await t.start("serve", args(0));
      const port = Number(await t.within(8_000, "port of the program", first.line()));
      for (let i = 0; i < 10; i++) {
        const far = await t.peer.connect({ host, port });
        equal((await far.receive(100)).eof, true, "the server closes first");
        await far.close();
      }
      await t.until(soon, "TIME-WAIT on the server's port", async () => {
        const rows = await t.kernel.tcp(port);
        return rows.some(({ local, state }) => local.port === port && state === "TIME_WAIT");
      });
      await first.signal("SIGKILL");
      await t.within(soon, "end of the server", first.end);
      const second = await t.start("serve", args(port));
      equal(await t.within(8_000, "port of the program", second.line()), `${port}`, "what the new server says");
      equal((await (await t.peer.connect({ host, port })).receive(100)).eof, true, "it serves a client");
    },
  },
];
