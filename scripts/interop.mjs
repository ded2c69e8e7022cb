// Programs against programs: the README's program, the examples and `omnisock doctor` on every runtime, a port forwarder between every pair of runtimes, and a
// long row of connections. Needs a built suite (npm run conformance). `zx scripts/interop.mjs [--bytes N] [--connections N]`
import { createHash } from "node:crypto";
import { createSocket } from "node:dgram";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import net from "node:net";
import os from "node:os";
import { spawn } from "node:child_process";
import path from "node:path";
import process from "node:process";
import { argv, chalk } from "zx";

const root = path.resolve(import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname), "..");
const suite = path.join(root, ".conformance");
if (!existsSync(path.join(suite, "runner", "runtimes.js"))) {
  console.error("the suite is not built; run npm run conformance first");
  process.exit(3);
}
const { findRuntime } = await import(path.join(suite, "runner", "runtimes.js"));
const { pattern } = await import(path.join(suite, "harness", "pattern.js"));
const { bind } = await import(path.join(root, "dist", "index.js"));
await import(path.join(root, "dist", "libc", "index.js"));

const bytes = Number(argv.bytes ?? 32 * 1024 * 1024);
const connections = Number(argv.connections ?? 10_000);
const children = new Set();
let failures = 0;

process.on("exit", () => children.forEach((child) => child.kill("SIGKILL")));

