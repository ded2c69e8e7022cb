// The package as its users get it: packed by npm, installed in an empty folder, type-checked without any runtime's types,
// and imported by every runtime. `zx scripts/package.mjs`
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { publint } from "publint";
import { formatMessage } from "publint/utils";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..");
const manifest = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8"));
const jsr = JSON.parse(readFileSync(path.join(root, "deno.json"), "utf8"));
const consumer = mkdtempSync(path.join(os.tmpdir(), "omnisock-consumer-"));
process.on("exit", () => rmSync(consumer, { recursive: true, force: true }));
const faults = [];

function run(command, args, cwd = root) {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, encoding: "utf8", timeout: 120_000 });
  return { status, output: `${stdout}${stderr}`.trim(), stdout: stdout?.trim() ?? "" };
}

function expect(condition, fault) {
  if (!condition) faults.push(fault);
}

expect(manifest.dependencies === undefined, "package.json has runtime dependencies");
expect(jsr.version === manifest.version, `deno.json says version ${jsr.version}, package.json ${manifest.version}`);

const packed = run("npm", ["pack", "--silent", "--ignore-scripts", "--pack-destination", consumer]);
if (packed.status !== 0) throw new Error(packed.output);
const archive = packed.stdout.split("\n").at(-1);
run("tar", ["-xzf", archive], consumer);
mkdirSync(path.join(consumer, "node_modules"));
renameSync(path.join(consumer, "package"), path.join(consumer, "node_modules", "omnisock"));

const { messages, pkg } = await publint({ pkgDir: path.join(consumer, "node_modules", "omnisock"), strict: true });
for (const message of messages) faults.push(`publint: ${formatMessage(message, pkg)}`);

const entries = [
  "omnisock",
  ...Object.keys(manifest.exports).filter((name) => /^\.\/\w+$/.test(name) && !["./adapter", "./libc"].includes(name))
    .map((name) => `omnisock${name.slice(1)}`),
];
writeFileSync(path.join(consumer, "package.json"), JSON.stringify({ name: "consumer", private: true, type: "module" }));
writeFileSync(
  path.join(consumer, "consumer.ts"),
  `${entries.map((entry, i) => `import * as entry${i} from "${entry}";`).join("\n")}
import { bind, connect, listen, lookup, SocketError, supports, type Connection, type SocketErrorCode } from "omnisock";
import { type Adapter, createSockets, type Sockets } from "omnisock/adapter";
import * as libc from "omnisock/libc";

const refuse = () => Promise.reject(Object.assign(new Error("nobody there"), { code: "ECONNREFUSED" }));
export const adapter: Adapter = {
  runtime: "a third party's",
  gaps: { "udp.connect": "there is no UDP at all" },
  maxPathLength: 107,
  options: { tcp: ["noDelay"], udp: [] },
  translate: (error) => (error instanceof RangeError ? { code: "EINVAL", detail: "out of range" } : undefined),
  lookup: async (name) => (name === "localhost" ? ["127.0.0.1"] : []),
  connect: refuse,
  listen: refuse,
  bind: refuse,
};
export const sockets: Sockets = createSockets(adapter);

export async function use(signal: AbortSignal): Promise<number> {
  const server = await listen({ port: 0, backlog: 5, noDelay: false });
  const port: number = server.address.port;
  const conn: Connection = await connect({ host: "localhost", port, signal, timeout: 5, keepAlive: { idle: 1000 } });
  const chunk: Uint8Array | null = await conn.read({ signal });
  for await (const part of conn) await conn.write(part);
  const reader = conn.readable.getReader({ mode: "byob" });
  await reader.read(new Uint8Array(1));
  const path: string = (await listen({ path: "/tmp/x" })).address.path;
  conn.setOption("userTimeout", 20_000);
  const rtt: number = conn.getOption("info").rtt;
  const raw: Uint8Array = conn.rawOption(1, 7, 4);
  await server.accept().then((accepted) => accepted.setOption("keepAlive", { idle: 1000 * rtt, count: raw.byteLength }));
  const udp = await bind({ reusePort: false, recvBufferSize: 100_000 });
  const { data, from, truncated } = await udp.receive();
  await udp.send(data, from);
  const [first] = await lookup("localhost", { family: "ipv6" });
  const code: SocketErrorCode | undefined = signal.reason instanceof SocketError ? signal.reason.code : undefined;
  const support = supports("tcp.reset");
  const descriptor: number = libc.socket(libc.AF_INET, libc.SOCK_DGRAM);
  const count: number = libc.recv(descriptor, new Uint8Array(5)) + libc.getsockopt(descriptor, 1, 2);
  const received: { data: Uint8Array; address: libc.SocketAddress | undefined } = libc.recvfrom(descriptor, count);
  const info: readonly libc.AddressInfo[] = libc.getaddrinfo("localhost", null);
  // @ts-expect-error: an address has a port
  libc.bind(descriptor, { family: "ipv4", host: "127.0.0.1" });
  await conn[Symbol.asyncDispose]();
  // @ts-expect-error: a port is a number
  await connect({ port: "80" });
  // @ts-expect-error: there is no such option
  await listen({ prot: 80 });
  return [received, info, chunk, path, truncated, first, code, support.supported || support.reason, ${
    entries.map((_, i) => `entry${i}.connect`).join(", ")
  }].length;
}
`,
);
for (const [module, moduleResolution] of [["nodenext", "nodenext"], ["esnext", "bundler"]]) {
  writeFileSync(
    path.join(consumer, "tsconfig.json"),
    JSON.stringify({
      compilerOptions: {
        module,
        moduleResolution,
        target: "ES2022",
        lib: ["ES2022", "DOM"],
        types: [],
        strict: true,
        exactOptionalPropertyTypes: true,
        skipLibCheck: false,
        noEmit: true,
      },
      files: ["consumer.ts"],
    }),
  );
  const checked = run(
    process.execPath,
    [path.join(root, "node_modules", "typescript", "bin", "tsc"), "-p", consumer],
    consumer,
  );
  expect(checked.status === 0, `types (${moduleResolution}):\n${checked.output}`);
}

