// The main job: compiles the suite and hands over to conformance/runner/main.ts. See --help.
// With `mutants` as its first argument: conformance/runner/mutants/main.ts.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import path from "node:path";
import process from "node:process";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..");
const suite = path.join(root, ".conformance");

function filesIn(folder, ending) {
  return readdirSync(path.join(root, folder), { recursive: true })
    .filter((name) => name.endsWith(ending) && !name.includes("node_modules"))
    .map((name) => path.join(folder, name));
}

/** Emits JavaScript whatever the types say; the runner checks the types once the library is built. Returns the syntax errors. */
async function compileSuite() {
  const sources = [...filesIn("conformance", ".ts"), "conformance/tsconfig.json"];
  const stamp = sources.map((name) => `${name} ${statSync(path.join(root, name)).mtimeMs}`).sort().join("\n");
  const stampFile = path.join(suite, ".emitted");
  if (existsSync(stampFile) && readFileSync(stampFile, "utf8") === stamp) return "";
  await unused();
  mkdirSync(suite, { recursive: true });
  // A package of its own, so that `import "omnisock"` is the installed package and not the checkout itself.
  writeFileSync(
    path.join(suite, "package.json"),
    `${JSON.stringify({ name: "omnisock-conformance", private: true, type: "module" })}\n`,
  );
  const compiler = path.join(root, "node_modules", "typescript", "bin", "tsc");
  const { status, stdout } = spawnSync(process.execPath, [compiler, "-p", "conformance/tsconfig.json", "--noCheck"], {
    cwd: root,
    encoding: "utf8",
  });
  if (status !== 0) return stdout;
  const outputs = new Set(
    sources.map((name) => path.join(".conformance", path.relative("conformance", name)).replace(/\.ts$/, ".js")),
  );
  for (const file of filesIn(".conformance", ".js")) {
    if (!outputs.has(file)) rmSync(path.join(root, file));
  }
  writeFileSync(stampFile, stamp);
  return "";
}

/** One builder at a time: two runs in the same checkout must not write the same files. */
async function locked(action) {
  const lock = path.join(root, "node_modules", ".omnisock-conformance");
  for (;;) {
    try {
      mkdirSync(lock);
      break;
    } catch (error) {
      if (error.code !== "EEXIST") throw error;
      // Its owner touches it: an older lock is what a killed run left behind.
      if (Date.now() - (statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? 0) > 60_000) {
        rmSync(lock, { recursive: true, force: true });
      } else await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  const touch = setInterval(() => existsSync(lock) && utimesSync(lock, new Date(), new Date()), 10_000);
  try {
    return await action();
  } finally {
    clearInterval(touch);
    rmSync(lock, { recursive: true, force: true });
  }
}

/** A file per run that uses what was built, named by its process. */
const users = path.join(suite, ".users");

/** Says that this run uses what was built, until the process ends. */
function use() {
  mkdirSync(users, { recursive: true });
  writeFileSync(path.join(users, String(process.pid)), "");
  process.once("exit", () => rmSync(path.join(users, String(process.pid)), { force: true }));
}

/** Waits until no other run uses what was built: to build anew would change the library and the cases under its feet. */
async function unused() {
  for (let told = false;; told = true) {
    const others = existsSync(users)
      ? readdirSync(users).filter((pid) => Number(pid) !== process.pid && isAlive(pid))
      : [];
    if (others.length === 0) return;
    if (!told) process.stderr.write(`the sources have changed; waiting for the run of process ${others.join(", ")}\n`);
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

function isAlive(pid) {
  try {
    process.kill(Number(pid), 0);
    return true;
  } catch (error) {
    if (error.code === "EPERM") return true;
    rmSync(path.join(users, pid), { force: true });
    return false;
  }
}

// Who reads only the head of the output must not end a run.
process.stdout.on("error", (error) => {
  if (error.code !== "EPIPE") throw error;
});

try {
  const errors = await locked(compileSuite);
  if (errors === "") {
    const script = process.argv.findIndex((argument) => argument.endsWith("conformance.mjs"));
    const args = process.argv.slice(script + 1);
    const folder = args[0] === "mutants" ? path.join("runner", args.shift()) : "runner";
    const { main } = await import(pathToFileURL(path.join(suite, folder, "main.js")).href);
    process.exitCode = await main(args, { root, suite, locked, unused, use });
  } else {
    process.stderr.write(`conformance: the suite does not compile\n${errors}`);
    process.exitCode = 3;
  }
} catch (error) {
  process.stderr.write(`conformance: the suite itself failed\n${error.stack ?? error}\n`);
  process.exitCode = 3;
}
