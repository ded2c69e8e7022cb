/** Reports for other programs: JUnit XML for continuous integration, TAP for everything that reads TAP. */
import fs from "node:fs";
import path from "node:path";
import process from "node:process";

import { renderJunit } from "./junit.js";
import type { Report } from "./results.js";
import { renderTap } from "./tap.js";

export type Format = "junit" | "tap";

export interface Destination {
  readonly format: Format;
  /** Standard output if absent. */
  readonly file?: string;
}

const renderers: Readonly<Record<Format, (reports: readonly Report[]) => string>> = {
  junit: renderJunit,
  tap: renderTap,
};

export function writeReports(reports: readonly Report[], destinations: readonly Destination[]): void {
  for (const { format, file } of destinations) {
    const text = renderers[format](reports);
    if (file === undefined) process.stdout.write(text);
    else fs.writeFileSync(path.resolve(file), text);
  }
}
