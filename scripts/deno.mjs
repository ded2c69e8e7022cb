// Deno from the dev dependencies, where install scripts that link it may have been switched off: `node scripts/deno.mjs fmt`.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

const modules = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..", "node_modules");
const { platform, arch } = process;
const candidates = [
  `@deno/${platform}-${arch}-glibc/deno`,
  `@deno/${platform}-${arch}/deno`,
  `@deno/${platform}-${arch}/deno.exe`,
];
const binary = candidates.map((name) => path.join(modules, name)).find(existsSync);
if (binary === undefined) throw new Error("Deno is not among the dev dependencies; run npm ci");
process.exitCode = spawnSync(binary, process.argv.slice(2), { stdio: "inherit" }).status ?? 1;
