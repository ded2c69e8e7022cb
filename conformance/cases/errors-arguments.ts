/** Arguments: checked before anything is opened, and refused by TypeError or RangeError. */
import type { Case, Context } from "../harness/case.js";
import { bytesEqual, equal, ok, refuses, rejects, settles, show } from "../harness/expect.js";
import { clientEnds, endpoint, listening, peerListener, soon } from "../harness/tcp.js";
import { openUdp } from "../harness/udp.js";

const host = "127.0.0.1";

/** A call that must be refused: what it is, the call, and the name of the error's class. */
type Refusal = readonly [what: string, call: () => unknown, name: "TypeError" | "RangeError"];

/** Arguments that are missing, or are no objects at all. */
function missingArguments(t: Context): readonly Refusal[] {
  const { connect, listen, bind, lookup, supports } = t.sockets as unknown as Record<
    string,
    (...given: unknown[]) => unknown
  >;
  const calls = { connect, listen, bind };
  const wrong = [undefined, null, 1, "127.0.0.1:80", [80], true];
  return [
    ...Object.entries(calls).flatMap(([name, call]) =>
      wrong.map((given): Refusal => [`${name}(${show(given)})`, () => call?.(given), "TypeError"])
    ),
    ["connect({})", () => connect?.({}), "TypeError"],
    ["connect without port", () => connect?.({ host }), "TypeError"],
    ["connect with port undefined", () => connect?.({ host, port: undefined }), "TypeError"],
    ["connect with port null", () => connect?.({ host, port: null }), "TypeError"],
    ["connect with path null", () => connect?.({ path: null }), "TypeError"],
    ["listen with port null", () => listen?.({ port: null }), "TypeError"],
    ["bind with host null", () => bind?.({ host: null }), "TypeError"],
    ["lookup()", () => lookup?.(), "TypeError"],
    ["supports()", () => supports?.(), "RangeError"],
  ];
}

/** Options of a wrong type (TypeError) or out of range (RangeError), for every entry function. */
function badOptions(t: Context): readonly Refusal[] {
  const stream: Readonly<Record<string, readonly [wrongType: readonly unknown[], outOfRange: readonly unknown[]]>> = {
    host: [[1, {}, ["127.0.0.1"]], ["", "[::1]", "::1]", "a b", "a\0b", "256.0.0.1", "1.2.3", "a..b", "x".repeat(300)]],
    port: [["80", true, {}, 80n], [-1, 65_536, 1.5, NaN, Infinity]],
    noDelay: [[1, "true", null], []],
    keepAlive: [[1, null, { idle: "1" }, { delay: 1 }], [{ idle: 0 }, { idle: -1 }, { idle: 1e12 }]],
    highWaterMark: [["1", null], [0, -1, 1.5, NaN, 2 ** 31]],
    linger: [["1", null], [-1, NaN]],
    cork: [[1, null], []],
    signal: [[{}, 1, null], []],
    timeout: [["1", null, 1n], [-1, NaN]],
  };
  const connecting = {
    ...stream,
    family: [[4, null, {}], ["IPv4", "", "unix"]],
    localAddress: [[1, null], ["", "localhost", "::1"]],
    localPort: [["0", null], [-1, 65_536, 0.5]],
  } as const;
  const listening = {
    ...stream,
    backlog: [["5", null], [0, -1, 1.5, 65_536]],
    ipv6Only: [[1, "yes"], []],
    reusePort: [[1, null], []],
  } as const;
  const binding = {
    host: stream["host"],
    port: stream["port"],
    signal: stream["signal"],
    timeout: stream["timeout"],
    family: [[4, null], ["IPv6", ""]],
    reuseAddress: [[1, null], []],
    reusePort: [["true"], []],
    ipv6Only: [[0], []],
    receiveQueueSize: [["1"], [0, -1, 1.5]],
    broadcast: [[1], []],
    ttl: [["1"], [0, 256]],
    multicastTtl: [["1"], [-1, 256]],
    multicastLoopback: [[1], []],
    multicastInterface: [[1], ["eth0", ""]],
  } as const;
  const unix = { path: [[1, {}, ["/tmp/x"]], ["", "a\0b", "x".repeat(200)]] } as const;
  // A datagram socket may be bound to no path.
  const unixDatagram = { path: [unix.path[0], unix.path[1].slice(1)] } as const;
  const { connect, listen, bind } = t.sockets as unknown as Record<string, (options: object) => unknown>;
  const refused = (
    name: string,
    call: ((options: object) => unknown) | undefined,
    basis: object,
    table: object,
  ): Refusal[] =>
    Object.entries(table).flatMap((
      [option, [wrongType, outOfRange]]: [string, readonly [readonly unknown[], readonly unknown[]]],
    ) => [
      ...wrongType.map((
        value,
      ): Refusal => [
        `${name} with ${option}: ${typeof value === "bigint" ? `${value}n` : show(value)}`,
        () => call?.({ ...basis, [option]: value }),
        "TypeError",
      ]),
      ...outOfRange.map((
        value,
      ): Refusal => [
        `${name} with ${option}: ${show(value)}`,
        () => call?.({ ...basis, [option]: value }),
        "RangeError",
      ]),
    ]);
  return [
    ...refused("connect", connect, { host, port: 9 }, connecting),
    ["connect with port: 0", () => connect?.({ host, port: 0 }), "RangeError"],
    ...refused("connect", connect, {}, unix),
    ...refused("listen", listen, { host }, listening),
    ...refused("listen", listen, {}, unix),
    ...refused("bind", bind, { host }, binding),
    ...refused("bind", bind, {}, unixDatagram),
  ];
}

