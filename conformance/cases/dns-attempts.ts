/**
 * From several addresses of a name to one connection. The order and the time of the attempts are read from the wire.
 */
import type { Case, Context, Environment } from "../harness/case.js";
import { equal, ok, rejects, show, type ThrownError, within } from "../harness/expect.js";
import { openings, recorded } from "../harness/segments.js";
import { endpoint, ownRows, peerListener, soon } from "../harness/tcp.js";
import { staysPending } from "../harness/traffic.js";

/** Two families on the way to another host. */
const dual: readonly Environment[] = ["dns", "veth", "ipv6"];

/** Until the system's resolver, which looks for a way to each address, puts this one first. */
async function firstIs(t: Context, name: string, host: string): Promise<void> {
  await t.until(soon, `${host} comes first`, async () => (await t.sockets.lookup(name))[0]?.host === host);
}

export const cases: readonly Case[] = [
  {
    id: "dns/order-6724",
    level: "SHOULD",
    assertion: "Addresses are tried in the order of RFC 6724: ::1 before 127.0.0.1, and one without a route after both",
    source: "RFC 8305 §4; RFC 6724 §6 rules 1 and 6",
    env: ["dns", "ipv6", "netns"],
    async run(t) {
      const port = await t.peer.closedPort();
      await t.network.resolver({ "order.test": { addresses: ["127.0.0.1", "2001:db8::1", "::1"] } });
      equal(
        (await t.within(soon, "lookup", t.sockets.lookup("order.test"))).map(({ host }) => host),
        ["::1", "127.0.0.1", "2001:db8::1"],
        "order of lookup()",
      );
      const capture = await t.network.capture({ port });
      await t.within(soon, "connect", rejects(t.sockets.connect({ host: "order.test", port }), {}, "connect"));
      const tried = openings(await capture.segments()).map(({ to }) => to.host);
      equal(tried, ["::1", "127.0.0.1"], "order of the SYNs");
    },
  },
  {
    id: "dns/interleave",
    level: "SHOULD",
    assertion: "After sorting the families take turns, so that one broken family delays the other by one attempt only",
    source: "RFC 8305 §4",
    env: dual,
    async run(t) {
      const { distant } = await t.network.link();
      const port = await t.peer.closedPort();
      const addresses = [...distant.ipv4, ...distant.ipv6];
      await t.network.resolver({ "many.test": { addresses } });
      const capture = await t.network.capture({ port });
      await t.within(
        soon,
        "connect",
        rejects(t.sockets.connect({ host: "many.test", port }), { code: "ECONNREFUSED" }, "connect"),
      );
      const tried = openings(await capture.segments()).map(({ to }) => to.host);
      equal([...tried].sort(), [...addresses].sort(), "every address is tried once");
      const families = tried.map((host) => host.includes(":") ? 6 : 4);
      ok(families.every((family, i) => family !== families[i - 1]), `the families take turns: ${show(families)}`);
    },
  },
  {
    id: "dns/attempt-delay",
    level: "SHOULD",
    assertion: "Beside an address that stays silent the next one is tried after 250 ms, and wins",
    source: "RFC 8305 §5, Connection Attempt Delay; omnisock connect()",
    env: dual,
    async run(t) {
      const { silent, distant, far } = await t.network.link();
      const listener = await far.listen({ host: distant.ipv4[0], port: 0 });
      const { port } = endpoint(listener.address);
      await t.network.resolver({ "slow.test": { addresses: [silent.ipv6, distant.ipv4[0]] } });
      await firstIs(t, "slow.test", silent.ipv6);
      const capture = await t.network.capture({ port });
      const conn = await t.within(soon, "connect", t.sockets.connect({ host: "slow.test", port }));
      t.defer(() => conn.reset());
      equal(endpoint(conn.remoteAddress), { host: distant.ipv4[0], port }, "whom the connection is to");
      const [first, second] = openings(await capture.segments());
      equal([first?.to.host, second?.to.host], [silent.ipv6, distant.ipv4[0]], "order of the SYNs");
      within((second?.time ?? 0) - (first?.time ?? 0), 200, 1_000, "milliseconds between the SYNs");
    },
  },
  {
    id: "dns/fast-fail-advance",
    level: "SHOULD",
    assertion: "After an address that refuses, the next is tried at once and not only after the delay",
    source: "RFC 8305 §5",
    env: ["dns", "ipv6", "netns"],
    async run(t) {
      const { listener, at } = await peerListener(t);
      await t.network.resolver({ "half.test": { addresses: ["::1", "127.0.0.1"] } });
      const capture = await t.network.capture({ port: at.port });
      const conn = await t.within(soon, "connect", t.sockets.connect({ host: "half.test", port: at.port }));
      t.defer(() => conn.reset());
      equal((await listener.accept()).remote, endpoint(conn.localAddress), "whom the peer accepted");
      const [first, second] = openings(await capture.segments());
      equal([first?.to.host, second?.to.host], ["::1", "127.0.0.1"], "order of the SYNs");
      within((second?.time ?? 0) - (first?.time ?? 0), 0, 200, "milliseconds between the SYNs");
    },
  },
  {
    id: "dns/cancel-losers",
    level: "MUST",
    assertion:
      "When one address has won, attempts at others end: their sockets are gone, and nothing is connected later",
    source: "RFC 8305 §5",
    env: [...dual, "proc"],
    async run(t) {
      const { silent, distant, far } = await t.network.link();
      const listener = await far.listen({ host: distant.ipv4[0], port: 0 });
      const { port } = endpoint(listener.address);
      await t.network.resolver({ "slow.test": { addresses: [silent.ipv6, distant.ipv4[0]] } });
      await firstIs(t, "slow.test", silent.ipv6);
      const connecting = t.sockets.connect({ host: "slow.test", port });
      await t.until(soon, "the silent address is tried", async () => (await ownRows(t, port)).length === 1);
      const conn = await t.within(soon, "connect", connecting);
      t.defer(() => conn.reset());
      const won = [{ local: endpoint(conn.localAddress), remote: endpoint(conn.remoteAddress), state: "ESTABLISHED" }];
      await t.until(soon, "the loser's socket is gone", async () => (await ownRows(t, port)).length === 1);
      equal(await ownRows(t, port), won, "sockets of the subject");
      await listener.accept();
      ok(await staysPending(listener.accept(), 100), "nothing else is connected");
    },
  },
  {
    id: "dns/all-fail-aggregate",
    level: "SHOULD",
    assertion:
      "When every address fails, the error is the first failure, and its cause has all, each with address and code",
    source: "omnisock connect()",
    env: ["dns", "ipv6", "netns"],
    async run(t) {
      const port = await t.peer.closedPort();
      await t.network.resolver({ "none.test": { addresses: ["::1", "127.0.0.1", "127.0.0.2"] } });
      const error = await t.within(
        soon,
        "connect",
        rejects(
          t.sockets.connect({ host: "none.test", port }),
          { name: "SocketError", code: "ECONNREFUSED" },
          "connect",
        ),
      );
      const { errors } = error.cause as AggregateError;
      equal(
        (errors as ThrownError[]).map(({ name, code, address }) => [name, code, address]).sort(),
        [`127.0.0.1:${port}`, `127.0.0.2:${port}`, `[::1]:${port}`].map((to) => ["SocketError", "ECONNREFUSED", to]),
        "the failures",
      );
      equal(error.address, (errors as ThrownError[])[0]?.address, "the address is that of the first");
    },
  },
  {
    id: "dns/family",
    level: "MUST",
    assertion: "With `family`, addresses of the other family are not tried",
    source: "omnisock connect()",
    env: ["dns", "ipv6", "netns"],
    async run(t) {
      const port = await t.peer.closedPort();
      await t.network.resolver({ "both.test": { addresses: ["::1", "127.0.0.1"] } });
      for (const [family, host] of [["ipv4", "127.0.0.1"], ["ipv6", "::1"]] as const) {
        const capture = await t.network.capture({ port });
        const connecting = t.sockets.connect({ host: "both.test", port, family });
        await t.within(soon, "connect", rejects(connecting, { code: "ECONNREFUSED" }, family));
        const tried = await recorded(t, capture, "a SYN", 1, (segment) => openings([segment]).length > 0);
        equal(tried.map(({ to }) => to.host), [host], `addresses tried with ${family}`);
      }
    },
  },
];
