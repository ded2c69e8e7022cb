/** A mutant's exchange of text, and a private copy of the compiled suite in which the installed package has it. */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";

import type { Mutant } from "../../mutants/mutant.js";
import type { Checkout } from "../main.js";

export interface Copy {
  /** Holds `subject.js`, and `omnisock` in `node_modules`. */
  readonly folder: string;
  remove(): void;
}

interface Bundler {
  /** Makes the package's files of the compiled ones. */
  bundle(from: string, to: string): Promise<void>;
}

/** What the runner uses in the checkout itself, so that no copy needs it. */
const runnersOwn = new Set(["node_modules", "runner", "mutants"]);

const copies = new Set<string>();
process.once("exit", () => copies.forEach(removeFolder));

/** The file's text with the defect, or a sentence that says why the mutant is stale. */
export function patched(text: string, { file, find, replace }: Mutant): { text: string } | { stale: string } {
  const count = find === "" ? 0 : text.split(find).length - 1;
  if (count !== 1) return { stale: `its text occurs ${count} times in ${file}` };
  return { text: text.replace(find, () => replace) };
}

/** Why a mutant cannot be made of the compiled library, if so. */
export function staleness(root: string, mutant: Mutant): string | undefined {
  const file = path.join(root, mutant.file);
  if (!fs.existsSync(file)) return `there is no ${mutant.file}`;
  const result = patched(fs.readFileSync(file, "utf8"), mutant);
  return "stale" in result ? result.stale : undefined;
}

/** Copies the suite; without a mutant the library is as it was packed. */
export async function copySuite({ root, suite }: Checkout, mutant?: Mutant): Promise<Copy> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "omnisock-mutant-"));
  copies.add(folder);
  for (const name of fs.readdirSync(suite)) {
    if (runnersOwn.has(name) || name.startsWith(".")) continue;
    fs.cpSync(path.join(suite, name), path.join(folder, name), { recursive: true });
  }
  const modules = path.join(folder, "node_modules");
  fs.cpSync(path.join(suite, "node_modules", "omnisock"), path.join(modules, "omnisock"), { recursive: true });
  // What else the suite imports is the checkout's own.
  for (const name of fs.readdirSync(path.join(root, "node_modules"))) {
    if (name !== "omnisock" && !name.startsWith(".")) {
      fs.symlinkSync(path.join(root, "node_modules", name), path.join(modules, name), "junction");
    }
  }
  if (mutant !== undefined) {
    const build = path.join(folder, "build");
    fs.cpSync(path.join(root, "build"), build, { recursive: true });
    const file = path.join(folder, mutant.file);
    const result = patched(fs.readFileSync(file, "utf8"), mutant);
    if ("stale" in result) throw new Error(`${mutant.name}: ${result.stale}`);
    fs.writeFileSync(file, result.text);
    const bundler = await import(pathToFileURL(path.join(root, "scripts", "bundle.mjs")).href) as Bundler;
    await bundler.bundle(build, path.join(modules, "omnisock", "dist"));
  }
  return {
    folder,
    remove() {
      copies.delete(folder);
      removeFolder(folder);
    },
  };
}

function removeFolder(folder: string): void {
  fs.rmSync(folder, { recursive: true, force: true });
}
