// Runs the unit tests beside the sources, each file in a process of its own. uvu ends with 0 also when nothing was
// run: so a file must say that it has run tests, and that all have passed.
import { spawnSync } from "node:child_process";
import path from "node:path";
import process from "node:process";
import { glob } from "zx";

const root = path.resolve(import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname), "..");
const files = await glob(["src/{core,libc}/**/*.test.ts", "bench/**/*.test.ts"], { cwd: root });
let failed = files.length === 0;
for (const file of files.sort()) {
  const options = { cwd: root, encoding: "utf8", timeout: 120_000 };
  const deno = [path.join(root, "scripts", "deno.mjs"), "run", "--quiet", "--allow-all", "--no-lock", file];
  const { status, stdout, stderr } = spawnSync(process.execPath, deno, options);
  const [, total] = /Total:\s+(\d+)/.exec(stdout) ?? [];
  const [, passed] = /Passed:\s+(\d+)/.exec(stdout) ?? [];
  const good = status === 0 && Number(total) > 0 && total === passed;
  console.log(`${good ? "ok" : "FAILED"}  ${file}  ${passed ?? 0} of ${total ?? 0}`);
  if (good) continue;
  failed = true;
  console.log(`${stdout}\n${stderr}`);
}
process.exitCode = failed ? 1 : 0;
