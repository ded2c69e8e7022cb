/** The raw peer's process, as the runner starts, asks and stops it. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export interface PeerProcess {
  readonly pid: number;
  /** Rejects with an `Error` that has the POSIX `code`; `EPIPE` for every call once the process is gone. */
  call(method: string, params: object): Promise<unknown>;
  /** Resolves with a description when the process ends without having been stopped; else stays pending. */
  readonly unexpectedEnd: Promise<Error>;
  /** Ends the process by the end of its input; kills it if that takes more than a second. */
  stop(): Promise<void>;
}

interface Call {
  resolve(result: unknown): void;
  reject(error: Error): void;
}

/** Smaller than any Bun, larger than what npm leaves in its place when install scripts are off. */
const SMALLEST = 1_000_000;

/** Rejects where the system is not Linux, there is no Bun among the installed packages, or the peer does not answer. */
export async function startPeer(): Promise<PeerProcess> {
  if (process.platform !== "linux") throw coded(`the raw peer knows no system calls of ${process.platform}`, "ENOTSUP");
  const main = fileURLToPath(new URL("./main.js", import.meta.url));
  const child = spawn(findBun(), [main], { stdio: ["pipe", "pipe", "pipe"] });
  const pending = new Map<number, Call>();
  let last = 0;
  let stopping = false;
  let gone: Error | undefined;
  let stderr = "";

  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr = (stderr + text).slice(-4000)));
  child.stdin.on("error", () => {});
  onLines(child, (line) => {
    const { id, result, error } = JSON.parse(line);
    const call = pending.get(id);
    pending.delete(id);
    if (error) call?.reject(coded(error.message, error.code));
    else call?.resolve(result);
  });
  const ended = new Promise<void>((resolve) => {
    const end = (reason: string): void => {
      gone ??= coded(`the raw peer is gone: ${reason} ${stderr}`.trim(), "EPIPE");
      for (const call of pending.values()) call.reject(gone);
      pending.clear();
      resolve();
    };
    child.on("error", (error) => end(error.message));
    child.on("close", (code, signal) => end(signal ?? `exit code ${code}`));
  });

  function call(method: string, params: object): Promise<unknown> {
    if (gone) return Promise.reject(gone);
    return new Promise((resolve, reject) => {
      const id = ++last;
      pending.set(id, { resolve, reject });
      child.stdin.write(`${JSON.stringify({ id, method, params })}\n`);
    });
  }

  async function stop(): Promise<void> {
    stopping = true;
    child.stdin.end();
    const timer = setTimeout(() => child.kill("SIGKILL"), 1000);
    await ended;
    clearTimeout(timer);
  }

  const unexpectedEnd = new Promise<Error>((resolve) => {
    void ended.then(() => {
      if (!stopping && gone) resolve(gone);
    });
  });
  await call("clear", {});
  return { pid: child.pid ?? -1, call, unexpectedEnd, stop };
}

function onLines(child: ChildProcess, take: (line: string) => void): void {
  let rest: string[] = [];
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    const lines = text.split("\n");
    const open = lines.pop() ?? "";
    for (const line of lines) {
      take(rest.join("") + line);
      rest = [];
    }
    if (open !== "") rest.push(open);
  });
}

function coded(message: string, code: string): Error {
  return Object.assign(new Error(message), { code });
}

/** The binary of the `bun` package, or of the platform's own package where the install script did not link it. */
function findBun(): string {
  const cpu = process.arch === "arm64" ? "aarch64" : process.arch;
  const kinds = ["", "-musl", "-baseline", "-musl-baseline"];
  const platforms = kinds.map((kind) => `@oven/bun-${process.platform}-${cpu}${kind}`);
  const candidates = [...locate("bun", "bun.exe"), ...platforms.flatMap((name) => locate(name, "bun"))];
  const found = candidates.find((path) => existsSync(path) && statSync(path).size > SMALLEST);
  if (!found) throw coded(`no Bun for the raw peer in ${candidates.join(", ") || "node_modules"}`, "ENOENT");
  return found;
}

function locate(packageName: string, binary: string): string[] {
  try {
    const manifest = createRequire(import.meta.url).resolve(`${packageName}/package.json`);
    return [join(dirname(manifest), "bin", binary)];
  } catch {
    return [];
  }
}