/** Options that exclude each other. */
function conflicts(t: Context): readonly Refusal[] {
  const { connect, listen, bind } = t.sockets as unknown as Record<string, (options: object) => unknown>;
  const path = "/tmp/omnisock-conflict";
  return [
    ...[{ port: 80 }, { host }, { localAddress: host }, { localPort: 1 }, { family: "ipv4" }, { noDelay: true }, {
      keepAlive: false,
    }]
      .map((more): Refusal => [`connect with path and ${show(more)}`, () => connect?.({ path, ...more }), "TypeError"]),
    ...[{ port: 80 }, { host }, { ipv6Only: false }, { reusePort: false }, { noDelay: false }]
      .map((more): Refusal => [`listen with path and ${show(more)}`, () => listen?.({ path, ...more }), "TypeError"]),
    ...[{ port: 80 }, { host }, { family: "ipv4" }, { reuseAddress: false }, { broadcast: false }]
      .map((more): Refusal => [`bind with path and ${show(more)}`, () => bind?.({ path, ...more }), "TypeError"]),
    ["connect to an IPv4 host as ipv6", () => connect?.({ host, port: 9, family: "ipv6" }), "RangeError"],
    ["connect from ::1 to an IPv4 host", () => connect?.({ host, port: 9, localAddress: "::1" }), "RangeError"],
    ["bind to an IPv6 host as ipv4", () => bind?.({ host: "::1", family: "ipv4" }), "RangeError"],
  ];
}

/** Names of no option, each a misspelling of one. */
function unknownOptions(t: Context): readonly Refusal[] {
  const { connect, listen, bind, lookup } = t.sockets as unknown as Record<string, (...given: unknown[]) => unknown>;
  return [
    ["connect", () => connect?.({ host, port: 9, timout: 5 }), "TypeError"],
    ["connect to a path", () => connect?.({ path: "/tmp/x", timout: 5 }), "TypeError"],
    ["connect with an option of listen", () => connect?.({ host, port: 9, backlog: 5 }), "TypeError"],
    ["listen", () => listen?.({ host, prot: 80 }), "TypeError"],
    ["listen with an option of connect", () => listen?.({ host, localPort: 80 }), "TypeError"],
    ["bind", () => bind?.({ host, tll: 5 }), "TypeError"],
    ["bind with an option of streams", () => bind?.({ host, noDelay: true }), "TypeError"],
    ["lookup", () => lookup?.("localhost", { familly: "ipv4" }), "TypeError"],
  ];
}

async function refuseAll(t: Context, refusals: readonly Refusal[]): Promise<void> {
  for (const [what, call, name] of refusals) {
    await t.within(soon, what, refuses(call, { name }, what));
  }
}