/** A program on a runtime: its lines of output, and the whole of it when it has ended. */
function start(runtime, file, ...args) {
  const [command, ...rest] = [...runtime.program(path.join(root, file)), ...args.map(String)];
  const child = spawn(command, rest, { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
  children.add(child);
  let out = "";
  let err = "";
  const waiting = new Set();
  child.stdout.setEncoding("utf8").on("data", (text) => {
    out += text;
    for (const check of waiting) check();
  });
  child.stderr.setEncoding("utf8").on("data", (text) => (err += text));
  const exit = new Promise((resolve) =>
    child.on("close", (code) => {
      children.delete(child);
      for (const check of waiting) check();
      resolve(code);
    })
  );
  const label = `${path.basename(file)} on ${runtime.name}`;
  return {
    /** The first match of `expression` in the output. */
    match: (expression) =>
      within(
        20_000,
        `${label}: ${expression}`,
        new Promise((resolve, reject) => {
          const check = () => {
            const found = expression.exec(out);
            if (found === null && child.exitCode === null && child.signalCode === null) return;
            waiting.delete(check);
            if (found !== null) resolve(found);
            else {reject(
                new Error(
                  `${label} ended with ${child.exitCode ?? child.signalCode} before ${expression}: ${out}${err}`,
                ),
              );}
          };
          waiting.add(check);
          check();
        }),
      ),
    /** Waits for the end; anything but exit code 0 and an empty stderr is a failure. */
    ended: async () => {
      const code = await within(60_000, `${label} to end`, exit);
      // Node says of its foreign function interface that it is experimental.
      const trouble = err.replace(/^\(node:\d+\) ExperimentalWarning: FFI .*\n.*--trace-warnings.*\n/m, "");
      if (code !== 0 || trouble !== "") throw new Error(`${label} ended with ${code}: ${out}${err}`);
      return out;
    },
    kill: async () => {
      child.kill("SIGKILL");
      await exit;
    },
  };
}

function within(ms, what, promise) {
  let timer;
  const late = new Promise((
    _,
    reject,
  ) => (timer = setTimeout(() => reject(new Error(`${what}: not within ${ms} ms`)), ms)));
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

async function check(title, action) {
  const begin = performance.now();
  try {
    const note = await action();
    console.log(
      `${chalk.green("ok  ")} ${title} ${chalk.dim(`${note ?? ""} ${Math.round(performance.now() - begin)} ms`)}`,
    );
  } catch (error) {
    failures++;
    console.log(`${chalk.red("FAIL")} ${title}\n     ${error.message}`);
  }
}

function equal(actual, expected, what) {
  if (actual !== expected) throw new Error(`${what}: ${JSON.stringify(actual)} instead of ${JSON.stringify(expected)}`);
}

const port = async (program) => (await program.match(/listening on (\d+)/))[1];

/** The README's first program as it stands there, in a folder where the package is imported by its name. */
async function readme(runtime) {
  const [, program] = /```js\n(.*?)```/s.exec(readFileSync(path.join(root, "README.md"), "utf8"));
  const file = ".conformance/readme.mjs";
  writeFileSync(path.join(root, file), program);
  equal(await start(runtime, file).ended(), "the same bytes on Node, Deno and Bun\n", "the output");
}

async function welcome(runtime) {
  const server = start(runtime, "examples/welcome-server.mjs");
  const client = start(runtime, "examples/welcome-client.mjs", await port(server));
  equal(await client.ended(), "server said: Welcome to the server\n", "the client's output");
  equal((await server.ended()).split("\n")[1], "client said: Hello from the client", "the server's output");
}

/** Two raw clients; one of them writes a line in three pieces and a multi-byte character in two. */
async function chat(runtime) {
  const server = start(runtime, "examples/chat-server.mjs");
  const number = Number(await port(server));
  const join = async (name) => {
    const socket = net.connect(number, "127.0.0.1");
    let text = "";
    socket.setEncoding("utf8").on("data", (chunk) => (text += chunk));
    const says = (expected) =>
      within(
        5_000,
        `${name} to see ${expected}`,
        new Promise((resolve) => {
          const look = () => text.includes(expected) && resolve();
          socket.on("data", look);
          look();
        }),
      );
    await says("Your name?\n");
    socket.write(`${name}\n`);
    await says(`* ${name} joined\n`);
    return { socket, says };
  };
  const ada = await join("ada");
  const bob = await join("bob");
  const line = Buffer.from("grüße\n");
  for (const part of [line.subarray(0, 3), line.subarray(3, 4), line.subarray(4)]) {
    await new Promise((resolve) => ada.socket.write(part, resolve));
    await new Promise((resolve) => setImmediate(resolve));
  }
  await bob.says("ada: grüße\n");
  ada.socket.end("/quit\n");
  await bob.says("* ada left\n");
  bob.socket.end("/stop\n/quit\n");
  await server.ended();
}

async function udpEcho(runtime) {
  const server = start(runtime, "examples/udp-echo.mjs");
  const number = Number(await port(server));
  const socket = createSocket("udp4");
  try {
    for (const text of ["", "ping", "x".repeat(60_000), "quit"]) {
      const echo = new Promise((resolve) => socket.once("message", (data) => resolve(data.toString())));
      socket.send(text, number, "127.0.0.1");
      equal(await within(5_000, "the echo", echo), text, "the echo");
    }
  } finally {
    socket.close();
  }
  await server.ended();
}

/** What doctor tries must work on a machine that the suite runs on, and agree with itself. */
async function doctor(runtime) {
  const report = JSON.parse(await start(runtime, "dist/cli.js", "doctor", "--json").ended());
  for (const name of ["tcp.ipv4", "tcp.reset", "udp.ipv4", "unix.stream"]) {
    equal(report.features[name].native.works, true, `${name} without libc`);
  }
  equal(report.libc.works, true, "omnisock/libc can be loaded");
  for (const name of ["tcp.keepAliveCount", "tcp.userTimeout", "udp.ttl", "unix.recvBufferSize"]) {
    equal(report.options[name].libc.works, true, `${name} with libc`);
  }
  const all = [...Object.values(report.features), ...Object.values(report.options)];
  const lost = all.filter(({ native, libc }) => native.works && !libc.works);
  equal(lost.length, 0, "what works without libc and not with it");
  return `${all.filter(({ native }) => native.works).length} of ${all.length} without libc, ${
    all.filter(({ libc }) => libc.works).length
  } with it,`;
}

/** Programs of plain calls: datagrams to Unix sockets of this process, and where this user may, raw and packet sockets. */
async function plainCalls(runtime) {
  const folder = mkdtempSync(path.join(os.tmpdir(), "omnisock-interop-"));
  const daemon = await bind({ path: path.join(folder, "log") });
  const manager = await bind({ path: `\0omnisock-interop-${process.pid}-${runtime.name}` });
  const text = async (socket) => new TextDecoder().decode((await socket.receive({ timeout: 20_000 })).data);
  try {
    const log = start(runtime, "examples/syslog.mjs", "hello", daemon.address.path);
    const line = await text(daemon);
    if (!/^<13>.* hello$/.test(line)) throw new Error(`the line of syslog: ${JSON.stringify(line)}`);
    await log.ended();
    process.env.NOTIFY_SOCKET = manager.address.path.replace("\0", "@");
    const told = start(runtime, "examples/sd-notify.mjs", "READY=1", "STATUS=listening");
    equal(await text(manager), "READY=1\nSTATUS=listening", "the message of sd-notify");
    await told.ended();
  } finally {
    delete process.env.NOTIFY_SOCKET;
    await Promise.all([daemon.close(), manager.close()]);
    rmSync(folder, { recursive: true, force: true });
  }
  if (process.platform !== "linux" || process.getuid() !== 0) return "raw and packet sockets need root:";
  const capture = start(runtime, "examples/capture.mjs", "lo", "4");
  await capture.match(/capturing on lo/);
  const output = await start(runtime, "examples/ping.mjs", "127.0.0.1", "2").ended();
  equal(output.match(/64 bytes from 127\.0\.0\.1: icmp_seq=\d ttl=\d+ time=/g)?.length, 2, "answers of ping");
  if (!/lo (in|out) \d+ bytes: IPv4/.test(await capture.ended())) throw new Error("capture saw no frame");
}

const expected = new Map();
function sequence(seed) {
  if (!expected.has(seed)) expected.set(seed, createHash("sha256").update(pattern(seed, bytes)).digest("hex"));
  return expected.get(seed);
}

/** Both directions at once through the forwarder, each checked by its receiver. */
async function transfer(client, server, between) {
  const far = start(server, ".conformance/programs/transfer.js", "omnisock", "server", 0, bytes, 1);
  const forwarder = start(between, "examples/port-forwarder.mjs", 0, (await far.match(/^(\d+)$/m))[1]);
  const near = start(
    client,
    ".conformance/programs/transfer.js",
    "omnisock",
    "client",
    await port(forwarder),
    bytes,
    2,
  );
  const ends = await Promise.all([near.ended(), far.ended()]);
  await forwarder.kill();
  for (const [index, output] of ends.entries()) {
    const got = JSON.parse(output.trim().split("\n").at(-1));
    equal(got.bytes, bytes, "bytes");
    equal(got.sha256, sequence(index === 0 ? 1 : 2), "SHA-256");
  }
}

async function churn(runtime) {
  const { before, after } = JSON.parse(
    await start(runtime, ".conformance/programs/churn.js", "omnisock", connections).ended(),
  );
  equal(after, before, "open descriptors");
  return `${before} descriptors before and after,`;
}

const found = await Promise.all(["node", "node26", "deno", "bun"].map((name) => findRuntime(name, root)));
for (const { name, absent } of found.filter((runtime) => "absent" in runtime)) console.log(`skip ${name}: ${absent}`);
const runtimes = found.filter((runtime) => !("absent" in runtime));

for (const runtime of runtimes) {
  await check(`README on ${runtime.name}`, () => readme(runtime));
  await check(`welcome on ${runtime.name}`, () => welcome(runtime));
  await check(`chat on ${runtime.name}`, () => chat(runtime));
  await check(`UDP echo on ${runtime.name}`, () => udpEcho(runtime));
  await check(`doctor on ${runtime.name}`, () => doctor(runtime));
  await check(`plain calls on ${runtime.name}`, () => plainCalls(runtime));
  await check(`${connections} connections on ${runtime.name}`, () => churn(runtime));
}
let turn = 0;
for (const client of runtimes) {
  for (const server of runtimes) {
    const between = runtimes[turn++ % runtimes.length];
    await check(
      `${bytes / 1024 / 1024} MiB each way, ${client.name} - ${between.name} - ${server.name}`,
      () => transfer(client, server, between),
    );
  }
}
console.log(failures === 0 ? "all as expected" : `${failures} failed`);
process.exitCode = failures === 0 ? 0 : 1;
