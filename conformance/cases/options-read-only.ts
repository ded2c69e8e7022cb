/** Options that can only be read, against what the kernel, ss(8), procfs and the peer say. */
import { readFileSync } from "node:fs";
import process from "node:process";

import type { TcpInfo } from "omnisock";

import type { Case, Context } from "../harness/case.js";
import { equal, ok, refuses, settles, within } from "../harness/expect.js";
import { optionCaseId, readOnlyOptions } from "../harness/option-rows.js";
import { accepted, client, datagram, optionEnvironment } from "../harness/option-sockets.js";
import { bothRoles, connected, loopbacks, soon } from "../harness/tcp.js";
import { openUdp } from "../harness/udp.js";
import { unixEnds } from "../harness/unix.js";

const env = optionEnvironment;
const host = "127.0.0.1";

function id(transport: "tcp" | "udp" | "unix", option: keyof typeof readOnlyOptions): string {
  return optionCaseId(transport, readOnlyOptions[option].native);
}

/** That an option cannot be set is an error of arguments, also where it cannot be read. */
async function refusesValue(socket: { setOption(name: never, value: never): void }, option: string): Promise<void> {
  const set = socket.setOption.bind(socket) as unknown as (name: string, value: unknown) => void;
  await refuses(() => set(option, 1), { name: "TypeError", message: option }, `setOption("${option}")`);
}

function number(line: string, name: string): number {
  return Number(new RegExp(`\\b${name}:([\\d.]+)`).exec(line)?.[1] ?? NaN);
}

/** SO_TYPE is what the socket was made as. */
function typeCase(transport: "tcp" | "udp" | "unix"): Case {
  const stream = transport !== "udp";
  return {
    id: id(transport, "type"),
    level: "MUST",
    assertion: `getOption("type") is "${stream ? "stream" : "dgram"}", as SO_TYPE is, and cannot be set`,
    source: "POSIX getsockopt(), SO_TYPE",
    env,
    needs: [`${transport}.type`, "options.read"],
    refusal: async (t) =>
      (stream ? await client(t, transport, host) : await datagram(t, transport, host)).getOption("type"),
    async run(t) {
      const sockets = stream
        ? [await client(t, transport, host), ...Object.values(await accepted(t, transport, host))]
        : [await datagram(t, transport, host)];
      if (transport === "unix" && t.sockets.supports("unix.datagram").supported) {
        sockets.push(await datagram(t, "unix", ""));
      }
      for (const socket of sockets) {
        const type = socket.kind === "datagram" ? "dgram" : "stream";
        equal(socket.getOption("type"), type, `type of the ${socket.kind}`);
        const seen = await t.kernel.optionAt(socket.place, { level: "SOL_SOCKET", name: "SO_TYPE" });
        equal(seen, type === "stream" ? 1 : 2, `SO_TYPE of the ${socket.kind}`);
        await refusesValue(socket, "type");
      }
      t.info(stream ? "stream" : "dgram");
    },
  };
}

/** `mtu` of the loopback interface. */
function mtuCase(transport: "tcp" | "udp"): Case {
  return {
    id: id(transport, "mtu"),
    level: "MUST",
    assertion: transport === "tcp"
      ? 'getOption("mtu") of a connection is the MTU of its path, on IPv4 and IPv6'
      : 'getOption("mtu") of a connected socket is the MTU of its path; of an unconnected one ENOTCONN',
    source: "Linux ip(7), IP_MTU; ipv6(7), IPV6_MTU",
    env,
    needs: [`${transport}.mtu`, "options.read"],
    refusal: async (t) =>
      (transport === "tcp" ? await client(t, transport, host) : await datagram(t, transport, host)).getOption("mtu"),
    async run(t) {
      const device = Number(readFileSync("/sys/class/net/lo/mtu", "latin1"));
      for (const at of await loopbacks(t)) {
        // No IPv4 packet is longer.
        const loopback = at.includes(":") ? device : Math.min(device, 65_535);
        if (transport === "tcp") {
          for (const role of bothRoles) {
            const { conn } = await connected(t, role, at);
            equal(conn.getOption("mtu"), loopback, `mtu of the ${role} at ${at}`);
            await refusesValue(conn, "mtu");
          }
          continue;
        }
        const udp = await openUdp(t, { host: at });
        await refuses(
          () => udp.getOption("mtu"),
          { name: "SocketError", code: "ENOTCONN", members: { operation: "getOption" } },
          "mtu of an unconnected socket",
        );
        if (!t.sockets.supports("udp.connect").supported) continue;
        const peer = await t.peer.bind({ host: at, port: 0 });
        await t.within(soon, "connect", udp.connect(peer.address));
        equal(udp.getOption("mtu"), loopback, `mtu of the connected socket at ${at}`);
        await refusesValue(udp, "mtu");
      }
      t.info(device);
    },
  };
}