export const cases: readonly Case[] = [
  {
    id: "errors/missing-args",
    level: "MUST",
    surface: "omnisock",
    assertion: "Missing arguments, and others than an object, are TypeErrors",
    source: "omnisock guarantee Errors",
    run: (t) => refuseAll(t, missingArguments(t)),
  },
  {
    id: "errors/bad-options",
    level: "MUST",
    surface: "omnisock",
    assertion:
      "Every option of connect(), listen() and bind() refuses a wrong type with TypeError and a value out of range with RangeError",
    source: "omnisock guarantee Errors",
    run: (t) => refuseAll(t, badOptions(t)),
  },
  {
    id: "errors/bad-calls",
    level: "MUST",
    surface: "omnisock",
    assertion:
      "Wrong arguments to the calls of a connection and a listener are TypeErrors or RangeErrors, and harm neither",
    source: "omnisock guarantee Errors",
    async run(t) {
      const { conn, far } = await clientEnds(t);
      const server = await listening(t);
      const connection = conn as unknown as Record<string, (...given: unknown[]) => unknown>;
      const listener = server as unknown as Record<string, (...given: unknown[]) => unknown>;
      const detached = new Uint8Array(8);
      structuredClone(detached.buffer, { transfer: [detached.buffer] });
      const wrongWait = [
        [1, "TypeError"],
        [null, "TypeError"],
        [{ timeout: "1" }, "TypeError"],
        [{ signal: {} }, "TypeError"],
        [{ timout: 1 }, "TypeError"],
        [{ timeout: -1 }, "RangeError"],
        [{ timeout: NaN }, "RangeError"],
      ] as const;
      await refuseAll(t, [
        ["write of a detached buffer", () => connection["write"]?.(detached), "TypeError"],
        ["readInto a detached buffer", () => connection["readInto"]?.(detached), "TypeError"],
        ...[undefined, null, 1, {}, ["x"], new ArrayBuffer(1), new Uint16Array(1)]
          .map((data): Refusal => [`write(${show(data)})`, () => connection["write"]?.(data), "TypeError"]),
        ...[undefined, null, 5, "x", new ArrayBuffer(1), new DataView(new ArrayBuffer(1))]
          .map((data): Refusal => [`readInto(${show(data)})`, () => connection["readInto"]?.(data), "TypeError"]),
        ...[undefined, null, "rd", 2, {}].map((
          how,
        ): Refusal => [`shutdown(${show(how)})`, () => connection["shutdown"]?.(how), "TypeError"]),
        ...wrongWait.flatMap(([options, name]): Refusal[] => [
          [`read(${show(options)})`, () => connection["read"]?.(options), name],
          [`readInto(buffer, ${show(options)})`, () => connection["readInto"]?.(new Uint8Array(1), options), name],
          [`write("x", ${show(options)})`, () => connection["write"]?.("x", options), name],
          [`shutdown("write", ${show(options)})`, () => connection["shutdown"]?.("write", options), name],
          [`close(${show(options)})`, () => connection["close"]?.(options), name],
          [`accept(${show(options)})`, () => listener["accept"]?.(options), name],
        ]),
        ["setOption of no option", () => connection["setOption"]?.("noSuchOption", 1), "TypeError"],
        ["setOption of a wrong type", () => connection["setOption"]?.("noDelay", 1), "TypeError"],
        ["listener.shutdown()", () => listener["shutdown"]?.(), "TypeError"],
        ["listener.shutdown({})", () => listener["shutdown"]?.({}), "TypeError"],
        ["listener.shutdown({ graceful: -1 })", () => listener["shutdown"]?.({ graceful: -1 }), "RangeError"],
      ]);
      await conn.write("unharmed");
      bytesEqual((await far.receive(8)).data, "unharmed", "first bytes at the peer");
      await far.send("neither");
      bytesEqual(await t.within(soon, "read", conn.read()), "neither", "bytes from the peer");
      await t.peer.connect(endpoint(server.address));
      const accepted = await t.within(soon, "accept", server.accept());
      await accepted.close({ timeout: 200 }).catch(() => {});
    },
  },
  {
    id: "errors/nothing-opened",
    level: "MUST",
    surface: "omnisock",
    assertion: "Refused arguments open nothing: the process has no more descriptors afterwards than before",
    source: "omnisock guarantee Errors",
    env: ["kernel"],
    async run(t) {
      const refusals = [...missingArguments(t), ...badOptions(t), ...conflicts(t), ...unknownOptions(t)];
      // Once before counting: what a runtime opens for itself at first use is no leak.
      await refuseAll(t, refusals);
      const before = await t.kernel.descriptors();
      await refuseAll(t, refusals);
      const after = await t.kernel.descriptors();
      ok(after <= before, `descriptors after ${refusals.length} refused calls: ${after}, before: ${before}`);
    },
  },
  {
    id: "errors/conflicting",
    level: "SHOULD",
    surface: "omnisock",
    assertion: "Options that exclude each other are refused: path with those of TCP, an address with another family",
    source: "omnisock guarantee Errors",
    run: (t) => refuseAll(t, conflicts(t)),
  },
  {
    id: "errors/unknown-option",
    level: "SHOULD",
    surface: "omnisock",
    assertion: "A name of no option is a TypeError that names it: a misspelt option is never a silent no-op",
    source: "omnisock guarantee Options",
    async run(t) {
      await refuseAll(t, unknownOptions(t));
      await rejects(t.sockets.connect({ host, port: 9, timout: 5 } as { port: number }), {
        name: "TypeError",
        message: "timout",
      }, "the message");
    },
  },
  {
    id: "errors/proto-pollution",
    level: "SHOULD",
    surface: "omnisock",
    assertion: "Members that a program has put on Object.prototype do not become options",
    source: "omnisock guarantee Options",
    async run(t) {
      const { listener, at } = await peerListener(t);
      // Only names that are the library's own, as the runtimes too read inherited members.
      const polluted = {
        linger: "x",
        cork: "x",
        reuseAddress: "x",
        receiveQueueSize: "x",
        multicastTtl: "x",
        maxLength: "x",
      };
      try {
        for (const [name, value] of Object.entries(polluted)) {
          Object.defineProperty(Object.prototype, name, {
            value,
            configurable: true,
            enumerable: false,
            writable: true,
          });
        }
        const conn = await t.within(soon, "connect", t.sockets.connect(at));
        t.defer(() => conn.close({ timeout: 200 }));
        const server = await t.within(soon, "listen", t.sockets.listen({ host }));
        t.defer(() => server.close());
        const udp = await openUdp(t, { host });
        await rejects(udp.receive({ timeout: 5 }), { code: "ETIMEDOUT" }, "receive");
      } finally {
        for (const name of Object.keys(polluted)) delete (Object.prototype as Record<string, unknown>)[name];
      }
      await listener.accept();
    },
  },
  {
    id: "errors/getter-throws",
    level: "SHOULD",
    surface: "omnisock",
    assertion: "What a getter of an option throws, at whichever reading, comes out of the call, and nothing stays open",
    source: "omnisock guarantee Errors",
    env: ["kernel"],
    async run(t) {
      const { at } = await peerListener(t);
      const warm = [await t.sockets.connect(at), await t.sockets.listen({ host }), await t.sockets.bind({ host })];
      await Promise.all(warm.map((one) => one.close()));
      const before = await t.kernel.descriptors();
      for (const member of ["host", "port", "signal", "timeout"]) {
        for (let nth = 1; nth <= 4; nth++) {
          for (const name of ["connect", "listen", "bind"] as const) {
            const thrown = new Error(`thrown by ${member}`);
            let reads = 0;
            const options = Object.defineProperty(name === "connect" ? { ...at } : { host, port: 0 }, member, {
              enumerable: true,
              get: () => {
                if (++reads === nth) throw thrown;
                return { host, port: name === "connect" ? at.port : 0 }[member];
              },
            });
            const call = t.sockets[name] as (options: object) => Promise<{ close(): Promise<void> }>;
            const end = await t.within(soon, name, settles(call(options)));
            if (end.status === "fulfilled") await t.within(soon, "close", end.value.close());
            else equal(end.reason, thrown, `what ${name} threw at reading ${nth} of ${member}`);
            equal(end.status, reads >= nth ? "rejected" : "fulfilled", `${name} at reading ${nth} of ${member}`);
          }
        }
      }
      await t.until(soon, "nothing stays open", async () => (await t.kernel.descriptors()) <= before);
    },
  },
];
