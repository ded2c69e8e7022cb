/** Signals: none ends a program that uses sockets, none breaks a call, and the library itself handles none. */
import type { Case, Context, PeerStream, Started } from "../harness/case.js";
import { equal, ok, settles, show } from "../harness/expect.js";
import { pattern } from "../harness/pattern.js";
import { soon } from "../harness/tcp.js";
import { MiB, sha256, staysPending } from "../harness/traffic.js";

const env = ["process"] as const;
const host = "127.0.0.1";

/** A program may need this long to start on a busy machine. */
const startup = 8_000;

/** A server in a process of its own, which sends back what it gets. */
async function echoServer(t: Context): Promise<{ readonly program: Started; readonly port: number }> {
  const program = await t.start("serve", { args: ["echo", JSON.stringify({ host })] });
  return { program, port: Number(await t.within(startup, "port of the program", program.line())) };
}

/** A client of the server, past its greeting. */
async function client(t: Context, { program, port }: { program: Started; port: number }): Promise<PeerStream> {
  const far = await t.peer.connect({ host, port });
  const greeting = `${program.pid}\n`;
  equal(new TextDecoder().decode((await far.receive(greeting.length)).data), greeting, "greeting of the server");
  return far;
}

export const cases: readonly Case[] = [
  {
    id: "signals/sigpipe",
    level: "MUST",
    assertion:
      "Writing to a peer that has closed, over TCP and Unix, fails with EPIPE or ECONNRESET and does not end the process by SIGPIPE",
    source: "POSIX send() EPIPE",
    env,
    deadline: 15_000,
    async run(t) {
      const tcp = await t.peer.listen({ host, port: 0 });
      const path = await t.temporaryPath();
      const unix = await t.peer.listen({ path });
      const program = await t.start("write-to-closed", {
        args: [String((tcp.address as { port: number }).port), path],
      });
      const peers = [await tcp.accept(), await unix.accept()];
      equal(await t.within(startup, "the connections", program.line()), "connected", "first line of the program");
      for (const peer of peers) await peer.close();
      await program.write("closed\n");
      const { code, signal, stdout, stderr } = await t.within(startup, "end of the program", program.end);
      equal([code, signal, stderr], [0, null, ""], "exit code, signal and stderr of the program");
      ok(/\n(EPIPE|ECONNRESET) (EPIPE|ECONNRESET)\n$/.test(stdout), `errors of the writes: ${stdout}`);
    },
  },
  {
    id: "signals/eintr",
    level: "SHOULD",
    assertion:
      "Hundreds of signals with a handler while a connection is in use neither fail a call with EINTR nor lose a byte",
    source: "POSIX EINTR; Linux signal(7)",
    env,
    deadline: 20_000,
    async run(t) {
      const server = await echoServer(t);
      const far = await client(t, server);
      const length = 4 * MiB;
      const sending = far.send({ length, seed: 5 }).then(() => far.shutdown("write"));
      let over = false;
      const storm = (async () => {
        let sent = 0;
        for (; !over || sent < 300; sent++) await server.program.signal("SIGUSR2");
        return sent;
      })();
      const { bytes, sha256: digest, error } = await far.drain();
      over = true;
      await sending;
      equal([bytes, error], [length, undefined], "bytes that came back, and how that ended");
      equal(digest, sha256(pattern(5, length)), "their digest");
      ok(await storm >= 300, "signals that were sent");
      await server.program.write("how many?\n");
      const counted = await t.within(soon, "count of signals", server.program.line());
      ok(Number(counted) > 0, `times that the program's handler ran: ${counted}`);
    },
  },
  {
    id: "signals/sigstop-cont",
    level: "SHOULD",
    assertion:
      "A process that is stopped in mid transfer and continued loses nothing, and what came meanwhile is served",
    source: "POSIX SIGSTOP, SIGCONT",
    env,
    deadline: 20_000,
    async run(t) {
      const server = await echoServer(t);
      const [far, late] = [await client(t, server), await client(t, server)];
      const length = 8 * MiB;
      const sending = far.send({ length, seed: 6 }).then(() => far.shutdown("write"));
      equal((await far.receive(65_536)).data.byteLength, 65_536, "bytes before the stop");
      await server.program.signal("SIGSTOP");
      await late.send("meanwhile");
      const answer = late.receive(9);
      const newcomer = t.peer.connect({ host, port: server.port });
      ok(await staysPending(answer, 150), "a stopped process answers nothing");
      await server.program.signal("SIGCONT");
      const digest = sha256(pattern(6, length, 0).subarray(65_536));
      const rest = await far.drain();
      equal([rest.bytes, rest.error, rest.sha256], [length - 65_536, undefined, digest], "what came after the stop");
      equal((await answer).data.byteLength, 9, "answer to what was sent meanwhile");
      ok((await (await newcomer).receive(1)).data.byteLength === 1, "a client that came meanwhile is greeted");
      await sending;
    },
  },
  {
    id: "signals/sigterm-graceful",
    level: "SHOULD",
    assertion:
      "A server that shuts down gracefully on SIGTERM refuses new clients, serves the open ones to their EOF without a reset, and ends with code 0",
    source: "omnisock Listener.shutdown()",
    env,
    deadline: 15_000,
    async run(t) {
      const server = await echoServer(t);
      const far = await client(t, server);
      await far.send("before ");
      await server.program.signal("SIGTERM");
      equal(await t.within(soon, "answer to SIGTERM", server.program.line()), "terminating", "answer to SIGTERM");
      await t.until(soon, "new clients are refused", async () => {
        const end = await settles(t.peer.connect({ host, port: server.port }));
        if (end.status === "fulfilled") await end.value.close();
        return end.status === "rejected" && end.reason.code === "ECONNREFUSED";
      });
      await far.send("after");
      await far.shutdown("write");
      const { data, eof, error } = await far.receive(100);
      equal([new TextDecoder().decode(data), eof, error], ["before after", true, undefined], "what the client got");
      const end = await t.within(soon, "end of the program", server.program.end);
      equal([end.code, end.signal, end.stderr], [0, null, ""], "exit code, signal and stderr");
    },
  },
  {
    id: "signals/sigint-default",
    level: "MUST",
    assertion: "Using sockets of every kind changes no signal's handling, so that SIGINT still ends the process",
    source: "POSIX sigaction(); Linux proc_pid_status(5)",
    env: ["proc", "process"],
    deadline: 20_000,
    async run(t) {
      const { port } = await t.peer.blackhole();
      const start = async (): Promise<Started> => {
        const program = await t.start("sundry", { args: [String(port), await t.temporaryPath()] });
        equal(await t.within(startup, "start of the program", program.line()), "ready", "first line of the program");
        return program;
      };
      const [program, idle] = [await start(), await start()];
      for (const command of ["open", "use"]) {
        await program.write(`${command}\n`);
        equal(await t.within(startup, command, program.line()), command, "answer of the program");
      }
      // A runtime's own handlers may come a while after its start, so the other process is asked as often as this one.
      let [mine, others] = ["", ""];
      await t.until(soon, "the same signals as in a process that uses no sockets", async () => {
        [mine, others] = [await program.kernel.signals(), await idle.kernel.signals()].map(show) as [string, string];
        return mine === others;
      }).catch(() =>
        equal(mine, others, "signals that are caught and ignored, and those of a process without sockets")
      );
      await program.signal("SIGINT");
      const end = await t.within(soon, "end of the program", program.end);
      equal([end.signal ?? end.code, end.stderr], ["SIGINT", ""], "what ended the program");
    },
  },
];
