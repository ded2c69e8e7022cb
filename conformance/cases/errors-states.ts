/** What every call says in every state of a socket. */
import type { Connection, DatagramSocket, IpAddress, Listener } from "omnisock";

import type { Case, Context } from "../harness/case.js";
import { equal, show } from "../harness/expect.js";
import { clientEnds, listening, soon } from "../harness/tcp.js";
import { openUdp } from "../harness/udp.js";

const host = "127.0.0.1";

export const cases: readonly Case[] = [
  {
    id: "errors/state-machine",
    level: "MUST",
    surface: "omnisock",
    assertion: "Every call in every state of a connection, a listener and a UDP socket ends as documented",
    source: "omnisock Connection, Listener, DatagramSocket",
    deadline: 10_000,
    async run(t) {
      await checkTable(t, connectionStates, connectionCalls, connectionTable);
      await checkTable(t, listenerStates, listenerCalls, listenerTable);
      await checkTable(t, datagramStates, datagramCalls, datagramTable);
    },
  },
];

/** How a call ended, in one word: an error's code, `null`, or `ok`. A call that waits is given 5 ms and then says ETIMEDOUT. */
async function ending(call: () => unknown): Promise<string> {
  try {
    return (await call()) === null ? "null" : "ok";
  } catch (error) {
    return (error as { code?: string }).code ?? show(error);
  }
}

type States<T> = Readonly<Record<string, (t: Context) => Promise<T | undefined>>>;
type Calls<T> = Readonly<Record<string, (one: T) => unknown>>;
/** One line for each state, its words in the order of the calls. */
type Table = Readonly<Record<string, string>>;

async function checkTable<T>(t: Context, states: States<T>, calls: Calls<T>, table: Table): Promise<void> {
  for (const [state, enter] of Object.entries(states)) {
    const expected = (table[state] ?? "").trim().split(/\s+/);
    for (const [index, [name, call]] of Object.entries(calls).entries()) {
      const one = await enter(t);
      // The state needs a feature that the subject has not.
      if (one === undefined) break;
      equal(
        await t.within(soon, `${name} when ${state}`, ending(() => call(one))),
        expected[index],
        `${name} when ${state}`,
      );
    }
  }
}

const wait = { timeout: 5 };

const connectionCalls: Calls<Connection<IpAddress>> = {
  "read": (conn) => conn.read(wait),
  "readInto": (conn) => conn.readInto(new Uint8Array(1), wait),
  "write": (conn) => conn.write("x"),
  "shutdown read": (conn) => conn.shutdown("read"),
  "shutdown write": (conn) => conn.shutdown("write"),
  "shutdown both": (conn) => conn.shutdown("both"),
  "setOption": (conn) => conn.setOption("noDelay", true),
  "ref, unref": (conn) => conn.ref().unref(),
  "close": (conn) => conn.close(),
};

const connectionStates: States<Connection<IpAddress>> = {
  "open": async (t) => (await clientEnds(t)).conn,
  "shut for reading": async (t) => after(await clientEnds(t), ({ conn }) => conn.shutdown("read")),
  "shut for writing": async (t) => after(await clientEnds(t), ({ conn }) => conn.shutdown("write")),
  "shut for both": async (t) => after(await clientEnds(t), ({ conn }) => conn.shutdown("both")),
  "ended by the peer": async (t) =>
    after(await clientEnds(t), async ({ conn, far }) => {
      await far.shutdown("write");
      await conn.read();
    }),
  "ended by both": async (t) =>
    after(await clientEnds(t), async ({ conn, far }) => {
      await conn.shutdown("write");
      await far.close();
      await conn.closed;
    }),
  "reset by the peer": async (t) =>
    after(await clientEnds(t), async ({ conn, far }) => {
      await far.reset();
      await conn.closed.catch(() => {});
    }),
  "closed": async (t) => after(await clientEnds(t), ({ conn }) => conn.close()),
  "reset": async (t) => {
    if (!t.sockets.supports("tcp.reset").supported) return undefined;
    return after(await clientEnds(t), ({ conn }) => conn.reset());
  },
};

