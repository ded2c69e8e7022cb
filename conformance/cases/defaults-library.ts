/** Defaults of the library and its runtime that are no socket options. */
import type { Case } from "../harness/case.js";
import { equal, settles } from "../harness/expect.js";
import { inKernel, option, summary } from "../harness/specimen.js";
import { bothRoles, listening, soon } from "../harness/tcp.js";
import { ends, KiB, MiB } from "../harness/traffic.js";
import { openUdp } from "../harness/udp.js";

export const cases: readonly Case[] = [
  {
    id: "defaults/listen-backlog",
    level: "INFO",
    assertion: "The length of the queue that a listener without `backlog` has in the kernel, for TCP and at a path",
    source: "POSIX listen(); Linux ss(8)",
    env: ["kernel", "process", "ss"],
    async run(t) {
      const values: (readonly [string, number])[] = [];
      for (const [name, where] of [["tcp", "tcp"], ["unix", await t.temporaryPath()]] as const) {
        const result = await t.run("backlog", { args: [where, "default"] });
        equal([result.code, result.stderr], [0, ""], "exit code and stderr");
        values.push([name, (JSON.parse(result.stdout) as { readonly lengths: readonly [number] }).lengths[0]]);
      }
      t.info(summary(values));
    },
  },
  {
    id: "defaults/ipv6-only",
    level: "INFO",
    assertion: "IPV6_V6ONLY of a listener and of a UDP socket at ::",
    source: "RFC 3493 §5.3; Linux ipv6(7), bindv6only",
    env: [...inKernel, "ipv6"],
    async run(t) {
      const server = await listening(t, { host: "::" });
      const udp = await openUdp(t, { host: "::" });
      const sockets = [["tcp", server.address.port], ["udp", udp.address.port]] as const;
      const values: (readonly [string, number])[] = [];
      for (const [name, port] of sockets) {
        values.push([name, await option(t, { name, port }, "IPPROTO_IPV6 IPV6_V6ONLY")]);
      }
      t.info(summary(values));
    },
  },
  {
    id: "defaults/descriptor-flags",
    level: "INFO",
    assertion: "Which sockets block (no O_NONBLOCK) or are inherited by children (no O_CLOEXEC)",
    source: "POSIX fcntl()",
    env: ["proc", "process"],
    async run(t) {
      const result = await t.run("sockets-flags", { args: [await t.temporaryPath()] });
      equal([result.code, result.stderr], [0, ""], "exit code and stderr");
      const told = JSON.parse(result.stdout) as Record<"opened", number> & Record<"inheritable" | "blocking", string[]>;
      t.info(`of ${told.opened}, ${told.blocking.length} block and ${told.inheritable.length} are inherited`);
    },
  },
  {
    id: "defaults/read-chunk",
    level: "INFO",
    assertion:
      "The largest chunk that read() gives of 4 MiB sent as fast as the peer can, rounded up to a power of two",
    source: "omnisock read()",
    env: ["kernel"],
    async run(t) {
      let largest = 0;
      for (const role of bothRoles) {
        const { conn, far } = await ends(t, role);
        const sending = far.send({ length: 4 * MiB, seed: 1 }).then(() => far.shutdown("write"));
        for await (const chunk of conn) largest = Math.max(largest, chunk.byteLength);
        await t.within(soon, "the peer's send", sending);
      }
      t.info(`${2 ** Math.ceil(Math.log2(largest / KiB))} KiB`);
    },
  },
  {
    id: "defaults/name-error",
    level: "INFO",
    assertion: "What the error of a name that does not resolve tells: its operation and the name",
    source: "RFC 6761 §6.4; omnisock SocketError",
    async run(t) {
      const failed = await t.within(
        soon,
        "connect",
        settles(t.sockets.connect({ host: "no-such-host.invalid", port: 9 })),
      );
      t.info(
        failed.status === "rejected" ? `${failed.reason.operation} ${String(failed.reason.address)}` : "connected",
      );
    },
  },
  {
    id: "defaults/localhost",
    level: "INFO",
    assertion: "The family by which localhost is reached when both have a listener",
    source: "RFC 6761 §6.3; RFC 6724",
    env: ["ipv6"],
    async run(t) {
      const { port } = (await listening(t)).address;
      await listening(t, { host: "::1", port });
      const conn = await t.within(soon, "connect", t.sockets.connect({ host: "localhost", port }));
      t.defer(() => conn.close());
      t.info(conn.remoteAddress.family);
    },
  },
];
