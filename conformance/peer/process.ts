/** The raw peer's process, as the runner starts it. */
import { existsSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { coded, type Dialogue, startDialogue } from "../runner/dialogue.js";

export type PeerProcess = Dialogue;

/** Smaller than any Bun, larger than what npm leaves in its place when install scripts are off. */
const SMALLEST = 1_000_000;

/**
 * `enter` puts a command into the namespace where the peer shall be. Rejects where the system is not Linux, there is no
 * Bun among the installed packages, or the peer does not answer.
 */
export async function startPeer(
  enter: (command: readonly string[]) => readonly string[] = (command) => command,
): Promise<PeerProcess> {
  if (process.platform !== "linux") throw coded(`the raw peer knows no system calls of ${process.platform}`, "ENOTSUP");
  const main = fileURLToPath(new URL("./main.js", import.meta.url));
  const peer = startDialogue(enter([findBun(), main]), "the raw peer");
  await peer.call("clear", {});
  return peer;
}

/** The binary of the `bun` package, or of the platform's own package where the install script did not link it. */
function findBun(): string {
  const cpu = process.arch === "arm64" ? "aarch64" : process.arch;
  const kinds = ["", "-musl", "-baseline", "-musl-baseline"];
  const platforms = kinds.map((kind) => `@oven/bun-${process.platform}-${cpu}${kind}`);
  const candidates = [...locate("bun", "bun.exe"), ...platforms.flatMap((name) => locate(name, "bun"))];
  const found = candidates.find((path) => existsSync(path) && statSync(path).size > SMALLEST);
  if (!found) throw coded(`no Bun for the raw peer in ${candidates.join(", ") || "node_modules"}`, "ENOENT");
  return found;
}

function locate(packageName: string, binary: string): string[] {
  try {
    const manifest = createRequire(import.meta.url).resolve(`${packageName}/package.json`);
    return [join(dirname(manifest), "bin", binary)];
  } catch {
    return [];
  }
}
