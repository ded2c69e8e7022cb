/** A child process that answers: requests go to its standard input, answers come from its standard output, one JSON object a line. */
import process from "node:process";

import { lines } from "../harness/wire.js";
import { startChild } from "./children.js";

export interface Dialogue {
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

/** A mebibyte in base64, and room for the rest. */
const longestLine = 1 << 26;

/** `name` is what messages call the process. */
export function startDialogue(command: readonly string[], name: string): Dialogue {
  const child = startChild(command, { cwd: process.cwd() });
  const pending = new Map<number, Call>();
  let last = 0;
  let stopping = false;
  let gone: Error | undefined;
  let stderr = "";

  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr = (stderr + text).slice(-4000)));
  const take = lines(longestLine, (line) => {
    const { id, result, error } = JSON.parse(line);
    const call = pending.get(id);
    pending.delete(id);
    if (error) call?.reject(coded(error.message, error.code));
    else call?.resolve(result);
  });
  child.stdout.setEncoding("utf8").on("data", take);
  const ended = new Promise<void>((resolve) => {
    const end = (reason: string): void => {
      gone ??= coded(`${name} is gone: ${reason} ${stderr}`.trim(), "EPIPE");
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
  return { pid: child.pid ?? -1, call, unexpectedEnd, stop };
}

/** An error with a POSIX code. */
export function coded(message: string, code: string): Error {
  return Object.assign(new Error(message), { code });
}
