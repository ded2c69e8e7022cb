/**
 * What keeps a process alive, and what its end leaves behind: small programs in processes of their own.
 *
 * `conformance/programs/alive.ts` opens one thing and does nothing more. It prints `alive` and exits if it still runs when an
 * unref()-ed timer fires, which by itself keeps no process; if nothing holds the process, it ends before that.
 */
import type { Case, Context, PeerStream, RunResult } from "../harness/case.js";
import { equal, notEqual, ok, settles } from "../harness/expect.js";

const env = ["process"] as const;

/** What `alive.js` opens, and its connection to the raw peer where it has one. */
async function alive(t: Context, what: string, how: string = "plain"): Promise<string> {
  const result = await t.run("alive", { args: await argumentsOf(t, what, how), deadline: 8_000 });
  return outcome(result);
}

async function argumentsOf(t: Context, what: string, how: string): Promise<readonly string[]> {
  if (what === "connecting") {
    const { host, port } = await t.peer.blackhole();
    return [what, how, host, String(port)];
  }
  if (what === "accepted") {
    const port = await t.peer.closedPort();
    void connectWhenThere(t, port).then((far) => far.send("unread bytes"), () => {});
    return [what, how, "127.0.0.1", String(port)];
  }
  const { port } = (await t.peer.listen({ host: "127.0.0.1", port: 0 })).address as { port: number };
  return [what, how, "127.0.0.1", String(port)];
}

/** Connects as soon as the program listens. */
async function connectWhenThere(t: Context, port: number): Promise<PeerStream> {
  let far: PeerStream | undefined;
  await t.until(4_000, "the program listens", async () => {
    far = await t.peer.connect({ host: "127.0.0.1", port }).catch(() => undefined);
    return far !== undefined;
  });
  return far as PeerStream;
}

function outcome({ code, signal, stdout, stderr, expired }: RunResult): string {
  if (expired) return "had to be killed";
  if (code !== 0 || stderr !== "") return `exit ${code ?? signal}: ${stderr}`;
  return stdout.trim().split("\n").join(", ");
}

/** The program runs as long as the thing is open. */
function keepsAlive(what: string, how?: string): (t: Context) => Promise<void> {
  return async (t) => equal(await alive(t, what, how), "open, alive", `a program with nothing but ${what}`);
}

/** The program ends although the thing is open. */
function letsGo(what: string, how: string): (t: Context) => Promise<void> {
  return async (t) => equal(await alive(t, what, how), "open", `a program with nothing but ${what}, ${how}`);
}

/** The program opens everything, closes it, and ends by itself. */
async function closedExits(t: Context): Promise<void> {
  const { port } = (await t.peer.listen({ host: "127.0.0.1", port: 0 })).address as { port: number };
  const result = await t.run("alive", { args: ["everything", "closed", "127.0.0.1", String(port)], deadline: 8_000 });
  equal(outcome(result), "open, closed", "a program that closed everything");
}

