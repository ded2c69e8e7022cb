// Socket options of sockets that open and close at random, on every runtime: no crash, no descriptor left, and no value of
// another socket. Needs a built suite (npm run conformance). `zx scripts/options-soak.mjs [--calls N] [--seed N] [--runtime NAME]`
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import process from "node:process";
import { argv, chalk } from "zx";

import { load, root, run } from "./suite.mjs";

const { findRuntime } = await load("runner/runtimes.js");
const { subjects } = await load("runner/subjects.js");
const { withFlags } = await load("runner/subject-run.js");
const calls = Number(argv.calls ?? 100_000);
const seed = Number(argv.seed ?? 1 + Math.floor(Math.random() * 2 ** 31));
const names = argv.runtime === undefined ? ["node", "node26", "deno", "bun"] : String(argv.runtime).split(",");
const program = path.join(root, ".conformance", "programs", "options-soak.js");
/** Bytes that a runtime may keep of what it has used once. */
const allowance = 64 * 1024 * 1024;

let failures = 0;
for (const name of names) {
  const runtime = await findRuntime(name, root);
  if ("absent" in runtime) {
    console.log(`skip ${name}: ${runtime.absent}`);
    continue;
  }
  const folder = mkdtempSync(path.join(os.tmpdir(), "omnisock-soak-"));
  const began = performance.now();
  const subject = subjects.find((one) => one.name === "libc" && one.runtime === name);
  const command = withFlags(subject, runtime)(program);
  const { out, end } = await run([...command, subject.entry, `${calls}`, `${seed}`, folder]);
  rmSync(folder, { recursive: true, force: true });
  let fault = end === 0 ? undefined : `ended with ${end}: ${out.slice(-2_000)}`;
  if (fault === undefined) {
    const { before, after } = JSON.parse(out);
    // Deno opens a pair of Unix sockets of its own at some time.
    if (after.descriptors > before.descriptors + 2) {
      fault = `descriptors: ${before.descriptors}, then ${after.descriptors}`;
    }
    if (after.memory > before.memory + allowance) fault = `memory: ${before.memory}, then ${after.memory} bytes`;
  }
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  if (fault !== undefined) failures++;
  console.log(
    `${
      fault === undefined ? chalk.green("ok  ") : chalk.red("FAIL")
    } ${name} ${runtime.version}, seed ${seed}, ${seconds} s: ${fault ?? out.trim()}`,
  );
}
process.exitCode = failures === 0 ? 0 : 1;