//                       read       readInto   write      sh. read   sh. write  sh. both   setOption  ref   close
const connectionTable: Table = {
  "open": " ETIMEDOUT  ETIMEDOUT  ok         ok         ok         ok         ok         ok    ok ",
  "shut for reading": " null       null       ok         ok         ok         ok         ok         ok    ok ",
  "shut for writing": " ETIMEDOUT  ETIMEDOUT  EPIPE      ok         ok         ok         ok         ok    ok ",
  "shut for both": " null       null       EPIPE      ok         ok         ok         ok         ok    ok ",
  "ended by the peer": " null       null       ok         ok         ok         ok         ok         ok    ok ",
  "ended by both": " null       null       EPIPE      ok         ok         ok         EBADF      ok    ok ",
  "reset by the peer": " ECONNRESET ECONNRESET ECONNRESET ok         ECONNRESET ECONNRESET ECONNRESET ok    ok ",
  "closed": " EBADF      EBADF      EBADF      EBADF      EBADF      EBADF      EBADF      ok    ok ",
  "reset": " ECONNRESET ECONNRESET ECONNRESET ECONNRESET ECONNRESET ECONNRESET ECONNRESET ok    ok ",
};

const listenerCalls: Calls<Listener> = {
  "accept": (server) => server.accept(wait),
  "shutdown": (server) => server.shutdown({ graceful: 0 }),
  "ref, unref": (server) => server.ref().unref(),
  "close": (server) => server.close(),
};

const listenerStates: States<Listener> = {
  "open": (t) => listening(t),
  "closed": async (t) => {
    const server = await listening(t);
    await server.close();
    return server;
  },
};

const listenerTable: Table = {
  //          accept    shutdown  ref  close
  "open": " ETIMEDOUT ok        ok   ok ",
  "closed": " EBADF     ok        ok   ok ",
};

const target = { host, port: 9 };

const datagramCalls: Calls<DatagramSocket> = {
  "send": (udp) => udp.send("x"),
  "send to": (udp) => udp.send("x", target),
  "receive": (udp) => udp.receive(wait),
  "disconnect": (udp) => udp.disconnect(),
  "setOption": (udp) => udp.setOption("broadcast", false),
  "ref, unref": (udp) => udp.ref().unref(),
  "close": (udp) => udp.close(),
};

const datagramStates: States<DatagramSocket> = {
  "unconnected": (t) => openUdp(t),
  "connected": (t) => connectedDatagram(t, () => {}),
  "disconnected": (t) => connectedDatagram(t, (udp) => udp.disconnect()),
  "closed": async (t) => {
    const udp = await openUdp(t);
    await udp.close();
    return udp;
  },
};

const datagramTable: Table = {
  //               send          send to  receive    disconnect  setOption  ref  close
  "unconnected": " EDESTADDRREQ ok       ETIMEDOUT  ENOTCONN    ok         ok   ok ",
  "connected": " ok           EISCONN  ETIMEDOUT  ok          ok         ok   ok ",
  "disconnected": " EDESTADDRREQ ok       ETIMEDOUT  ENOTCONN    ok         ok   ok ",
  "closed": " EBADF        EBADF    EBADF      EBADF       EBADF      ok   ok ",
};

async function connectedDatagram(
  t: Context,
  then: (udp: DatagramSocket) => unknown,
): Promise<DatagramSocket | undefined> {
  if (!t.sockets.supports("udp.connect").supported) return undefined;
  const [udp, peer] = [await openUdp(t), await t.peer.bind({ host, port: 0 })];
  await udp.connect(peer.address);
  await then(udp);
  return udp;
}

async function after<T extends { readonly conn: Connection<IpAddress> }>(
  ends: T,
  act: (ends: T) => Promise<unknown>,
): Promise<Connection<IpAddress>> {
  await act(ends);
  return ends.conn;
}
