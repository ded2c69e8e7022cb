/** `signal` and `timeout` of every call that takes them, of all kinds of sockets. */
import type { Case, Context } from "../harness/case.js";
import { bytesEqual, equal, rejects } from "../harness/expect.js";
import { clientEnds, listening, peerListener, soon } from "../harness/tcp.js";
import { beyondKernel, clog, clogBlock, staysPending } from "../harness/traffic.js";
import { openUdp } from "../harness/udp.js";
import { everyStream } from "../harness/unix.js";

interface Wait {
  readonly signal?: AbortSignal;
  readonly timeout?: number;
}

/** Every call that takes `signal` and `timeout` but close(), by the operation that its error names. */
async function waitingCalls(t: Context): Promise<readonly (readonly [string, (wait: Wait) => Promise<unknown>])[]> {
  const host = "127.0.0.1";
  const { at } = await peerListener(t);
  const server = await listening(t);
  const { conn } = await clientEnds(t);
  const udp = await openUdp(t, { host });
  const far = await t.peer.bind({ host, port: 0 });
  return [
    ["connect", (wait) => t.sockets.connect({ ...at, ...wait })],
    ["listen", (wait) => t.sockets.listen({ host, ...wait })],
    ["bind", (wait) => t.sockets.bind({ host, ...wait })],
    ["lookup", (wait) => t.sockets.lookup("localhost", wait)],
    ["accept", (wait) => server.accept(wait)],
    ["read", (wait) => conn.read(wait)],
    ["read", (wait) => conn.readInto(new Uint8Array(1), wait)],
    ["write", (wait) => conn.write("x", wait)],
    ["shutdown", (wait) => conn.shutdown("write", wait)],
    ["receive", (wait) => udp.receive(wait)],
    ["send", (wait) => udp.send("x", far.address, wait)],
    ...(t.sockets.supports("udp.connect").supported
      ? [["connect", (wait: Wait) => udp.connect(far.address, wait)] as const]
      : []),
  ];
}

export const cases: readonly Case[] = [
  {
    id: "tcp.cancel/every-call",
    level: "MUST",
    assertion:
      "Every call that waits rejects with the reason of a signal that is aborted already, and with ETIMEDOUT and its operation for a timeout of 0",
    source: "DOM AbortSignal; omnisock guarantee 8",
    async run(t) {
      const reason = new Error("aborted before");
      for (const [operation, call] of await waitingCalls(t)) {
        const aborted = t.within(soon, operation, call({ signal: AbortSignal.abort(reason) }));
        await rejects(aborted, { value: reason }, `${operation} with an aborted signal`);
        const shape = { name: "SocketError", code: "ETIMEDOUT", members: { operation } };
        await rejects(t.within(soon, operation, call({ timeout: 0 })), shape, `${operation} with a timeout of 0`);
      }
      // close() gives every caller the same promise, so that it takes a connection for each.
      const aborted = (await clientEnds(t)).conn.close({ signal: AbortSignal.abort(reason) });
      await rejects(t.within(soon, "close", aborted), { value: reason }, "close with an aborted signal");
      const shape = { name: "SocketError", code: "ETIMEDOUT", members: { operation: "close" } };
      const late = (await clientEnds(t)).conn.close({ timeout: 0 });
      await rejects(t.within(soon, "close", late), shape, "close with a timeout of 0");
    },
  },
  {
    id: "tcp.cancel/settled-in-time",
    level: "MUST",
    assertion:
      "A call that ends in time ends as without a signal and a timeout, and what becomes of them later changes nothing",
    source: "omnisock WaitOptions",
    async run(t) {
      for await (const { what, conn, far } of everyStream(t)) {
        const controller = new AbortController();
        const wait = { signal: controller.signal, timeout: 2_000 };
        await far.send("ping");
        bytesEqual(await t.within(soon, "read", conn.read(wait)), "ping", `what ${what} read`);
        await t.within(soon, "write", conn.write("pong", wait));
        await t.within(soon, "shutdown", conn.shutdown("write", wait));
        controller.abort();
        const drained = await far.drain();
        bytesEqual(drained.head, "pong", "what the peer got");
        equal(drained.eof, true, "the peer's EOF");
        await far.send("on");
        bytesEqual(await t.within(soon, "read", conn.read()), "on", "what is read after the abort");
      }
    },
  },
  {
    id: "tcp.cancel/shutdown",
    level: "MUST",
    assertion:
      'A shutdown("write") that waits behind writes rejects when it is aborted or out of time; the bytes and the FIN still go',
    source: "omnisock shutdown()",
    async run(t) {
      for await (const { what, conn, far } of everyStream(t)) {
        const { resolved, pending } = await clog(conn, beyondKernel);
        const controller = new AbortController();
        const waiting = conn.shutdown("write", { signal: controller.signal });
        equal(await staysPending(waiting, 30), true, "shutdown waits");
        controller.abort("enough");
        await rejects(t.within(soon, "shutdown", waiting), { value: "enough" }, `shutdown of ${what} that is aborted`);
        const late = conn.shutdown("write", { timeout: 20 });
        await rejects(t.within(soon, "shutdown", late), { code: "ETIMEDOUT" }, "shutdown that is out of time");
        const drained = await far.drain();
        equal([drained.bytes, drained.eof], [resolved + clogBlock, true], "bytes and EOF at the peer");
        await t.within(soon, "the write that waited", pending);
        await t.within(soon, "shutdown", conn.shutdown("write"));
      }
    },
  },
];
