/** What a foreign library lacks, in every way that it can turn out, each with the verdict that it must get. */
import type { Context } from "../case.js";
import { rejects, settles } from "../expect.js";
import type { Misbehaviour } from "./cases.js";

const blank = { level: "MUST", assertion: "The facade tells what is lacking", source: "docs/conformance.md" } as const;

const refused = { host: "127.0.0.1", port: 1 };
const open = { host: "127.0.0.1", port: 2 };

function connect(t: Context, options: object = {}): ReturnType<Context["sockets"]["connect"]> {
  return t.sockets.connect({ ...open, ...options });
}

const list: readonly (Pick<Misbehaviour, "verdict" | "run"> & Partial<Misbehaviour> & { readonly name: string })[] = [
  { name: "works", verdict: "pass", run: async (t) => void await (await connect(t)).write("x") },
  {
    name: "call-swallowed",
    verdict: "unsupported",
    message: "the library has no bind()",
    run: async (t) => void await settles(t.sockets.bind({})),
  },
  {
    name: "member",
    verdict: "unsupported",
    message: "a stream of the library has no reset",
    run: async (t) => void await (await connect(t)).reset(),
  },
  {
    name: "option",
    verdict: "unsupported",
    message: "connect() of the library takes no timeout",
    run: async (t) => void await connect(t, { timeout: 1 }),
  },
  {
    name: "told-by-the-driver",
    verdict: "unsupported",
    message: "it has no reading",
    run: async (t) => void await settles((await connect(t)).read()),
  },
  {
    name: "then-hangs",
    verdict: "unsupported",
    message: "connect() of the library takes no signal",
    run: async (t) => {
      void settles(connect(t, { signal: AbortSignal.abort() }));
      await new Promise(() => {});
    },
  },
  {
    name: "in-cleanup",
    verdict: "pass",
    run: async (t) => {
      const conn = await connect(t);
      t.defer(() => conn.reset());
    },
  },
  { name: "surface", verdict: "unsupported", surface: "omnisock", run: () => Promise.reject(new Error("it ran")) },
  {
    name: "gap",
    verdict: "unsupported",
    message: "it has no abstract names",
    needs: ["unix.abstract"],
    run: () => Promise.reject(new Error("it ran")),
  },
  {
    name: "class-of-errors",
    verdict: "pass",
    run: async (t) =>
      void await rejects(t.sockets.connect(refused), { code: "ECONNREFUSED", name: "SocketError" }, "connect"),
  },
  {
    name: "code-of-errors",
    verdict: "fail",
    message: "expected code ETIMEDOUT",
    run: async (t) => void await rejects(t.sockets.connect(refused), { code: "ETIMEDOUT" }, "connect"),
  },
  {
    name: "no-argument-error",
    verdict: "fail",
    message: "expected RangeError",
    run: async (t) => void await rejects(t.sockets.connect(refused), { name: "RangeError" }, "connect"),
  },
];

export const cases: readonly Misbehaviour[] = list.map(({ name, ...rest }) => ({
  ...blank,
  id: `foreign/${name}`,
  ...rest,
}));
