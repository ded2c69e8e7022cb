/** Several processes: sharing a port, surviving each other, and understanding each other whatever they run on. */
import type { DatagramSocket, IpAddress, Listener } from "omnisock";

import type { Case, Context, Started } from "../harness/case.js";
import { equal, ok, refuses } from "../harness/expect.js";
import { pattern } from "../harness/pattern.js";
import { listening, soon } from "../harness/tcp.js";
import { MiB, sha256 } from "../harness/traffic.js";

const host = "127.0.0.1";

/** A program may need this long to start on a busy machine. */
const startup = 8_000;

/** A started server or responder, and the port or the error code that it printed. */
interface Member {
  readonly program: Started;
  readonly said: string;
}

async function member(t: Context, program: string, ...args: readonly string[]): Promise<Member> {
  const started = await t.start(program, { args });
  return { program: started, said: await t.within(startup, `first line of ${program}`, started.line()) };
}

function serve(t: Context, options: object): Promise<Member> {
  return member(t, "serve", "greet", JSON.stringify({ host, ...options }));
}

/** The process that serves a new client of the port. */
async function servedBy(t: Context, port: number): Promise<number> {
  const far = await t.peer.connect({ host, port });
  const { data } = await far.receive(100);
  await far.close();
  return Number(new TextDecoder().decode(data));
}

const reusePort = {
  needs: ["tcp.reusePort"],
  refusal: (t: Context) => t.sockets.listen({ host, reusePort: true }),
} as const;

