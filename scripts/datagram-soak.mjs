// Datagrams of random sizes echoed with a small heap that is collected all the time, on every runtime, with and without
// omnisock/libc: no crash, no byte wrong, no memory lost. Needs a built suite (npm run conformance).
// `zx scripts/datagram-soak.mjs [--seconds N] [--seed N] [--runtime NAME] [--subject NAME]`
import path from "node:path";
import process from "node:process";
import { argv, chalk } from "zx";

import { load, root, run } from "./suite.mjs";

const { findRuntime } = await load("runner/runtimes.js");
const { subjects } = await load("runner/subjects.js");
const { withFlags } = await load("runner/subject-run.js");
const seconds = Number(argv.seconds ?? 20);
const seed = Number(argv.seed ?? 1 + Math.floor(Math.random() * 2 ** 31));
const runtimes = argv.runtime === undefined ? ["node", "node26", "deno", "bun"] : String(argv.runtime).split(",");
const names = argv.subject === undefined ? ["libc", "omnisock"] : String(argv.subject).split(",");
const program = path.join(root, ".conformance", "programs", "datagram-soak.js");
/** Bytes that a runtime may keep of what it has used once. */
const allowance = 96 * 1024 * 1024;

const engine = ["--expose-gc", "--max-semi-space-size=1", "--max-old-space-size=64"];
const flags = { node: engine, deno: [`--v8-flags=${engine.join()}`], bun: ["--smol"] };

/** The runtime's flags come before the program, for Deno after its subcommand. */
function small(kind, [binary, ...rest]) {
  return kind === "deno" ? [binary, rest[0], ...flags.deno, ...rest.slice(1)] : [binary, ...flags[kind], ...rest];
}

let failures = 0;
for (const name of runtimes) {
  const runtime = await findRuntime(name, root);
  if ("absent" in runtime) {
    console.log(`skip ${name}: ${runtime.absent}`);
    continue;
  }
  for (const subjectName of names) {
    const subject = subjects.find((one) => one.name === subjectName && one.runtime === name);
    const command = small(runtime.kind, withFlags(subject, runtime)(program));
    const { out, end } = await run([...command, subject.entry, `${seconds}`, `${seed}`]);
    let fault = end === 0 ? undefined : `ended with ${end}: ${out.slice(-2_000)}`;
    if (fault === undefined) {
      const { before, after } = JSON.parse(out);
      if (after > before + allowance) fault = `memory: ${before}, then ${after} bytes`;
    }
    if (fault !== undefined) failures++;
    const verdict = fault === undefined ? chalk.green("ok  ") : chalk.red("FAIL");
    console.log(`${verdict} ${subjectName}@${name} ${runtime.version}, seed ${seed}: ${fault ?? out.trim()}`);
  }
}
process.exitCode = failures === 0 ? 0 : 1;
