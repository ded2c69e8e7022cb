// The gate, the same for a person and for CI: everything that must hold of a change, in one command.
// `zx scripts/gate.mjs [--fix]`; --fix formats instead of complaining.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import process from "node:process";
import { argv, chalk } from "zx";

const root = path.resolve(import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname), "..");
const scratch = mkdtempSync(path.join(os.tmpdir(), "omnisock-gate-"));
process.on("exit", () => rmSync(scratch, { recursive: true, force: true }));
const totals = path.join(scratch, "totals.json");

const zx = [process.execPath, path.join(root, "node_modules", "zx", "build", "cli.js")];
const deno = [process.execPath, path.join(root, "scripts", "deno.mjs")];
const sources = ["src", "conformance", "scripts", "examples", "bench"];

const steps = [
  ["format", ...deno, "fmt", "--quiet", ...(argv.fix ? [] : ["--check"]), ...sources],
  ["lint", ...deno, "lint", "--quiet", ...sources],
  ["build", "npm", "run", "--silent", "build"],
  ["types of Bun", process.execPath, "node_modules/typescript/bin/tsc", "-p", "tsconfig.bun.json"],
  ["types of bench", process.execPath, "node_modules/typescript/bin/tsc", "-p", "bench/tsconfig.json"],
  ["unit tests", ...zx, "scripts/unit.mjs"],
  ["suite tests itself", ...zx, "scripts/conformance.mjs", "--self-test"],
  ["mutants test themselves", ...zx, "scripts/conformance.mjs", "mutants", "--self-test"],
  ["package", ...zx, "scripts/package.mjs"],
  ["conformance", ...zx, "scripts/conformance.mjs", "--check", "--json", totals],
  ["page", ...zx, "scripts/page-test.mjs"],
  ["interoperability", ...zx, "scripts/interop.mjs"],
  ["speed", ...zx, "scripts/bench.mjs", "--guard"],
  ["speed report", ...zx, "scripts/bench.mjs", "--check"],
];

function run(command, args) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, stdio: ["ignore", "inherit", "inherit"] });
    child.on("error", (error) => {
      console.error(error.message);
      resolve(127);
    });
    child.on("close", (code, signal) => resolve(code ?? signal));
  });
}

let passed = 0;
let failed = 0;
for (const [name, command, ...args] of steps) {
  console.log(chalk.bold(`\n== ${name}`));
  const begin = performance.now();
  const code = await run(command, args);
  const seconds = ((performance.now() - begin) / 1000).toFixed(1);
  if (code === 0) passed++;
  else failed++;
  console.log(
    code === 0 ? chalk.green(`ok: ${name} (${seconds} s)`) : chalk.red(`failed: ${name} with ${code} (${seconds} s)`),
  );
  if (code !== 0 && name === "build") break;
}

try {
  const { subjects } = JSON.parse(readFileSync(totals, "utf8"));
  for (const { totals: { pass = 0, info = 0 } } of subjects) passed += pass + info;
} catch {
  // The run that counts them did not come to its end, which is a failure already.
}
console.log(`\n${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
