/** From a name to addresses. The names are those of a DNS server in the namespace of the run, which logs every question. */
import { readFile } from "node:fs/promises";

import type { Case, Environment } from "../harness/case.js";
import { equal, ok, rejects, within } from "../harness/expect.js";
import { endpoint, peerListener, soon } from "../harness/tcp.js";
import { staysPending } from "../harness/traffic.js";
import { openUdp } from "../harness/udp.js";

const env: readonly Environment[] = ["dns"];

/** A name server that never answers is given up after a second. */
const resolverPatience = 1_000;

function failure(
  code: string,
  name: string,
): { readonly name: string; readonly code: string; readonly message: string } {
  return { name: "SocketError", code, message: name };
}

export const cases: readonly Case[] = [
  {
    id: "dns/localhost",
    level: "MUST",
    assertion: "`localhost` reaches a listener that is bound to 127.0.0.1 alone, and one that is bound to ::1 alone",
    source: "RFC 6761 §6.3",
    env: ["dns", "ipv6"],
    async run(t) {
      for (const host of ["127.0.0.1", "::1"]) {
        const { listener, at } = await peerListener(t, host);
        const conn = await t.within(soon, "connect", t.sockets.connect({ host: "localhost", port: at.port }));
        t.defer(() => conn.reset());
        equal(endpoint(conn.remoteAddress), at, "whom the connection is to");
        equal((await listener.accept()).remote, endpoint(conn.localAddress), "whom the peer accepted");
        await conn.close();
      }
    },
  },
  {
    id: "dns/nxdomain",
    level: "MUST",
    assertion: "A name that does not exist is ENOTFOUND with the name, of lookup() and of connect()",
    source: "RFC 1035 §4.1.1; POSIX getaddrinfo(), EAI_NONAME",
    env,
    async run(t) {
      const log = await t.network.resolver({ "other.test": { addresses: ["127.0.0.1"] } });
      const wrong = failure("ENOTFOUND", "missing.test");
      await t.within(soon, "lookup", rejects(t.sockets.lookup("missing.test"), wrong, "lookup"));
      const connecting = t.sockets.connect({ host: "missing.test", port: 9 });
      await t.within(soon, "connect", rejects(connecting, wrong, "connect"));
      ok((await log.queries()).some(({ name }) => name === "missing.test"), "the name server was asked");
    },
  },
  {
    id: "dns/nodata",
    level: "MUST",
    assertion: "A name that exists but has no address, or none of the family wanted, is ENOTFOUND",
    source: "RFC 2308 §2.2; omnisock lookup()",
    env,
    async run(t) {
      await t.network.resolver({ "empty.test": {}, "four.test": { addresses: ["127.0.0.1"] } });
      await t.within(
        soon,
        "lookup",
        rejects(t.sockets.lookup("empty.test"), failure("ENOTFOUND", "empty.test"), "empty"),
      );
      const six = t.sockets.lookup("four.test", { family: "ipv6" });
      await t.within(soon, "lookup", rejects(six, failure("ENOTFOUND", "four.test"), "lookup of IPv6"));
      const connecting = t.sockets.connect({ host: "four.test", port: 9, family: "ipv6" });
      await t.within(soon, "connect", rejects(connecting, failure("ENOTFOUND", "four.test"), "connect by IPv6"));
    },
  },
  {
    id: "dns/servfail-temp",
    level: "SHOULD",
    assertion: "A name server that fails, or does not answer, is EAI_AGAIN and not ENOTFOUND",
    source: "POSIX getaddrinfo(), EAI_AGAIN",
    env,
    async run(t) {
      await t.network.resolver({ "broken.test": { failure: "SERVFAIL" }, "mute.test": { drop: true } });
      for (const name of ["broken.test", "mute.test"]) {
        const asking = t.sockets.lookup(name);
        await t.within(3 * resolverPatience, `lookup of ${name}`, rejects(asking, failure("EAI_AGAIN", name), name));
      }
    },
  },
  {
    id: "dns/fail-closes-all",
    level: "MUST",
    assertion: "Connects whose names do not resolve leave no socket and no descriptor, and reject once",
    source: "omnisock guarantees 7 and 8",
    env: ["dns", "proc"],
    async run(t) {
      await t.network.resolver({ "broken.test": { failure: "SERVFAIL" } });
      const attempt = (name: string): Promise<unknown> =>
        rejects(t.sockets.connect({ host: name, port: 9 }), { code: ["ENOTFOUND", "EAI_AGAIN"] }, name);
      // A runtime keeps what its resolver needs.
      await t.within(soon, "the first failures", Promise.all([attempt("missing.test"), attempt("broken.test")]));
      const before = await t.kernel.descriptors();
      for (let i = 0; i < 10; i++) {
        await t.within(soon, "failures", Promise.all([attempt(`missing${i}.test`), attempt("broken.test")]));
      }
      // Twenty would be left; a runtime's own thread may have opened one.
      const most = before + 5;
      await t.until(soon, `no more than ${most} descriptors`, async () => await t.kernel.descriptors() <= most);
    },
  },
  {
    id: "dns/empty-host",
    level: "MUST",
    assertion: "An empty host is a RangeError, of every call that takes one, and nothing is asked",
    source: "WASI sockets ip-name-lookup; omnisock's errors of arguments",
    env,
    async run(t) {
      const log = await t.network.resolver({});
      const wrong = { name: "RangeError" };
      await rejects(t.sockets.connect({ host: "", port: 9 }), wrong, "connect");
      await rejects(t.sockets.lookup(""), wrong, "lookup");
      await rejects(t.sockets.listen({ host: "", port: 0 }), wrong, "listen");
      await rejects(t.sockets.bind({ host: "" }), wrong, "bind");
      equal(await log.queries(), [], "questions to the name server");
    },
  },
  {
    id: "dns/literal-no-query",
    level: "MUST",
    assertion: "IP literals, also with a zone, are connected, bound and sent to without a question to the name server",
    source: "RFC 1123 §2.1; POSIX getaddrinfo(), AI_NUMERICHOST",
    env,
    async run(t) {
      const log = await t.network.resolver({});
      const { at } = await peerListener(t);
      const conn = await t.within(soon, "connect", t.sockets.connect(at));
      t.defer(() => conn.reset());
      const udp = await openUdp(t);
      await t.within(soon, "send", udp.send("x", at));
      const server = await t.within(soon, "listen", t.sockets.listen({ host: "127.0.0.1", port: 0 }));
      t.defer(() => server.close());
      equal(
        await t.within(soon, "lookup", t.sockets.lookup("fe80::1%lo")),
        [{ family: "ipv6", host: "fe80::1" }],
        "lookup",
      );
      equal(await log.queries(), [], "questions to the name server");
    },
  },
  {
    id: "dns/addresses",
    level: "MUST",
    assertion:
      "lookup() gives every address of the name's records once, also those that come over TCP after a cut answer",
    source: "RFC 1035 §4.2.1, §7.4; RFC 7766 §5",
    env: ["dns", "ipv6"],
    async run(t) {
      const addresses = Array.from({ length: 20 }, (_, i) => `127.0.1.${i + 1}`);
      const log = await t.network.resolver({
        "both.test": { addresses: ["127.0.0.3", "::1", "127.0.0.3"] },
        "long.test": { addresses, truncated: true },
      });
      const both = await t.within(soon, "lookup", t.sockets.lookup("both.test"));
      equal(both.map(({ family, host }) => `${family} ${host}`).sort(), ["ipv4 127.0.0.3", "ipv6 ::1"], "both.test");
      const long = await t.within(soon, "lookup", t.sockets.lookup("long.test", { family: "ipv4" }));
      equal(long.map(({ host }) => host).sort(), [...addresses].sort(), "long.test");
      ok((await log.queries()).some(({ transport }) => transport === "tcp"), "it was asked for over TCP");
    },
  },
  {
    id: "dns/every-call",
    level: "SHOULD",
    assertion: "Names are taken by listen(), bind() and send() as by connect()",
    source: "omnisock host",
    env,
    async run(t) {
      await t.network.resolver({ "here.test": { addresses: ["127.0.0.1"] } });
      const server = await t.within(soon, "listen", t.sockets.listen({ host: "here.test", port: 0 }));
      t.defer(() => server.close());
      equal(server.address.host, "127.0.0.1", "address of the listener");
      const udp = await openUdp(t, { host: "here.test" });
      equal(udp.address.host, "127.0.0.1", "address of the UDP socket");
      const peer = await t.peer.bind({ host: "127.0.0.1", port: 0 });
      await t.within(soon, "send", udp.send("named", { host: "here.test", port: peer.address.port }));
      equal((await t.within(soon, "receive", peer.receive())).from, endpoint(udp.address), "sender of the datagram");
    },
  },
  {
    id: "dns/abort-during-lookup",
    level: "MUST",
    assertion:
      "Aborted while its name is looked up, connect() rejects at once with the reason and never connects later",
    source: "omnisock guarantee 8",
    env: ["dns", "netns"],
    async run(t) {
      const { listener, at } = await peerListener(t);
      const log = await t.network.resolver({ "late.test": { addresses: ["127.0.0.1"], delay: 300 } });
      const capture = await t.network.capture({ port: at.port });
      const aborter = new AbortController();
      const connecting = t.sockets.connect({ host: "late.test", port: at.port, signal: aborter.signal });
      const reason = new Error("changed my mind");
      await t.until(soon, "the name is asked for", async () => (await log.queries()).length > 0);
      aborter.abort(reason);
      await t.within(200, "the rejection", rejects(connecting, { value: reason }, "connect"));
      ok(await staysPending(listener.accept(), 500), "nothing is connected");
      equal(await capture.segments(), [], "segments on the wire");
    },
  },
  {
    id: "dns/timeout-during-lookup",
    level: "MUST",
    assertion: "The timeout of connect(), lookup() and bind() counts while the name is looked up, and gives ETIMEDOUT",
    source: "omnisock guarantee 8",
    env,
    async run(t) {
      await t.network.resolver({ "mute.test": { drop: true } });
      const calls: Readonly<Record<string, () => Promise<unknown>>> = {
        connect: () => t.sockets.connect({ host: "mute.test", port: 9, timeout: 50 }),
        lookup: () => t.sockets.lookup("mute.test", { timeout: 50 }),
        bind: () => t.sockets.bind({ host: "mute.test", timeout: 50 }),
        listen: () => t.sockets.listen({ host: "mute.test", port: 0, timeout: 50 }),
      };
      for (const [name, call] of Object.entries(calls)) {
        const began = performance.now();
        await t.within(soon, name, rejects(call(), { name: "SocketError", code: "ETIMEDOUT" }, name));
        within(performance.now() - began, 45, resolverPatience - 100, `milliseconds of ${name}`);
      }
    },
  },
  {
    id: "dns/concurrent-lookups",
    level: "SHOULD",
    assertion: "64 lookups at once all give their addresses, and reading a file takes less than a second meanwhile",
    source: "omnisock lookup()",
    env,
    async run(t) {
      const names = Array.from({ length: 64 }, (_, i) => `name${i}.test`);
      await t.network.resolver(
        Object.fromEntries(names.map((name, i) => [name, { addresses: [`127.0.2.${i}`], delay: 20 }])),
      );
      const began = performance.now();
      const lookups = names.map((name) => t.sockets.lookup(name));
      await t.within(soon, "a file", readFile("/etc/hosts"));
      within(performance.now() - began, 0, 1_000, "milliseconds to read a file");
      const found = await t.within(4_000, "64 lookups", Promise.all(lookups));
      equal(found.map(([first]) => first?.host), names.map((_, i) => `127.0.2.${i}`), "addresses");
    },
  },
];
