/** What the run over all versions has found until now, in an ignored file per subject and version, so that it can go on. */
import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import process from "node:process";

import { UsageError } from "./options.js";
import type { Findings } from "./subject-run.js";
import { type Subject, title } from "./subjects.js";

/** What decides over an outcome. Not the expectations: they are applied anew to what was found. */
const sources = [
  "src",
  "package.json",
  "tsconfig.build.json",
  ...["cases", "drivers", "harness", "peer", "programs", "subject.ts", "witness"].map((name) => `conformance/${name}`),
];

/** What of the harness no case sees. */
const testsItself = /^conformance\/harness\/(fakes|selftest.*)$/;

/** The same as long as library, cases and runtime are. */
export function suiteFingerprint(root: string, version: string): string {
  const hash = createHash("sha256").update(version);
  const visit = (relative: string): void => {
    const file = path.join(root, relative);
    if (testsItself.test(relative)) return;
    const status = fs.statSync(file, { throwIfNoEntry: false });
    if (status === undefined) return;
    if (status.isDirectory()) {
      for (const name of fs.readdirSync(file).sort()) visit(path.join(relative, name));
    } else hash.update(`${relative}\n`).update(fs.readFileSync(file));
  };
  for (const source of sources) visit(source);
  return hash.digest("hex");
}

export function readFindings(suite: string, subject: Subject, fingerprint: string): Findings | undefined {
  const file = findingsFile(suite, subject);
  if (!fs.existsSync(file)) return undefined;
  const { fingerprint: former, ...findings } = JSON.parse(fs.readFileSync(file, "utf8")) as Findings & {
    readonly fingerprint: string;
  };
  return former === fingerprint ? findings : undefined;
}

export function writeFindings(suite: string, subject: Subject, fingerprint: string, findings: Findings): void {
  const file = findingsFile(suite, subject);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(`${file}.part`, JSON.stringify({ fingerprint, ...findings }));
  fs.renameSync(`${file}.part`, file);
}

/** Two of these runs would write the same files and judge each other's load; the function ends the claim. */
export function claimMatrix(suite: string): () => void {
  const file = path.join(suite, ".matrix");
  const owner = fs.existsSync(file) ? Number(fs.readFileSync(file, "utf8")) : undefined;
  if (owner !== undefined && owner !== process.pid && isAlive(owner)) {
    throw new UsageError(`another run over all versions is under way (process ${owner})`);
  }
  fs.writeFileSync(file, String(process.pid));
  return () => fs.rmSync(file, { force: true });
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

function findingsFile(suite: string, subject: Subject): string {
  return path.join(suite, "findings", `${title(subject)}.json`);
}
