/** The library as its users get it: built, packed by npm, and unpacked beside the compiled suite. */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { promisify } from "node:util";

const execute = promisify(execFile);

export interface Build {
  /** What the compiler says against the suite or the library; empty if nothing. */
  readonly complaints: readonly string[];
}

/** Builds and installs what is older than its sources, once nobody uses that, and type-checks the suite against it. */
export async function prepare(root: string, suite: string, unused: () => Promise<void>): Promise<Build> {
  const library = fingerprint(root, [
    "src",
    "package.json",
    "tsconfig.json",
    "tsconfig.core.json",
    "tsconfig.build.json",
    "scripts/bundle.mjs",
    "deno.json",
  ]);
  const installed = path.join(suite, "node_modules", "omnisock");
  const complaints: string[] = [];

  if (
    stamp(suite, "library") !== library || !fs.existsSync(installed) ||
    !fs.existsSync(path.join(root, "dist", "index.js"))
  ) {
    await unused();
    process.stderr.write("building the library\n");
    try {
      await run("npm", ["run", "--silent", "build"], root);
      await install(root, suite);
      fs.writeFileSync(stampFile(suite, "library"), library);
    } catch (error) {
      complaints.push(`the library does not build:\n${(error as Error).message}`);
    }
  }
  if (!fs.existsSync(installed)) complaints.push("there is no built library to test");

  const sources = `${library} ${fingerprint(root, ["conformance"])}`;
  if (complaints.length === 0 && stamp(suite, "types") !== sources) {
    try {
      await run(process.execPath, [
        path.join(root, "node_modules", "typescript", "bin", "tsc"),
        "-p",
        "conformance/tsconfig.json",
        "--noEmit",
      ], root);
      fs.writeFileSync(stampFile(suite, "types"), sources);
    } catch (error) {
      complaints.push(`the suite does not type-check:\n${(error as Error).message}`);
    }
  }
  return { complaints };
}

/** `npm pack`, unpacked where the suite's own `import "omnisock"` finds it, in one step from old to new. */
async function install(root: string, suite: string): Promise<void> {
  const modules = path.join(suite, "node_modules");
  const fresh = path.join(suite, "unpacked");
  fs.rmSync(fresh, { recursive: true, force: true });
  fs.mkdirSync(fresh, { recursive: true });
  fs.mkdirSync(modules, { recursive: true });
  const packed = await run("npm", ["pack", "--silent", "--ignore-scripts", "--pack-destination", fresh], root);
  const archive = packed.trim().split("\n").at(-1) ?? "";
  await run("tar", ["-xzf", archive], fresh);
  const target = path.join(modules, "omnisock");
  fs.rmSync(target, { recursive: true, force: true });
  fs.renameSync(path.join(fresh, "package"), target);
  fs.rmSync(fresh, { recursive: true, force: true });
}

async function run(command: string, args: readonly string[], cwd: string): Promise<string> {
  try {
    return (await execute(command, args, { cwd, maxBuffer: 1 << 24, timeout: 300_000 })).stdout;
  } catch (error) {
    const { stdout, stderr, message } = error as Error & { stdout?: string; stderr?: string };
    throw new Error([stdout, stderr].join("\n").trim() || message);
  }
}

function stampFile(suite: string, name: string): string {
  return path.join(suite, `.${name}`);
}

function stamp(suite: string, name: string): string | undefined {
  const file = stampFile(suite, name);
  return fs.existsSync(file) ? fs.readFileSync(file, "utf8") : undefined;
}

/** Changes when a source file is written, added or removed. */
function fingerprint(root: string, entries: readonly string[]): string {
  const hash = createHash("sha256");
  const visit = (relative: string): void => {
    const status = fs.statSync(path.join(root, relative), { throwIfNoEntry: false });
    if (status?.isDirectory()) {
      for (const name of fs.readdirSync(path.join(root, relative)).sort()) visit(path.join(relative, name));
    } else if (status !== undefined && !relative.includes("results")) {
      hash.update(`${relative} ${status.size} ${status.mtimeMs}\n`);
    }
  };
  for (const entry of entries) visit(entry);
  return hash.digest("hex");
}
