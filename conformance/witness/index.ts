/** The kernel's witnesses, served by the runner to a subject: what the operating system says about its process. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { networkInterfaces } from "node:os";
import type { SocketPlace, Tool } from "../harness/case.js";
import type { PeerProcess } from "../peer/process.js";
import { counter } from "./counter.js";
import { descriptors } from "./descriptors.js";
import { file, mode, writeFile } from "./file.js";
import { groups } from "./groups.js";
import { socketInodes } from "./inode.js";
import { option, type OptionName } from "./option.js";
import { memory, processorTime, signals } from "./process.js";
import { ss } from "./ss.js";
import { tcp } from "./tcp.js";
import { udp } from "./udp.js";

export interface KernelService {
  /** Rejects for an unknown method and for a process that is gone. */
  call(method: string, params: object): Promise<unknown>;
}

interface Params {
  readonly port: number;
  readonly path: string;
  readonly text: string;
  readonly name: string;
  readonly place: SocketPlace;
  readonly option: OptionName;
}

/** `pid` is the subject's process; the raw peer reads its socket options. */
export function createKernel(pid: number, peer: PeerProcess): KernelService {
  const methods: Readonly<Record<string, (params: Params) => unknown>> = {
    descriptors: () => descriptors(pid),
    sockets: () => socketInodes(pid).size,
    signals: () => signals(pid),
    memory: () => memory(pid),
    processorTime: () => processorTime(pid),
    tcp: ({ port }) => tcp(pid, port),
    udp: ({ port }) => udp(pid, port),
    groups: () => groups(pid),
    counter: ({ name }) => counter(pid, name),
    file: ({ path }) => file(path),
    mode: ({ path }) => mode(path),
    option: (params) => option(peer, pid, params.place, params.option),
    ss: ({ port }) => ss(pid, port),
    writeFile: ({ path, text }) => writeFile(path, text),
  };
  return {
    async call(method, params) {
      const run = Object.hasOwn(methods, method) ? methods[method] : undefined;
      if (!run) throw new TypeError(`unknown method ${method}`);
      return (await run(params as Params)) ?? null;
    },
  };
}

/** What of the environment the cases can count on here. */
export function available(): Readonly<Record<"ipv6" | "proc" | "root" | Tool, boolean>> {
  const addresses = Object.values(networkInterfaces()).flatMap((interfaces) => interfaces ?? []);
  return {
    ipv6: addresses.some(({ address }) => address === "::1"),
    proc: existsSync("/proc/net/tcp"),
    root: process.geteuid?.() === 0,
    ss: installed("ss"),
    prlimit: installed("prlimit"),
    // Installed is not enough: tracing may be forbidden.
    strace: spawnSync("strace", ["-o", "/dev/null", "true"], { stdio: "ignore" }).status === 0,
  };
}

function installed(tool: Tool): boolean {
  return spawnSync(tool, ["--version"], { stdio: "ignore" }).status === 0;
}
