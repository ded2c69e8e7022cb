/** Child processes: every one is known here, so that none outlives the runner. */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import process from "node:process";

const alive = new Set<ChildProcessWithoutNullStreams>();

export function startChild(
  command: readonly string[],
  options: { readonly cwd: string; readonly env?: Record<string, string> },
): ChildProcessWithoutNullStreams {
  const [program = "", ...args] = command;
  const child = spawn(program, args, {
    cwd: options.cwd,
    env: { ...plainEnvironment(), ...options.env },
    stdio: "pipe",
  });
  alive.add(child);
  child.once("close", () => alive.delete(child));
  child.once("error", () => alive.delete(child));
  // A child that is gone cannot be written to; its end is reported by "close".
  child.stdin.on("error", () => {});
  return child;
}

export function endChildren(): void {
  for (const child of alive) child.kill("SIGKILL");
}

/** Lets glibc give back at once what a runtime freed: several run side by side. */
const thrift = { MALLOC_ARENA_MAX: "2", MALLOC_TRIM_THRESHOLD_: String(128 * 1024) };

/** The runner's environment without what would change how a runtime behaves or prints. */
function plainEnvironment(): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _options, FORCE_COLOR: _colour, NODE_TEST_CONTEXT: _context, ...rest } = process.env;
  return { ...rest, ...thrift, NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1", DO_NOT_TRACK: "1" };
}

process.once("exit", endChildren);
for (const [signal, code] of [["SIGINT", 130], ["SIGTERM", 143], ["SIGHUP", 129]] as const) {
  process.once(signal, () => {
    process.stderr.write(`\n${signal}: ending every child; no unfinished result is kept\n`);
    process.exit(code);
  });
}
