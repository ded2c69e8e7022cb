/** Resets seen on the wire, forged ones, and those of the kernel's own making. */
import type { Case } from "../harness/case.js";
import { bytesEqual, equal, ok, rejects } from "../harness/expect.js";
import type { Segment } from "../harness/network.js";
import { has, recorded, sentBy } from "../harness/segments.js";
import { bothRoles, endpoint, soon } from "../harness/tcp.js";
import { beyondKernel, clog, ends } from "../harness/traffic.js";

/** Beyond any window on loopback. */
const farAhead = 1 << 30;

export const cases: readonly Case[] = [
  {
    id: "tcp.reset/wire-rst",
    level: "MUST",
    assertion: "On the wire reset() is one RST and no FIN, also with unread input and with unsent output",
    source: "RFC 9293 §3.9.1.6; omnisock guarantee 6",
    needs: ["tcp.reset"],
    refusal: async (t) => (await ends(t, "client")).conn.reset(),
    env: ["netns"],
    async run(t) {
      for (const role of bothRoles) {
        for (const state of ["idle", "unread input", "unsent output"]) {
          const { conn, far } = await ends(t, role);
          const near = endpoint(conn.localAddress);
          if (state === "unread input") await far.send("unread");
          if (state === "unsent output") void (await clog(conn, beyondKernel)).pending.catch(() => {});
          const capture = await t.network.capture({ port: near.port });
          await t.within(soon, "reset", conn.reset());
          const what = `the ${role} with ${state}`;
          await recorded(t, capture, `RST of ${what}`, 1, (segment) => has(segment, "RST"));
          const ours = sentBy(await capture.segments(), near);
          equal(ours.filter((segment) => has(segment, "RST")).length, 1, `RSTs of ${what}`);
          equal(ours.filter((segment) => has(segment, "FIN")).length, 0, `FINs of ${what}`);
        }
      }
    },
  },
  {
    id: "tcp.reset/blind-rst-ignored",
    level: "SHOULD",
    assertion: "A forged RST that misses the next sequence number harms nothing; one that hits it is ECONNRESET",
    source: "RFC 5961 §3.2",
    env: ["netns"],
    async run(t) {
      for (const role of bothRoles) {
        const { conn, far } = await ends(t, role);
        const capture = await t.network.capture({ port: conn.localAddress.port });
        const [from, to] = [endpoint(conn.remoteAddress), endpoint(conn.localAddress)];
        const forge = (sequence: number): Promise<void> => t.network.inject({ from, to, flags: ["RST"], sequence });
        const echo = async (text: string): Promise<void> => {
          await far.send(text);
          bytesEqual(await t.within(soon, "read", conn.read()), text, `bytes to the ${role}`);
          await t.within(soon, "write", conn.write(text));
          bytesEqual((await far.receive(text.length)).data, text, `bytes from the ${role}`);
        };
        await echo("before");
        const [last] = sentBy(await capture.segments(), to).slice(-1) as [Segment];
        await forge((last.acknowledgement + farAhead) >>> 0);
        await forge((last.acknowledgement + 1_000) >>> 0);
        await recorded(t, capture, "both RSTs", 2, (segment) => has(segment, "RST"));
        await echo("after");
        const reading = conn.read();
        const [newest] = sentBy(await capture.segments(), to).slice(-1) as [Segment];
        await forge(newest.acknowledgement);
        await t.within(
          soon,
          "read",
          rejects(reading, { name: "SocketError", code: "ECONNRESET" }, `read of the ${role}`),
        );
      }
    },
  },
  {
    id: "tcp.reset/kernel-abort",
    level: "SHOULD",
    assertion: "A connection that the administrator ends (`ss --kill`) is an error for reads and writes, and never EOF",
    source: "POSIX recv(); Linux ss(8); RFC 9293 §3.9.1.6",
    env: ["netns", "ss", "proc"],
    async run(t) {
      for (const role of bothRoles) {
        const { conn, far } = await ends(t, role);
        const reading = conn.read();
        await t.network.kill(conn.localAddress.port);
        const aborted = { name: "SocketError", code: ["ECONNABORTED", "ECONNRESET"] };
        await t.within(soon, "read", rejects(reading, aborted, `the read that waited, of the ${role}`));
        await t.within(soon, "write", rejects(conn.write("x"), aborted, `a later write of the ${role}`));
        await t.within(soon, "closed", rejects(conn.closed, aborted, `closed of the ${role}`));
        const { error } = await far.receive(1);
        ok(error === "ECONNRESET" || error === "ECONNABORTED", `what the peer sees: ${error}`);
      }
    },
  },
];
