/** A window that stays shut. */
import type { Case } from "../harness/case.js";
import { sleep } from "../harness/context.js";
import { equal, ok } from "../harness/expect.js";
import { pattern } from "../harness/pattern.js";
import { recorded, sentBy } from "../harness/segments.js";
import { soon } from "../harness/tcp.js";
import { beyondKernel, clog, clogBlock, clogSeed, ends, sha256, staysPending } from "../harness/traffic.js";

export const cases: readonly Case[] = [
  {
    id: "tcp.backpressure/zero-window-long",
    level: "SHOULD",
    assertion:
      "A peer whose window stays shut longer than unanswered segments would be repeated is not given up, and gets all",
    source: "RFC 9293 §3.8.6.1 (MUST-37)",
    env: ["netns"],
    deadline: 12_000,
    async run(t) {
      // Unanswered, this is over after about a second.
      await t.network.sysctl("net.ipv4.tcp_retries2", 2);
      const { conn, far } = await ends(t, "client");
      const { resolved, pending } = await clog(conn, beyondKernel);
      const capture = await t.network.capture({ port: conn.localAddress.port });
      const shut = await recorded(
        t,
        capture,
        "an answer to a probe",
        1,
        ({ from, window }) => from.port === conn.remoteAddress.port && window === 0,
      );
      ok(shut.length > 0, "the window is shut");
      await sleep(2_500);
      ok(
        sentBy(await capture.segments(), conn.localAddress).length >= 3,
        "more probes than tcp_retries2 allows unanswered",
      );
      ok(await staysPending(pending), "the write still waits");
      const draining = far.drain();
      await t.within(soon, "the write that waited", pending);
      await t.within(soon, "shutdown", conn.shutdown("write"));
      const { bytes, sha256: hash } = await draining;
      equal(bytes, resolved + clogBlock, "bytes that the peer got");
      equal(hash, sha256(pattern(clogSeed, bytes)), "their hash");
    },
  },
];
