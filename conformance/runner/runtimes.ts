/** Where the runtimes are, which version they are, and how a program is started on each. */
import { execFile } from "node:child_process";
import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import process from "node:process";
import { promisify } from "node:util";

import { fetchBinary } from "./fetch.js";
import type { RuntimeKind, RuntimeName } from "./subjects.js";

const execute = promisify(execFile);

export interface Runtime {
  readonly name: RuntimeName;
  /** What it is, whatever it was asked for as: `node` for `node26` too. */
  readonly kind: RuntimeKind;
  readonly version: string;
  /** The command that runs a JavaScript file. */
  program(file: string, permissions?: readonly string[]): readonly string[];
}

/** A runtime that this machine does not have, in one sentence. */
export interface Absence {
  readonly name: RuntimeName;
  readonly absent: string;
}

/** One runtime of each kind that is here, looked for when first asked for. */
export function presentRuntimes(root: string): () => Promise<readonly Runtime[]> {
  let found: Promise<readonly Runtime[]> | undefined;
  return () => found ??= findPresent(root);
}

async function findPresent(root: string): Promise<readonly Runtime[]> {
  const found = await Promise.all((["node", "deno", "bun"] as const).map((name) => findRuntime(name, root)));
  return found.flatMap((one) => "absent" in one ? [] : [one]);
}

const newestNode = 26;

export async function findRuntime(name: RuntimeName, root: string): Promise<Runtime | Absence> {
  try {
    if (name === "deno") return await deno(root);
    if (name === "bun") return await bun(root);
    if (name === "node") return await runtimeAt(name, "node", "node");
    return await node26(root);
  } catch (error) {
    return { name, absent: `${name} is not to be had: ${(error as Error).message.split("\n", 1)[0]}` };
  }
}

/** The runtime that a binary is: it says its version itself. */
export async function runtimeAt(name: RuntimeName, kind: RuntimeKind, binary: string): Promise<Runtime> {
  const version = versions[kind].exec(await output(binary, "--version"))?.[1];
  if (version === undefined) throw new Error(`${binary} does not say which version of ${kind} it is`);
  return { name, kind, version, program: (file, permissions) => [binary, ...flags(kind, permissions), file] };
}

const versions: Readonly<Record<RuntimeKind, RegExp>> = { node: /^v(\S+)/, deno: /^deno (\S+)/, bun: /^(\d\S*)/ };

/** For Deno, nothing of the checkout's own deno.json or lock file: the package is used as an npm user has it. */
function flags(kind: RuntimeKind, permissions: readonly string[] = ["--allow-all"]): readonly string[] {
  return kind === "deno"
    ? ["run", "--quiet", "--no-config", "--no-lock", "--node-modules-dir=manual", "--no-prompt", ...permissions]
    : [];
}

/** The node on PATH if it is new enough; otherwise the one that npm keeps in `.runtimes`, fetched when missing. */
async function node26(root: string): Promise<Runtime> {
  const present = await runtimeAt("node26", "node", "node").catch(() => undefined);
  if (present !== undefined && Number.parseInt(present.version, 10) >= newestNode) return present;

  return await runtimeAt("node26", "node", await fetchBinary("node", String(newestNode), path.join(root, ".runtimes")));
}

async function deno(root: string): Promise<Runtime> {
  const binary = firstExisting([
    ...inPackage(root, "deno", [
      `@deno/${process.platform}-${process.arch}-glibc`,
      `@deno/${process.platform}-${process.arch}`,
    ], ["deno", "deno.exe"]),
    path.join(root, "node_modules", ".bin", "deno"),
  ]);
  return await runtimeAt("deno", "deno", binary);
}

async function bun(root: string): Promise<Runtime> {
  const cpu = process.arch === "arm64" ? "aarch64" : process.arch;
  const platforms = ["", "-musl", "-baseline", "-musl-baseline"].map((variant) =>
    `@oven/bun-${process.platform}-${cpu}${variant}`
  );
  const binary = firstExisting([
    path.join(root, "node_modules", "bun", "bin", "bun.exe"),
    ...inPackage(root, "bun", platforms, ["bin/bun", "bin/bun.exe"]),
  ]);
  return await runtimeAt("bun", "bun", binary);
}

/** Binaries of the platform packages of a dev dependency: they are there even if install scripts are switched off. */
function inPackage(root: string, owner: string, names: readonly string[], files: readonly string[]): string[] {
  const require = createRequire(path.join(root, "node_modules", owner, "package.json"));
  return names.flatMap((name) => {
    try {
      const folder = path.dirname(require.resolve(`${name}/package.json`));
      return files.map((file) => path.join(folder, file));
    } catch {
      return [];
    }
  });
}

/** Smaller than any runtime, larger than what npm leaves in its place when install scripts are switched off. */
const smallest = 1_000_000;

function firstExisting(paths: readonly string[]): string {
  const found = paths.find((candidate) => fs.existsSync(candidate) && fs.statSync(candidate).size > smallest);
  if (found === undefined) throw new Error("it is not among the dev dependencies; run npm ci");
  return found;
}

async function output(binary: string, argument: string): Promise<string> {
  return (await execute(binary, [argument], { timeout: 30_000, env: { ...process.env, NO_COLOR: "1" } })).stdout.trim();
}
