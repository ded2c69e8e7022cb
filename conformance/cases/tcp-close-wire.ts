/** Orderly ends seen on the wire. */
import type { Case } from "../harness/case.js";
import { bytesEqual, equal, ok } from "../harness/expect.js";
import { distinct, has, recordedEnds, sentBy } from "../harness/segments.js";
import { bothRoles, soon } from "../harness/tcp.js";
import { beyondKernel } from "../harness/traffic.js";
import { pattern } from "../harness/pattern.js";

export const cases: readonly Case[] = [
  {
    id: "tcp.close/wire-fin",
    level: "MUST",
    assertion: "On the wire close() is one FIN after every byte that was written, and no RST",
    source: "RFC 9293 §3.6; omnisock guarantee 6",
    env: ["netns"],
    async run(t) {
      for (const role of bothRoles) {
        const { conn, far, near, capture } = await recordedEnds(t, role);
        // More than the kernel takes at once, in two writes, so that the FIN has to wait for both.
        const half = beyondKernel / 2;
        const writing = Promise.all([conn.write(pattern(5, half)), conn.write(pattern(5, half, half))]);
        const closing = conn.close();
        equal((await far.drain()).bytes, 2 * half, "bytes that the peer got");
        await far.close();
        await t.within(soon, "close", Promise.all([writing, closing]));
        const ours = distinct(sentBy(await capture.segments(), near));
        const [fin, ...more] = ours.filter((segment) => has(segment, "FIN"));
        equal(more.length, 0, `further FINs of the ${role}`);
        const end = (fin?.sequence ?? 0) + (fin?.length ?? 0);
        const beyond = ours.filter((segment) =>
          segment.length > 0 && ((segment.sequence + segment.length - end) | 0) > 0
        );
        equal(beyond, [], `segments of the ${role} beyond its FIN`);
        equal(ours.filter((segment) => has(segment, "RST")).length, 0, `RSTs of the ${role}`);
      }
    },
  },
  {
    id: "tcp.close/wire-unread",
    level: "MUST",
    assertion: "close() with unread input sends what was written and FIN, and no RST before the peer's FIN",
    source: "RFC 9293 §3.6.1; RFC 2525 §2.17; omnisock guarantee 6",
    env: ["netns"],
    async run(t) {
      for (const role of bothRoles) {
        const { conn, far, near, capture } = await recordedEnds(t, role);
        await far.flood({ limit: beyondKernel, quiet: 60 });
        await t.within(soon, "write", conn.write("answer"));
        const closing = conn.close();
        const { head, eof } = await far.drain();
        equal(eof, true, `the FIN of the ${role}`);
        bytesEqual(head, "answer", `what the peer of the ${role} gets before the end`);
        await far.close();
        await t.within(soon, "close", closing);
        const ours = sentBy(await capture.segments(), near);
        ok(ours.some((segment) => has(segment, "FIN")), `a FIN of the ${role}`);
        equal(ours.filter((segment) => has(segment, "RST")).length, 0, `RSTs of the ${role}`);
      }
    },
  },
];
