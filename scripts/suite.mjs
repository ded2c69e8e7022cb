// The compiled suite, for scripts that use a part of it without a run.
import { spawn, spawnSync } from "node:child_process";
import path from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";

export const root = path.resolve(import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname), "..");

/** The main job compiles the suite before it does anything else, even before it says how it is used. */
function compile() {
  const zx = path.join(root, "node_modules", "zx", "build", "cli.js");
  const { status, stderr } = spawnSync(
    process.execPath,
    [zx, path.join(root, "scripts", "conformance.mjs"), "--help"],
    {
      encoding: "utf8",
    },
  );
  if (status === 0) return;
  process.stderr.write(stderr);
  process.exit(3);
}

compile();

/** A module of the suite by its path in `conformance/`, with the ending that it has once compiled. */
export function load(name) {
  return import(pathToFileURL(path.join(root, ".conformance", name)).href);
}

/** Runs a command in the compiled suite; all that it printed, and how it ended. */
export function run([command, ...args]) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: path.join(root, ".conformance"), stdio: ["ignore", "pipe", "pipe"] });
    let out = "";
    child.stdout.on("data", (text) => (out += text));
    child.stderr.on("data", (text) => (out += text));
    child.on("close", (code, signal) => resolve({ out, end: signal ?? code }));
  });
}
