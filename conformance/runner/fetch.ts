/** Runtimes as npm packages: the binary of this platform, fetched by package name and without install scripts. */
import { execFile } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import process from "node:process";
import { promisify } from "node:util";

import type { RuntimeKind } from "./subjects.js";

const execute = promisify(execFile);

const { platform, arch } = process;
const windows = platform === "win32";

/** Package and file of each runtime's binary. */
const binaries: Readonly<Record<RuntimeKind, readonly [packageName: string, file: string]>> = {
  node: [`node-${windows ? "win" : platform}-${arch}`, windows ? "bin/node.exe" : "bin/node"],
  deno: [`@deno/${platform}-${arch}${platform === "linux" ? "-glibc" : ""}`, windows ? "deno.exe" : "deno"],
  bun: [
    `@oven/bun-${windows ? "windows" : platform}-${arch === "arm64" ? "aarch64" : arch}`,
    windows ? "bin/bun.exe" : "bin/bun",
  ],
};

/** The path of the binary in `folder`, where npm puts it if it is not there yet. */
export async function fetchBinary(kind: RuntimeKind, version: string, folder: string): Promise<string> {
  const [packageName, file] = binaries[kind];
  const binary = path.join(folder, "node_modules", packageName, file);
  if (fs.existsSync(binary)) return binary;
  process.stderr.write(`fetching ${packageName}@${version} with npm\n`);
  fs.mkdirSync(folder, { recursive: true });
  const options = ["--no-save", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"];
  try {
    await execute("npm", ["install", ...options, "--prefix", folder, `${packageName}@${version}`], {
      timeout: 300_000,
    });
  } catch (error) {
    const { stderr, message } = error as Error & { stderr?: string };
    const lines = (stderr ?? "").split("\n").filter((line) => line.startsWith("npm error"));
    throw new Error(lines.length === 0 ? message : lines.slice(0, 2).join("; "));
  }
  if (!fs.existsSync(binary)) throw new Error(`${packageName}@${version} has no ${file}`);
  return binary;
}
