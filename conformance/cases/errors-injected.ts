/** Failures of the kernel that loopback cannot produce: strace(1) makes a system call of another process fail. */
import type { Case, Context, Environment } from "../harness/case.js";
import { equal, ok } from "../harness/expect.js";

const env: readonly Environment[] = ["kernel", "process", "strace"];

/** How each step of the program ended while the first of each of these calls failed. */
async function endsWith(t: Context, ...inject: readonly string[]): Promise<Readonly<Record<string, string>>> {
  const { code, signal, expired, stdout, stderr } = await t.run("faults", { inject, deadline: 20_000 });
  const what = inject.join(" ");
  ok(!expired, `${what}: the program hangs; ${stderr.slice(-300)}`);
  equal([code, signal], [0, null], `${what}: end of the program; ${stderr.slice(-300)}`);
  return JSON.parse(stdout) as Record<string, string>;
}

/** Errors that these calls may have by POSIX or Linux, whatever the state of the socket. */
const faults: readonly string[] = [
  "socket:error=ENOBUFS:when=1",
  "socket:error=ENOMEM:when=2",
  "bind:error=ENOMEM:when=1",
  "listen:error=ENOBUFS:when=1",
  "setsockopt:error=ENOMEM:when=1",
  "connect:error=EINTR:when=1",
  "accept4:error=EINTR:when=1",
  "accept4:error=ENOBUFS:when=1",
  "accept4:error=ECONNABORTED:when=1",
  "recvfrom,recvmsg:error=EINTR:when=1",
  "sendto,sendmsg:error=EINTR:when=1",
  "sendto,sendmsg:error=ENOBUFS:when=1",
  "shutdown:error=ENOBUFS:when=1",
];

export const cases: readonly Case[] = [
  {
    id: "errors/errno-unknown",
    level: "SHOULD",
    assertion:
      "An error that no code stands for is UNKNOWN: neither success, nor a hang, nor an error of another class",
    source: "WASI sockets error-code, other; omnisock SocketError",
    env,
    deadline: 60_000,
    async run(t) {
      for (const [call, step] of [["bind", "listen"], ["listen", "listen"], ["connect", "connect"]] as const) {
        const ends = await endsWith(t, `${call}:error=EUCLEAN:when=1`);
        equal(ends[step], "SocketError UNKNOWN", `${step} whose ${call}(2) fails with EUCLEAN`);
      }
    },
  },
  {
    id: "errors/fault-injection",
    level: "SHOULD",
    assertion:
      "Whatever socket call fails once with EINTR, ENOBUFS, ENOMEM or ECONNABORTED, each step works or rejects with a SocketError that names it",
    source: "POSIX socket(), bind(), listen(), accept(), connect(), send(), recv(), shutdown()",
    env,
    deadline: 120_000,
    async run(t) {
      const odd: string[] = [];
      for (const fault of faults) {
        const ends = await endsWith(t, fault);
        for (const [step, end] of Object.entries(ends)) {
          const known = end === "ok" || (end.startsWith("SocketError ") && end !== "SocketError UNKNOWN");
          if (!known || end === "SocketError ETIMEDOUT") odd.push(`${fault}: ${step} is ${end}`);
        }
      }
      equal(odd, [], "steps that neither work nor say why");
    },
  },
];