const runtimes = path.join(root, ".conformance", "runner", "runtimes.js");
if (!existsSync(runtimes)) throw new Error("the suite is not built; run npm run conformance first");
const { findRuntime } = await import(runtimes);
for (const entry of entries) {
  const file = path.join(consumer, `${entry.replace("/", "-")}.mjs`);
  writeFileSync(
    file,
    `import * as entry from "${entry}";
const names = Object.keys(entry).sort().join();
const wanted = ["SocketError", "bind", "connect", "listen", "lookup", "supports"];
if (!wanted.every((name) => name in entry)) throw new Error(names);
const error = await entry.connect({ host: "127.0.0.1", port: 1, timeout: 5000 }).catch((error) => error);
if (!(error instanceof entry.SocketError) || error.code !== "ECONNREFUSED") throw error;
`,
  );
}
writeFileSync(
  path.join(consumer, "adapter.mjs"),
  `import { createSockets, features, SocketError } from "omnisock/adapter";
const refuse = () => Promise.reject(Object.assign(new Error(), { code: "ECONNREFUSED" }));
const gaps = { "udp.connect": "none" };
const { connect, supports } = createSockets({ gaps, maxPathLength: 107, options: { tcp: [], udp: [] }, translate() {}, connect: refuse });
const error = await connect({ host: "127.0.0.1", port: 1 }).catch((error) => error);
if (!(error instanceof SocketError) || error.code !== "ECONNREFUSED") throw error;
if (!supports("udp.connect").reason.startsWith("none") || !features.includes("udp.connect")) throw new Error("gaps");
`,
);
const plain = path.join(consumer, "libc.mjs");
writeFileSync(
  plain,
  `import { AF_INET, bind, close, getsockname, PF_IPX, recvfrom, sendto, SOCK_DGRAM, socket } from "omnisock/libc";
const fd = socket(AF_INET, SOCK_DGRAM);
bind(fd, { family: "ipv4", host: "127.0.0.1", port: 0 });
sendto(fd, new TextEncoder().encode("ping"), 0, getsockname(fd));
console.log(new TextDecoder().decode(recvfrom(fd, 100).data));
close(fd);
try {
  socket(PF_IPX, SOCK_DGRAM);
} catch (error) {
  console.log(error.code);
}
`,
);
for (const name of ["node", "node26", "deno", "bun"]) {
  const runtime = await findRuntime(name, root);
  if ("absent" in runtime) continue;
  const foreign = name.startsWith("node")
    ? ["omnisock/deno", "omnisock/bun"]
    : [name === "deno" ? "omnisock/bun" : "omnisock/deno"];
  for (const entry of [...entries.filter((entry) => !foreign.includes(entry)), "adapter"]) {
    const [command, ...args] = runtime.program(path.join(consumer, `${entry.replace("/", "-")}.mjs`));
    const loaded = run(command, args, consumer);
    expect(loaded.status === 0 && loaded.output === "", `${entry} on ${name}: ${loaded.output}`);
  }
  if (process.platform === "win32") continue;
  const [command, ...args] = runtime.program(plain, ["--allow-ffi"]);
  if (name === "node") {
    if (Number.parseInt(runtime.version) < 26) {
      const refused = run(command, args, consumer);
      expect(refused.status !== 0 && refused.output.includes("npm install koffi"), `without koffi: ${refused.output}`);
    }
    for (const peer of ["koffi", "@koromix"]) {
      cpSync(path.join(root, "node_modules", peer), path.join(consumer, "node_modules", peer), { recursive: true });
    }
  }
  const called = run(command, args, consumer);
  expect(called.status === 0 && called.stdout === "ping\nEAFNOSUPPORT", `omnisock/libc on ${name}: ${called.output}`);
}

for (const fault of faults) console.error(fault);
console.log(
  faults.length === 0 ? `the package is as it should be (${entries.length} entries)` : `${faults.length} faults`,
);
process.exitCode = faults.length === 0 ? 0 : 1;
