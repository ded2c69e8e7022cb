/** The pinned versions of the runtimes: which there are, which of them are wanted, and where they are kept. */
import fs from "node:fs";
import path from "node:path";

import { inRange } from "./version.js";
import { fetchBinary } from "./fetch.js";
import { UsageError } from "./options.js";
import { type Absence, type Runtime, runtimeAt } from "./runtimes.js";
import type { RuntimeKind } from "./subjects.js";

export interface Pinned {
  readonly kind: RuntimeKind;
  readonly version: string;
}

export function readPinned(root: string): Pinned[] {
  const lists = JSON.parse(fs.readFileSync(path.join(root, "conformance", "versions.json"), "utf8")) as Readonly<
    Record<RuntimeKind, readonly string[]>
  >;
  return (Object.keys(lists) as RuntimeKind[]).flatMap((kind) => lists[kind].map((version) => ({ kind, version })));
}

/** Those that one of `only` names: `deno`, `deno@2.6` or `deno@2.6.8`; all of them if it is empty. */
export function choosePinned(all: readonly Pinned[], only: readonly string[]): Pinned[] {
  function named({ kind, version }: Pinned, name: string): boolean {
    const [wanted, part] = name.split("@");
    return wanted === kind && (part === undefined || `${version}.`.startsWith(`${part}.`));
  }
  for (const name of only) {
    if (!all.some((pinned) => named(pinned, name))) {
      const known = all.map(({ kind, version }) => `${kind}@${version}`).join(", ");
      throw new UsageError(`--only ${name || "''"} names no pinned version; they are ${known}`);
    }
  }
  return only.length === 0 ? [...all] : all.filter((pinned) => only.some((name) => named(pinned, name)));
}

/** The runtime itself, in a folder of `.runtimes` of its own. */
export async function findPinned({ kind, version }: Pinned, root: string): Promise<Runtime | Absence> {
  const name = `${kind}-${version}` as const;
  const absence = (why: string): Absence => ({ name, absent: `${name} is not to be had: ${why}` });
  const first = (error: unknown): string => (error as Error).message.split("\n", 1)[0] ?? "";
  let binary: string;
  try {
    binary = await fetchBinary(kind, version, path.join(root, ".runtimes", name));
  } catch (error) {
    return absence(first(error));
  }
  try {
    const runtime = await runtimeAt(name, kind, binary);
    if (runtime.version === version) return runtime;
    return absence(`it says that it is ${runtime.version}; remove .runtimes/${name} to fetch it again`);
  } catch (error) {
    return absence(`it does not start; remove .runtimes/${name} to fetch it again (${first(error)})`);
  }
}

/** Whether a version is older than what the package promises to run on. */
export function isBelowFloor({ kind, version }: Pinned, root: string): boolean {
  const { engines } = JSON.parse(fs.readFileSync(path.join(root, "package.json"), "utf8")) as {
    engines: Readonly<Record<RuntimeKind, string>>;
  };
  return !inRange(version, engines[kind]);
}
