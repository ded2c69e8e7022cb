/**
 * Holds a network namespace: the first process in it, started by the runner, and ended by the end of its input, so that
 * the namespace and all that was made in it goes with the runner. Requests and answers are as the raw peer's.
 */
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";

import type { Laboratory } from "../harness/case.js";
import type { Zone } from "../harness/network.js";
import { lines } from "../harness/wire.js";
import { type Resolver, startResolver } from "./resolver.js";

interface Params {
  readonly commands: readonly string[];
  readonly name: string;
  readonly value: string;
  readonly filter: readonly string[];
  readonly interface: string;
  readonly rate: number;
  readonly queue: number;
  readonly zone: Zone;
}

/** Where the namespace's own DNS server is. */
const nameServer = "127.0.0.53";

/** One attempt, so that an answer that never comes is known after a second. */
const files: Readonly<Record<string, string>> = {
  "/etc/resolv.conf": `nameserver ${nameServer}\noptions timeout:1 attempts:1\n`,
  "/etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\nservices: files\nprotocols: files\n",
  "/etc/hosts": "127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n",
};

/** A caching daemon of the host would answer in the place of the files above. */
const nameCache = "/run/nscd";

let resolver: Resolver | undefined;

const methods: Readonly<Record<string, (params: Params) => unknown>> = {
  ip: ({ commands }) => ip(commands),
  survey,
  sysctl: ({ name, value }) => sysctl(name, value),
  kill: ({ filter }) => void execFileSync("ss", ["--kill", "--no-header", ...filter], { stdio: "pipe" }),
  ready: ({ name }) => ready(name),
  shape: (params) => shape(params.interface, params.rate, params.queue),
  serve: ({ zone }) => resolver?.serve(zone),
  queries: () => resolver?.queries(),
};

/** What there is in this namespace, where groups are sent through loopback if nothing else is chosen; name resolution is its own from here on if `dns` is among it. */
async function survey(): Promise<readonly (Laboratory | "ipv6")[]> {
  const ipv6 = Object.values(os.networkInterfaces()).flat().some((one) => one?.address === "::1");
  if (ipv6) ip(["route add local ff00::/8 dev lo table local metric 100"]);
  const veth = works(() => ip(["link add probe0 type veth peer name probe1"]));
  const tbf = veth && works(() => shape("probe0", 1_000_000, 10_000));
  if (veth) ip(["link del probe0"]);
  const dns = await mountNames().then(() => true, () => false);
  return [
    "netns",
    ...ipv6 ? ["ipv6"] as const : [],
    ...veth ? ["veth"] as const : [],
    ...tbf ? ["tbf"] as const : [],
    ...dns ? ["dns"] as const : [],
  ];
}

function works(action: () => void): boolean {
  try {
    action();
    return true;
  } catch {
    return false;
  }
}

function ip(commands: readonly string[]): void {
  execFileSync("ip", ["-batch", "-"], { input: `${commands.join("\n")}\n`, stdio: "pipe" });
}

/** Name resolution of this mount namespace from here on: `/etc/hosts` with localhost alone, then the DNS server here. */
async function mountNames(): Promise<void> {
  resolver = await startResolver(nameServer);
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "omnisock-"));
  try {
    for (const [target, text] of Object.entries(files)) {
      const source = path.join(folder, path.basename(target));
      fs.writeFileSync(source, text);
      execFileSync("mount", ["--bind", source, target], { stdio: "pipe" });
    }
    if (fs.existsSync(nameCache)) execFileSync("mount", ["-t", "tmpfs", "tmpfs", nameCache], { stdio: "pipe" });
  } finally {
    // A bind mount keeps its file.
    fs.rmSync(folder, { recursive: true });
  }
}

/** Until the interface sends: it has a carrier some time before its queue is there, and drops what is sent meanwhile. */
async function ready(name: string): Promise<void> {
  const state = (): string => execFileSync("ip", ["-oneline", "link", "show", "dev", name], { encoding: "utf8" });
  while (!state().includes(" state UP ")) await sleep(5);
}

/** Slows the interface down to `rate` bits per second, with up to `queue` bytes behind. */
function shape(name: string, rate: number, queue: number): void {
  const bucket = ["tbf", "rate", `${rate}bit`, "burst", "1600", "limit", `${queue}`];
  execFileSync("tc", ["qdisc", "add", "dev", name, "root", ...bucket], { stdio: "pipe" });
}

/** Sets a value and returns the one before. */
function sysctl(name: string, value: string): string {
  const file = path.join("/proc/sys", ...name.split("."));
  const before = fs.readFileSync(file, "latin1").trim();
  fs.writeFileSync(file, value);
  return before;
}

async function answer(line: string): Promise<void> {
  const { id, method, params } = JSON.parse(line);
  let reply: object;
  try {
    const run = Object.hasOwn(methods, method) ? methods[method] : undefined;
    if (run === undefined) throw new TypeError(`unknown method ${method}`);
    reply = { id, result: (await run(params)) ?? null };
  } catch (error) {
    const { code, message, stderr } = error as { code?: unknown; message: string; stderr?: unknown };
    const text = stderr === undefined ? message : `${message} ${String(stderr)}`.trim();
    reply = { id, error: { code: typeof code === "string" ? code : "EINVAL", message: text } };
  }
  process.stdout.write(`${JSON.stringify(reply)}\n`);
}

process.stdin.setEncoding("utf8").on("data", lines(Number.POSITIVE_INFINITY, (line) => void answer(line)));
process.stdin.on("end", () => process.exit(0));
