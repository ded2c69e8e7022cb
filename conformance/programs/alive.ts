/**
 * Opens one thing and does nothing more; prints `open`, and `alive` if it still runs after a while.
 * `alive.js listener|connection|accepted|udp|connecting|everything plain|unref|waiting|ref-again|unref-again|closed HOST PORT`
 */
import process from "node:process";
import { setTimeout } from "node:timers";

import { args, sockets } from "../harness/program.js";

interface Held {
  ref(): unknown;
  unref(): unknown;
}

const { bind, connect, listen } = sockets;
const [what = "", how = "", host = "", port = ""] = args;
const at = { host, port: Number(port) };
/** How long a process may take to end; one that is held lives longer. */
const patience = how === "plain" || how === "ref-again" ? 150 : how === "closed" ? 1_000 : 3_000;

const openers: Readonly<Record<string, () => Promise<Held | undefined>>> = {
  listener: () => listen({ host }),
  connection: () => connect(at),
  udp: () => bind({ host }),
  async accepted() {
    const server = await listen(at);
    const accepted = await server.accept();
    await server.close();
    return accepted;
  },
  async connecting() {
    void connect(at);
    return undefined;
  },
  async everything() {
    const server = await listen({ host });
    const udp = await bind({ host });
    const client = await connect(at);
    await client.write("bye");
    for (const one of [client, udp, server]) one.unref().ref();
    await Promise.all([client.close(), udp.close(), server.close()]);
    return undefined;
  },
};

const held = await openers[what]?.();
console.log("open");
if (how === "unref" || how === "waiting") held?.unref();
if (how === "waiting") wait(held as Partial<Record<"accept" | "read" | "receive", () => Promise<unknown>>>);
if (how === "ref-again") held?.unref(), held?.unref(), held?.ref();
if (how === "unref-again") held?.unref(), held?.ref(), held?.ref(), held?.unref();
if (how === "closed") console.log("closed");

setTimeout(() => {
  console.log("alive");
  process.exit(0);
}, patience).unref();

function wait(one: Partial<Record<"accept" | "read" | "receive", () => Promise<unknown>>>): void {
  void (one.accept?.() ?? one.read?.() ?? one.receive?.());
}