export const cases: readonly Case[] = [
  {
    id: "lifecycle/listener-keeps-alive",
    level: "MUST",
    assertion: "An open listener keeps the process running",
    source: "omnisock ref()",
    env,
    run: keepsAlive("listener"),
  },
  {
    id: "lifecycle/conn-keeps-alive",
    level: "MUST",
    assertion: "An open connection keeps the process running, also if nothing is read or written",
    source: "omnisock ref()",
    env,
    run: keepsAlive("connection"),
  },
  {
    id: "lifecycle/unread-keeps-alive",
    level: "MUST",
    assertion: "An accepted connection whose bytes nobody reads keeps the process running after the listener is closed",
    source: "omnisock ref()",
    env,
    run: keepsAlive("accepted"),
  },
  {
    id: "lifecycle/udp-keeps-alive",
    level: "MUST",
    assertion: "An open UDP socket keeps the process running, also if nobody receives",
    source: "omnisock ref()",
    env,
    run: keepsAlive("udp"),
  },
  {
    id: "lifecycle/connect-keeps-alive",
    level: "MUST",
    assertion: "A connect() under way that nobody awaits keeps the process running",
    source: "omnisock connect()",
    env,
    run: keepsAlive("connecting"),
  },
  {
    id: "lifecycle/closed-exits",
    level: "MUST",
    assertion: "A process that has closed all of its sockets ends by itself, at once and with code 0",
    source: "omnisock close()",
    env,
    run: closedExits,
  },
  {
    id: "lifecycle/unref-listener",
    level: "SHOULD",
    assertion: "unref() lets the process end although a listener is open",
    source: "omnisock unref()",
    env,
    run: letsGo("listener", "unref"),
  },
  {
    id: "lifecycle/unref-conn",
    level: "SHOULD",
    assertion: "unref() lets the process end although a connection is open, on either side",
    source: "omnisock unref()",
    env,
    async run(t) {
      await letsGo("connection", "unref")(t);
      await letsGo("accepted", "unref")(t);
    },
  },
  {
    id: "lifecycle/unref-udp",
    level: "SHOULD",
    assertion: "unref() lets the process end although a UDP socket is open",
    source: "omnisock unref()",
    env,
    run: letsGo("udp", "unref"),
  },
  {
    id: "lifecycle/unref-waiting",
    level: "SHOULD",
    assertion: "unref() lets the process end although accept(), read() and receive() are waiting",
    source: "omnisock unref()",
    env,
    async run(t) {
      for (const what of ["listener", "connection", "udp"]) await letsGo(what, "waiting")(t);
    },
  },
  {
    id: "lifecycle/ref-again",
    level: "SHOULD",
    deadline: 15_000,
    assertion: "Of ref() and unref() the last call counts, however often they were called",
    source: "omnisock ref(), unref()",
    env,
    async run(t) {
      for (const what of ["listener", "connection", "udp"]) {
        equal(await alive(t, what, "ref-again"), "open, alive", `${what} after unref() and ref()`);
      }
      equal(await alive(t, "udp", "unref-again"), "open", "udp after unref(), ref(), ref() and unref()");
    },
  },
  {
    id: "lifecycle/dispose",
    level: "MUST",
    assertion:
      "`await using` closes a listener and a UDP socket at the end of its scope, also when that throws or has closed it; their ports are free then",
    source: "ECMA-262 Explicit Resource Management; omnisock disposal",
    async run(t) {
      for (const how of ["leaves", "throws", "closes before"]) {
        const ports = { tcp: 0, udp: 0 };
        const scope = async (): Promise<void> => {
          await using server = await t.sockets.listen({ host: "127.0.0.1" });
          await using udp = await t.sockets.bind({ host: "127.0.0.1" });
          Object.assign(ports, { tcp: server.address.port, udp: udp.address.port });
          void server.accept();
          void udp.receive();
          if (how === "throws") throw new Error("mine");
          if (how === "closes before") await Promise.all([server.close(), udp.close()]);
        };
        const end = await t.within(2_000, "the scope", settles(scope()));
        const message = end.status === "rejected" ? end.reason.message : "";
        equal(message, how === "throws" ? "mine" : "", `the error of a scope that ${how}`);
        notEqual(ports.udp, 0, "port of the UDP socket");
        await (await t.peer.listen({ host: "127.0.0.1", port: ports.tcp })).close();
        await (await t.peer.bind({ host: "127.0.0.1", port: ports.udp })).close();
      }
    },
  },
  {
    id: "lifecycle/exit-flush",
    level: "INFO",
    assertion: "Of 100,000 bytes whose write() had resolved before process.exit(), how many reach a peer that reads",
    source: "omnisock write()",
    env,
    async run(t) {
      const listener = await t.peer.listen({ host: "127.0.0.1", port: 0 });
      const running = t.run("write-and-exit", { args: [String((listener.address as { port: number }).port), "exit"] });
      const got = await (await listener.accept()).drain();
      equal((await running).stdout, "written\n", "output of the program");
      t.info(`${got.bytes} bytes, then ${got.error ?? "EOF"}`);
    },
  },
  {
    id: "lifecycle/kill9",
    level: "MUST",
    assertion: "When the process is killed, a peer sees the end of the connection within a second",
    source: "POSIX _exit()",
    env,
    async run(t) {
      const listener = await t.peer.listen({ host: "127.0.0.1", port: 0 });
      const running = t.run("write-and-exit", { args: [String((listener.address as { port: number }).port), "kill"] });
      const far = await listener.accept();
      const end = far.drain();
      const result = await running;
      equal([result.signal, result.stdout], ["SIGKILL", "written\n"], "end of the program");
      const got = await t.within(1_000, "the end of the connection after the kill", end);
      ok(got.eof || got.error === "ECONNRESET", `the peer sees EOF or ECONNRESET: ${got.error}`);
    },
  },
  {
    id: "lifecycle/uncaught",
    level: "SHOULD",
    assertion:
      "An uncaught exception with open sockets ends the process with its message and a code that is not 0, not by a signal",
    source: "omnisock ref()",
    env,
    async run(t) {
      const listener = await t.peer.listen({ host: "127.0.0.1", port: 0 });
      const result = await t.run("write-and-exit", {
        args: [String((listener.address as { port: number }).port), "throw"],
      });
      equal([result.signal, result.expired], [null, false], "signal");
      notEqual(result.code, 0, "exit code");
      ok(result.stderr.includes("thrown on purpose"), "the exception's message on stderr");
    },
  },
];
