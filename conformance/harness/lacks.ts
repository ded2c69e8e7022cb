/** How a program that a case started tells what the foreign library lacks: lines on stderr. */
import process from "node:process";

const mark = "the library under test lacks: ";

/** In the program: says it, and goes on. */
export function reportLack(sentence: string): void {
  process.stderr.write(`\n${mark}${sentence}\n`);
}

/** In the case: what the program has said. */
export function reportedLacks(stderr: string): string[] {
  return stderr.split("\n").filter((line) => line.startsWith(mark)).map((line) => line.slice(mark.length));
}
