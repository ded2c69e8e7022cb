/** Somebody else's library as a subject: a module by its path, or a package that is installed where the run was started. */
import fs from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";

import { UsageError } from "./options.js";
import type { Runtime } from "./runtimes.js";
import { type Answerer, runSession } from "./session.js";
import { type RuntimeName, type Subject, subjectNames } from "./subjects.js";

/** The subject that `--subject` names, on one runtime. */
export function foreignSubject(given: string, runtime: RuntimeName): Subject {
  if (isPath(given)) {
    const file = path.resolve(given);
    if (!fs.statSync(file, { throwIfNoEntry: false })?.isFile()) {
      throw new UsageError(`--subject ${given}: there is no such file`);
    }
    return { name: given, runtime, entry: pathToFileURL(file).href };
  }
  if (packageFolder(given) === undefined) {
    throw new UsageError(
      `--subject ${given || "''"} is unknown; it is one of ${subjectNames.join(", ")}, ` +
        "a path that begins with ./ or /, or a package that is installed here",
    );
  }
  return { name: given, runtime, entry: given };
}

/** Lets the suite import the package by its name, so that each runtime resolves it by its own conditions. */
export function linkPackage(subject: Subject, suite: string): void {
  if (isPath(subject.name)) return;
  const name = packageName(subject.entry);
  const link = path.join(suite, "node_modules", name);
  fs.rmSync(link, { recursive: true, force: true });
  fs.mkdirSync(path.dirname(link), { recursive: true });
  fs.symlinkSync(packageFolder(name) as string, link, "dir");
}

/** Why the subject cannot be loaded, or nothing: asked before the cases, so that it is told once. */
export async function loadFault(
  subject: Subject,
  runtime: Runtime,
  command: readonly string[],
  suite: string,
): Promise<string | undefined> {
  const answer: Answerer = () => Promise.reject(new Error("nothing is served yet"));
  let planned = false;
  const end = await runSession({
    command,
    cwd: suite,
    job: {
      subject: { name: subject.name, runtime: runtime.kind, version: runtime.version },
      entry: subject.entry,
      cases: "./cases/index.js",
      only: [],
      environment: [],
      peer: "none",
    },
    answer,
    patience: { start: 10_000, between: 5_000, beyond: 5_000 },
    take(event) {
      planned ||= event.event === "plan";
    },
  });
  if (planned && end.how === "done") return undefined;
  const own = end.message.split("\n").filter((line) => !line.includes(`${suite}${path.sep}`) || !/^\s*at /.test(line));
  return [...own, end.noise].filter((part) => part !== "").join("\n");
}

function isPath(given: string): boolean {
  return /^\.{0,2}[/\\]/.test(given) || path.isAbsolute(given);
}

/** `@scope/name` or `name`, without what follows. */
function packageName(given: string): string {
  return given.split("/").slice(0, given.startsWith("@") ? 2 : 1).join("/");
}

/** Where the package is installed, seen from the folder of the run. */
function packageFolder(given: string): string | undefined {
  const name = packageName(given);
  if (name === "") return undefined;
  for (let folder = process.cwd();; folder = path.dirname(folder)) {
    const candidate = path.join(folder, "node_modules", name);
    if (fs.existsSync(path.join(candidate, "package.json"))) return fs.realpathSync(candidate);
    if (folder === path.dirname(folder)) return undefined;
  }
}
