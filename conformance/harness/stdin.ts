/** For programs that a case talks to while they run: the lines of its `write()`. */
import process from "node:process";
import { createInterface } from "node:readline";

const input = createInterface({ input: process.stdin });
const pending = input[Symbol.asyncIterator]();

/** The next line, or `undefined` when there will be none. */
export async function nextLine(): Promise<string | undefined> {
  const { value, done } = await pending.next();
  return done === true ? undefined : value;
}

/** Reads no more, so that stdin does not keep the process alive. */
export function leaveInput(): void {
  input.close();
  process.stdin.destroy();
}