export const cases: readonly Case[] = [
  {
    id: "multiproc/reuseport-bind",
    level: "SHOULD",
    assertion:
      "Two processes that listen with reusePort share a port and both get clients; without it the second gets EADDRINUSE",
    source: "Linux socket(7) SO_REUSEPORT",
    ...reusePort,
    env: ["proc", "process"],
    deadline: 20_000,
    async run(t) {
      const first = await serve(t, { reusePort: true });
      const port = Number(first.said);
      const second = await serve(t, { port, reusePort: true });
      equal(second.said, first.said, "port of the second process");
      for (const { program } of [first, second]) {
        const listeners = (await program.kernel.tcp(port)).filter(({ own, state }) => own && state === "LISTEN");
        equal(listeners.length, 1, "listening sockets of a process");
        equal(await program.kernel.option(port, { level: "SOL_SOCKET", name: "SO_REUSEPORT" }), 1, "SO_REUSEPORT");
      }
      const served = new Set<number>();
      // The kernel chooses by a hash of the client's port: that one of them gets all of 40 clients does not happen.
      for (let i = 0; i < 40; i++) served.add(await servedBy(t, port));
      const both = [first.program.pid, second.program.pid];
      equal([...served].sort(), both.sort(), "processes that served a client");
      const lone = await serve(t, {});
      equal((await serve(t, { port: Number(lone.said) })).said, "EADDRINUSE", "a second process without reusePort");
    },
  },
  {
    id: "multiproc/reuseport-mixed",
    level: "MUST",
    assertion:
      "A port can be shared only if both set reusePort: a listener without it gets EADDRINUSE, whichever came first",
    source: "Linux socket(7) SO_REUSEPORT",
    ...reusePort,
    async run(t) {
      for (const first of [true, false]) {
        const server = await listening(t, { reusePort: first });
        const { port } = server.address;
        await refuses(
          () => t.within(soon, "listen", t.sockets.listen({ host, port, reusePort: !first })),
          { code: "EADDRINUSE", name: "SocketError" },
          `a listener with reusePort ${!first} beside one with ${first}`,
        );
        await refuses(
          () => t.peer.listen({ host, port }),
          { code: "EADDRINUSE" },
          `the peer's listener beside one with reusePort ${first}`,
        );
      }
    },
  },
  {
    id: "multiproc/reuseport-udp",
    level: "SHOULD",
    assertion:
      "UDP sockets of two processes with reusePort share a port: every sender keeps its process, and both have some",
    source: "Linux socket(7) SO_REUSEPORT",
    needs: ["udp.reusePort"],
    refusal: (t) => t.sockets.bind({ host, reusePort: true }),
    env: ["process"],
    deadline: 20_000,
    async run(t) {
      const first = await member(t, "answer", JSON.stringify({ reusePort: true }));
      const to = { host, port: Number(first.said) };
      const second = await member(t, "answer", JSON.stringify({ port: to.port, reusePort: true }));
      equal(second.said, first.said, "port of the second process");
      const answered = new Set<string>();
      for (let i = 0; i < 40; i++) {
        const peer = await t.peer.bind({ host, port: 0 });
        const answers = new Set<string>();
        for (let j = 0; j < 3; j++) {
          await peer.send("who?", to);
          answers.add(new TextDecoder().decode((await peer.receive()).data));
        }
        await peer.close();
        equal(answers.size, 1, "processes that answered one sender");
        for (const one of answers) answered.add(one);
      }
      const both = [first.program.pid, second.program.pid].map(String);
      equal([...answered].sort(), both.sort(), "processes that answered");
    },
  },
  {
    id: "multiproc/unsupported-platform",
    level: "MUST",
    assertion:
      "reusePort is either set in the kernel, and only if it is asked for, or refused with ENOTSUP; never ignored",
    source: "omnisock guarantee Options",
    env: ["kernel", "proc"],
    async run(t) {
      const { bind, listen, supports } = t.sockets;
      const option = { level: "SOL_SOCKET", name: "SO_REUSEPORT" };
      interface Asked {
        readonly host: string;
        readonly reusePort: boolean;
      }
      const ways = [
        ["tcp.reusePort", (options: Asked) => listen(options)],
        ["udp.reusePort", (options: Asked) => bind(options)],
      ] as const;
      for (const [feature, open] of ways) {
        const { supported } = supports(feature);
        for (const reusePort of [true, false]) {
          if (reusePort && !supported) {
            const shape = { code: "ENOTSUP", name: "SocketError" };
            await refuses(() => open({ host, reusePort }), shape, `${feature} where it is missing`);
            continue;
          }
          const opening: Promise<DatagramSocket | Listener<IpAddress>> = open({ host, reusePort });
          const socket = await t.within(soon, "opening", opening);
          t.defer(() => socket.close());
          equal(await t.kernel.option(socket.address.port, option), reusePort ? 1 : 0, `SO_REUSEPORT for ${feature}`);
        }
      }
    },
  },
  {
    id: "multiproc/crash-one",
    level: "SHOULD",
    assertion: "When one of the processes that share a port is killed, all new clients go to the other",
    source: "Linux socket(7) SO_REUSEPORT",
    ...reusePort,
    env: ["process"],
    deadline: 20_000,
    async run(t) {
      const first = await serve(t, { reusePort: true });
      const port = Number(first.said);
      const second = await serve(t, { port, reusePort: true });
      equal(second.said, first.said, "port of the second process");
      await first.program.signal("SIGKILL");
      await t.within(soon, "end of the first process", first.program.end);
      for (let i = 0; i < 20; i++) equal(await servedBy(t, port), second.program.pid, `who served client ${i}`);
    },
  },
  {
    id: "multiproc/killed-listener",
    level: "MUST",
    assertion:
      "The port of a killed server can be listened on by another process at once, although clients were connected",
    source: "POSIX _exit(); Linux socket(7) SO_REUSEADDR",
    env: ["process"],
    deadline: 20_000,
    async run(t) {
      const first = await member(t, "serve", "echo", JSON.stringify({ host }));
      const port = Number(first.said);
      const far = await t.peer.connect({ host, port });
      await far.receive(1);
      await first.program.signal("SIGKILL");
      await t.within(soon, "end of the first process", first.program.end);
      const second = await serve(t, { port });
      equal(second.said, first.said, "port of the next process");
      equal(await servedBy(t, port), second.program.pid, "who serves the next client");
    },
  },
  {
    id: "multiproc/cross-runtime",
    level: "MUST",
    assertion:
      "With a program on every other runtime, as client and as server, 1 MiB each way and the half-close after it arrive",
    source: "RFC 9293 §3.6; omnisock guarantees 1 and 5",
    env: ["process"],
    deadline: 40_000,
    async run(t) {
      const length = MiB;
      const received = async (program: Started): Promise<unknown> => {
        return JSON.parse(await t.within(startup, "what a program received", program.line()));
      };
      const expected = (seed: number) => ({ bytes: length, sha256: sha256(pattern(seed, length)) });
      const others = (await t.runtimes()).filter((name) => name !== t.subject.runtime);
      ok(others.length > 0, "there is another runtime");
      const exchange = async (serverOn: string | undefined, clientOn: string | undefined): Promise<void> => {
        const on = (runtime: string | undefined) => runtime === undefined ? {} : { runtime };
        const server = await t.start("transfer", { args: ["server", "0", `${length}`, "1"], ...on(serverOn) });
        const port = await t.within(startup, "port of the server", server.line());
        const client = await t.start("transfer", { args: ["client", port, `${length}`, "2"], ...on(clientOn) });
        equal(await received(server), expected(2), `what the server on ${serverOn ?? "this runtime"} received`);
        equal(await received(client), expected(1), `what the client on ${clientOn ?? "this runtime"} received`);
        const ends = await t.within(soon, "their ends", Promise.all([server.end, client.end]));
        equal(ends.map(({ code }) => code), [0, 0], `exit codes with ${serverOn ?? clientOn}`);
      };
      for (const other of others) await Promise.all([exchange(undefined, other), exchange(other, undefined)]);
    },
  },
];
