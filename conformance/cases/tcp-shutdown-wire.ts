/** Half-close seen on the wire. */
import type { Case } from "../harness/case.js";
import { bytesEqual, equal } from "../harness/expect.js";
import { distinct, has, recorded, recordedEnds, sentBy } from "../harness/segments.js";
import { bothRoles, soon } from "../harness/tcp.js";

export const cases: readonly Case[] = [
  {
    id: "tcp.shutdown/wire-fin-once",
    level: "MUST",
    assertion: 'shutdown("write"), repeated and followed by close(), is one FIN on the wire, at once, and no RST',
    source: "RFC 9293 §3.6; POSIX shutdown(); omnisock guarantee 5",
    env: ["netns"],
    async run(t) {
      for (const role of bothRoles) {
        const { conn, far, near, capture } = await recordedEnds(t, role);
        await t.within(soon, "shutdown", conn.shutdown("write"));
        const { from } = (await recorded(t, capture, "FIN", 1, (segment) => has(segment, "FIN")))[0] ?? {};
        equal(from?.port, near.port, `sender of the first FIN, of the ${role}`);
        await t.within(soon, "shutdown again", Promise.all([conn.shutdown("write"), conn.shutdown("both")]));
        await far.send("late");
        await far.close();
        await t.within(soon, "close", conn.close());
        const ours = distinct(sentBy(await capture.segments(), near));
        equal(ours.filter((segment) => has(segment, "FIN")).length, 1, `FINs of the ${role}`);
        equal(ours.filter((segment) => has(segment, "RST")).length, 0, `RSTs of the ${role}`);
      }
    },
  },
  {
    id: "tcp.shutdown/wire-read",
    level: "MUST",
    assertion: 'shutdown("read") sends neither FIN nor RST, also when the peer goes on sending',
    source: "POSIX shutdown(); omnisock guarantee 5",
    env: ["netns"],
    async run(t) {
      for (const role of bothRoles) {
        const { conn, far, near, capture } = await recordedEnds(t, role);
        await t.within(soon, "shutdown", conn.shutdown("read"));
        for (const text of ["one", "two"]) await far.send(text);
        await t.within(soon, "write", conn.write("still open"));
        bytesEqual((await far.receive(10)).data, "still open", `what the peer of the ${role} gets`);
        const ours = sentBy(await capture.segments(), near);
        equal(
          ours.filter((segment) => has(segment, "FIN") || has(segment, "RST")).length,
          0,
          `FINs and RSTs of the ${role}`,
        );
      }
    },
  },
];
