/** The plain calls of `omnisock/libc`, made by a program of the subject's runtime. */
import type { Case, Context, Kernel } from "./case.js";
import { soon } from "./tcp.js";

export interface PlainCalls {
  /** Constants are given by name, bytes as `Uint8Array`; an error has `code`, `errno` and `syscall`. */
  call(name: string, ...args: readonly unknown[]): Promise<unknown>;
  /** What the call has made of its arguments. */
  readonly written: () => readonly unknown[];
  readonly kernel: Kernel;
  readonly pid: number;
}

/** For subjects without libc: reading an option is what they cannot do. */
export const overLibc: Pick<Case, "needs" | "refusal"> = {
  needs: ["options.read"],
  refusal: async (t) => {
    const { address } = await t.peer.listen({ host: "127.0.0.1", port: 0 });
    const conn = await t.sockets.connect(address as { host: string; port: number });
    t.defer(() => conn.close({ timeout: 200 }));
    return conn.getOption("noDelay");
  },
};

export async function plainCalls(t: Context): Promise<PlainCalls> {
  const program = await t.start("plain-calls");
  let args: readonly unknown[] = [];
  return {
    pid: program.pid,
    kernel: program.kernel,
    written: () => args,
    async call(name, ...given) {
      await program.write(`${JSON.stringify({ name, args: given.map(encoded) })}\n`);
      const answer = JSON.parse(await t.within(soon + 3_000, name, program.line())) as {
        readonly result?: unknown;
        readonly args?: readonly unknown[];
        readonly error?: { readonly message: string };
      };
      if (answer.error !== undefined) throw Object.assign(new Error(answer.error.message), answer.error);
      args = (answer.args ?? []).map(decoded);
      return decoded(answer.result);
    },
  };
}

function encoded(value: unknown): unknown {
  return value instanceof Uint8Array ? { bytes: [...value] } : value;
}

function decoded(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(decoded);
  if (typeof value !== "object" || value === null) return value;
  const { bytes } = value as { readonly bytes?: readonly number[] };
  if (bytes !== undefined) return Uint8Array.from(bytes);
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, decoded(member)]));
}
