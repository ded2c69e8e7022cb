/** The subject's end of the protocol: events go out at once, questions are answered by the runner. */
import { Buffer } from "node:buffer";
import fs from "node:fs";
import process from "node:process";

import { type Answer, type Event, type Job, lines } from "./wire.js";

/** The suite's own machinery failed: the verdict is `harness-error`, whatever the case. */
export class HarnessFault extends Error {
  override readonly name = "HarnessFault";
}

export interface Channel {
  readonly job: Promise<Job>;
  emit(event: Event): void;
  ask(method: string, params: unknown): Promise<unknown>;
  /** Forgets the open questions: a case that is over must not fail because its peer was cleared. */
  abandon(): void;
}

export function openChannel(token: string): Channel {
  const open = new Map<number, { resolve(value: unknown): void; reject(reason: unknown): void }>();
  let asked = 0;
  let begin: (job: Job) => void;
  let begun = false;
  const job = new Promise<Job>((resolve) => void (begin = resolve));

  function emit(event: Event): void {
    // The line end before the token closes a line that the code under test may have left open.
    writeAll(Buffer.from(`\n${token}${JSON.stringify(event)}\n`));
  }

  process.stdin.setEncoding("utf8");
  process.stdin.on(
    "data",
    lines(Number.POSITIVE_INFINITY, (line) => {
      if (!begun) {
        begun = true;
        begin(JSON.parse(line) as Job);
        return;
      }
      const { n, result, error } = JSON.parse(line) as Answer;
      const question = open.get(n);
      open.delete(n);
      if (error === undefined) question?.resolve(result);
      else if (error.harness === true) question?.reject(new HarnessFault(error.message));
      else {question?.reject(
          Object.assign(new Error(error.message), error.code === undefined ? {} : { code: error.code }),
        );}
    }),
  );
  // Without a runner nobody reads the results.
  process.stdin.on("end", () => process.exit(1));

  return {
    job,
    emit,
    ask(method, params) {
      const n = ++asked;
      return new Promise((resolve, reject) => {
        open.set(n, { resolve, reject });
        emit({ event: "ask", n, method, params });
      });
    },
    abandon() {
      open.clear();
    },
  };
}

/** Writes to stdout, whose descriptor does not block, before it returns: the process may end right after. */
function writeAll(bytes: Uint8Array): void {
  for (let sent = 0; sent < bytes.length;) {
    try {
      sent += fs.writeSync(1, bytes, sent);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
  }
}
