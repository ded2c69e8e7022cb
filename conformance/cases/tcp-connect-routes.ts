/** Active opens that the network answers otherwise than by a peer: routes that refuse, ICMP, and silence. */
import { absence } from "../harness/absence.js";
import type { Case, Context } from "../harness/case.js";
import { equal, rejects, settles, show, type ThrownError } from "../harness/expect.js";
import { openings, recorded } from "../harness/segments.js";
import { ownRows, soon } from "../harness/tcp.js";

/** The documentation networks of RFC 5737 and RFC 3849, to which a fresh namespace has no route. */
const nowhere = { ipv4: "203.0.113.1", ipv6: "2001:db8:ffff::1" } as const;

const port = 9;

/** The code of a connect that must fail, and no socket after it. */
async function codeOf(t: Context, host: string): Promise<string> {
  const shape = { name: "SocketError" };
  const error = await t.within(
    soon,
    "connect",
    rejects(t.sockets.connect({ host, port }), shape, `connect to ${host}`),
  );
  equal(await ownRows(t, port), [], "sockets of the subject");
  return (error as ThrownError).code ?? "";
}

/** Shows that a runtime which declares so tells no refusal from the others. */
function indistinct(prepare: (t: Context) => Promise<unknown>) {
  return async (t: Context): Promise<unknown> => {
    await prepare(t);
    const code = await codeOf(t, nowhere.ipv4);
    if (code === "ECONNREFUSED") throw absence(t, "tcp.unreachable");
    return code;
  };
}

function answering(kind: "unreachable" | "prohibit") {
  return async (t: Context): Promise<void> => {
    await t.network.route(kind, "203.0.113.0/24");
    await t.network.route(kind, "2001:db8:ffff::/48");
  };
}

/** RFC 792 and RFC 1812 §5.2.7.1. */
const unreachableCodes = { "network": 0, "host": 1, "port": 3, "prohibited": 13 } as const;

export const cases: readonly Case[] = [
  {
    id: "tcp.connect/net-unreachable",
    level: "MUST",
    assertion: "connect() to where there is no route is ENETUNREACH, and leaves no socket",
    source: "POSIX connect(), ENETUNREACH",
    needs: ["tcp.unreachable"],
    refusal: indistinct(async () => {}),
    env: ["netns", "ipv6"],
    async run(t) {
      for (const host of Object.values(nowhere)) equal(await codeOf(t, host), "ENETUNREACH", `code of ${host}`);
    },
  },
  {
    id: "tcp.connect/host-unreachable",
    level: "MUST",
    assertion: "connect() along a route of the kind `unreachable` is EHOSTUNREACH, and leaves no socket",
    source: "POSIX connect(), EHOSTUNREACH",
    needs: ["tcp.unreachable"],
    refusal: indistinct(answering("unreachable")),
    env: ["netns", "ipv6"],
    async run(t) {
      await answering("unreachable")(t);
      for (const host of Object.values(nowhere)) equal(await codeOf(t, host), "EHOSTUNREACH", `code of ${host}`);
    },
  },
  {
    id: "tcp.connect/prohibited",
    level: "SHOULD",
    assertion: "connect() along a route of the kind `prohibit` is EACCES, and leaves no socket",
    source: "Linux ip-route(8); connect(2), EACCES",
    env: ["netns", "ipv6"],
    async run(t) {
      await answering("prohibit")(t);
      for (const host of Object.values(nowhere)) equal(await codeOf(t, host), "EACCES", `code of ${host}`);
    },
  },
  {
    id: "tcp.connect/icmp-hard-error",
    level: "INFO",
    assertion:
      "What connect() says when ICMP answers the SYN: network, host, port unreachable, communication prohibited",
    source: "RFC 9293 §3.9.2.2; RFC 5461 §2; Linux tcp(7)",
    env: ["netns", "veth"],
    async run(t) {
      const link = await t.network.link();
      const told: string[] = [];
      for (const code of Object.values(unreachableCodes)) {
        const capture = await t.network.capture({ port });
        const failing = settles(codeOf(t, link.silent.ipv4));
        const [syn] = await recorded(t, capture, "the SYN", 1, (segment) => openings([segment]).length > 0);
        if (syn !== undefined) await link.unreachable(syn, code);
        const end = await failing;
        if (end.status === "rejected") {
          const wire = (await capture.segments()).map(({ from, flags }) => `${flags.join("+")} of ${from.host}`);
          throw new Error(`${show(end.reason)}; on the wire: ${wire.join(", ")}`, { cause: end.reason });
        }
        told.push(end.value);
      }
      t.info(told.join(", "));
    },
  },
  {
    id: "tcp.connect/default-timeout",
    level: "INFO",
    assertion:
      "What connect() without a timeout says when the kernel gives up repeating the SYN (here after one repetition)",
    source: "RFC 9293 §3.8.3 (R2 of a SYN, MUST-23); Linux tcp(7), tcp_syn_retries",
    env: ["netns", "veth"],
    deadline: 10_000,
    async run(t) {
      const { silent } = await t.network.link();
      await t.network.sysctl("net.ipv4.tcp_syn_retries", 1);
      const connecting = t.sockets.connect({ host: silent.ipv4, port });
      const error = await t.within(8_000, "the kernel's end", rejects(connecting, { name: "SocketError" }, "connect"));
      t.info(error.code ?? "");
    },
  },
];
