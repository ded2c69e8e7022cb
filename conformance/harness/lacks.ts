/** How a program that a case started tells what the foreign library lacks: lines on stderr. */
import fs from "node:fs";
import process from "node:process";

const mark = "the library under test lacks: ";

/** In the program: says it, and ends the program, which cannot do its part and would only be waited for. */
export function reportLack(sentence: string): never {
  fs.writeSync(process.stderr.fd, `\n${mark}${sentence}\n`);
  process.exit(0);
}

/** In the case: what the program has said. */
export function reportedLacks(stderr: string): string[] {
  return stderr.split("\n").filter((line) => line.startsWith(mark)).map((line) => line.slice(mark.length));
}