async function infoOf(t: Context, conn: { getOption(name: "info"): TcpInfo }): Promise<TcpInfo> {
  return await t.within(soon, "info", Promise.resolve(conn.getOption("info")));
}

export const cases: readonly Case[] = [
  typeCase("tcp"),
  typeCase("udp"),
  typeCase("unix"),
  mtuCase("tcp"),
  mtuCase("udp"),
  {
    id: id("tcp", "info"),
    level: "MUST",
    assertion:
      'getOption("info") agrees with `ss --info`: state, RTO, congestion window, segment size, path MTU, and bytes sent, acknowledged and received',
    source: "Linux tcp(7), TCP_INFO; ss(8)",
    env: [...env, "ss"],
    needs: ["tcp.info", "options.read"],
    refusal: async (t) => (await connected(t, "client")).conn.getOption("info"),
    async run(t) {
      for (const at of await loopbacks(t)) {
        for (const role of bothRoles) {
          const { conn, far } = await connected(t, role, at);
          await t.within(soon, "write", conn.write(new Uint8Array(3_000)));
          await far.receive(3_000);
          await far.send(new Uint8Array(777));
          await t.within(soon, "read", conn.read());
          await t.until(soon, "everything is acknowledged", () => conn.getOption("info").unacknowledged === 0);
          const info = await infoOf(t, conn);
          const lines = await t.kernel.ss(conn.localAddress.port);
          const line = lines.find((one) => one.startsWith("ESTAB")) ?? "";
          equal(info.state, "ESTABLISHED", `state of the ${role}`);
          equal(
            {
              retransmissionTimeout: info.retransmissionTimeout,
              congestionWindow: info.congestionWindow,
              maxSegment: info.maxSegment,
              pathMtu: info.pathMtu,
              bytesSent: info.bytesSent,
              bytesAcknowledged: info.bytesAcknowledged,
              bytesReceived: info.bytesReceived,
              unacknowledged: info.unacknowledged,
              retransmits: info.retransmits,
              bytesUnsent: info.bytesUnsent,
            },
            {
              retransmissionTimeout: number(line, "rto"),
              congestionWindow: number(line, "cwnd"),
              maxSegment: number(line, "mss"),
              pathMtu: number(line, "pmtu"),
              bytesSent: 3_000,
              bytesAcknowledged: number(line, "bytes_acked"),
              bytesReceived: number(line, "bytes_received"),
              unacknowledged: 0,
              retransmits: 0,
              bytesUnsent: 0,
            },
            `TCP_INFO of the ${role} at ${at}`,
          );
          equal(number(line, "bytes_received"), 777, "bytes that ss tells");
          // Of ss rounded to microseconds, and measured anew with every acknowledgement.
          const [rtt = NaN, variance = NaN] = /\brtt:([\d.]+)\/([\d.]+)/.exec(line)?.slice(1).map(Number) ?? [];
          within(Math.abs(info.rtt - rtt), 0, 0.002, `difference between rtt ${info.rtt} and that of ss, ${rtt}`);
          within(Math.abs(info.rttVariance - variance), 0, 0.002, "difference between the deviations");
          await refusesValue(conn, "info");
          await far.close();
          await t.until(soon, "CLOSE-WAIT", () => conn.getOption("info").state === "CLOSE-WAIT");
        }
      }
      t.info("as ss tells it");
    },
  },
  {
    id: id("tcp", "error"),
    level: "MUST",
    assertion:
      'getOption("error") is undefined while nothing is wrong, on connections and listeners, and cannot be set',
    source: "POSIX getsockopt(), SO_ERROR",
    env,
    needs: ["tcp.error", "options.read"],
    refusal: async (t) => (await connected(t, "client")).conn.getOption("error"),
    async run(t) {
      for (const at of await loopbacks(t)) {
        const sockets = [await client(t, "tcp", at), ...Object.values(await accepted(t, "tcp", at))];
        for (const socket of sockets) {
          equal(socket.getOption("error"), undefined, `error of the ${socket.kind}`);
          await refusesValue(socket, "error");
        }
      }
      t.info("none");
    },
  },
  {
    id: id("udp", "error"),
    level: "MUST",
    assertion:
      'getOption("error") of a connected socket tells ECONNREFUSED that no call has told yet, and once only; else undefined',
    source: "POSIX getsockopt(), SO_ERROR; Linux udp(7)",
    env,
    needs: ["udp.error", "options.read"],
    refusal: async (t) => (await datagram(t, "udp", host)).getOption("error"),
    async run(t) {
      const udp = await openUdp(t, { host });
      equal(udp.getOption("error"), undefined, "error of a socket without one");
      await refusesValue(udp, "error");
      if (!t.sockets.supports("udp.connect").supported) return t.info("none");
      const gone = await t.peer.bind({ host, port: 0 });
      await t.within(soon, "connect", udp.connect(gone.address));
      await gone.close();
      const receiving = settles(udp.receive({ timeout: 300 }));
      const sending = settles(udp.send("x"));
      // The answer of loopback comes before the call that sends returns, and before the event loop turns.
      const error = udp.getOption("error");
      ok(error === undefined || error === "ECONNREFUSED", `error after a refusal: ${error}`);
      const ends = [await t.within(soon, "send", sending), await t.within(soon, "receive", receiving)];
      const told = ends.filter((end) => end.status === "rejected" && end.reason.code === "ECONNREFUSED").length;
      ok(told + (error === undefined ? 0 : 1) >= 1, "somebody was told of ECONNREFUSED");
      equal(udp.getOption("error"), undefined, "error once it was told");
      t.info("none, ECONNREFUSED");
    },
  },
  {
    id: id("unix", "error"),
    level: "MUST",
    assertion: 'getOption("error") of Unix sockets is undefined while nothing is wrong, and cannot be set',
    source: "POSIX getsockopt(), SO_ERROR",
    env,
    needs: ["unix.error", "options.read"],
    refusal: async (t) => (await client(t, "unix", "")).getOption("error"),
    async run(t) {
      for (const socket of [await client(t, "unix", ""), ...Object.values(await accepted(t, "unix", ""))]) {
        equal(socket.getOption("error"), undefined, `error of the ${socket.kind}`);
        await refusesValue(socket, "error");
      }
      t.info("none");
    },
  },
  {
    id: id("unix", "peerCredentials"),
    level: "MUST",
    assertion:
      'getOption("peerCredentials") is the peer\'s process, user and group, for the side that connects and for the side that accepts',
    source: "Linux unix(7), SO_PEERCRED",
    env,
    needs: ["unix.peerCredentials", "options.read"],
    refusal: async (t) => (await client(t, "unix", "")).getOption("peerCredentials"),
    async run(t) {
      for (const role of bothRoles) {
        const { conn } = await unixEnds(t, role);
        const credentials = conn.getOption("peerCredentials");
        const path = conn.localAddress.path === "" ? conn.remoteAddress.path : conn.localAddress.path;
        const seen = await t.kernel.optionAt({ path, role }, { level: "SOL_SOCKET", name: "SO_PEERCRED" });
        ok(Array.isArray(seen), "SO_PEERCRED as the witness reads it");
        // The witness is the peer itself, so that it sees its own number.
        equal([credentials.pid, credentials.uid, credentials.gid], seen, `credentials of the peer of the ${role}`);
        ok(credentials.pid !== process.pid && credentials.pid > 0, "another process than the subject");
        await refusesValue(conn, "peerCredentials");
      }
      t.info("pid, uid, gid");
    },
  },
];
