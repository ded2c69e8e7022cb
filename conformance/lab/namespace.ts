/** A network namespace of the run's own: what happens in it disturbs nothing outside, and it ends with its keeper. */
import { execFile } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { type Dialogue, startDialogue } from "../runner/dialogue.js";

export interface Namespace {
  readonly keeper: Dialogue;
  /** The command that runs `command` in the namespace, as a process that has the same id from its start. */
  enter(command: readonly string[], folder?: string): readonly string[];
}

const keeperFile = fileURLToPath(new URL("./keeper.js", import.meta.url));

/** Rejects where the run may not make one, or `unshare`, `nsenter` or `ip` is missing. */
export async function openNamespace(): Promise<Namespace> {
  const making = ["unshare", "--net", "--mount", "--propagation", "private", "--"];
  const keeper = startDialogue([...making, process.execPath, keeperFile], "the namespace's keeper");
  const namespace: Namespace = {
    keeper,
    enter(command, folder = process.cwd()) {
      const target = ["--target", `${keeper.pid}`, "--net", "--mount"];
      // Entering a mount namespace leads to its root folder.
      return ["nsenter", ...target, "--", "env", `--chdir=${folder}`, ...command];
    },
  };
  try {
    await keeper.call("ip", { commands: ["link set lo up"] });
    await proveEntry(namespace);
    return namespace;
  } catch (error) {
    await keeper.stop();
    throw error;
  }
}

/** A command of the namespace runs, and finds the loopback interface up. */
async function proveEntry(namespace: Namespace): Promise<void> {
  const [program = "", ...args] = namespace.enter(["ip", "route", "get", "127.0.0.1"]);
  await promisify(execFile)(program, args);
}
