/** Starting up: the time of an import, and of a whole process that ends after its first byte. */
import net from "node:net";
import type { AddressInfo } from "node:net";
import path from "node:path";

import { medianOf } from "./statistics.ts";
import type { Bench } from "./bench.ts";
import { Program } from "./process.ts";
import type { Figures, Platform } from "./sample.ts";
import type { SubjectName } from "./subjects.ts";
import type { Workload } from "./workloads.ts";

/** Processes per sample; its value is their median. */
const starts = 7;

export async function sampleStart(
  bench: Bench,
  { kind }: Workload,
  { platform, subject }: { readonly platform: Platform; readonly subject: SubjectName },
): Promise<Figures> {
  const runtime = bench.runtimes.find(({ name }) => name === platform);
  if (runtime === undefined) throw new Error(`there is no ${platform}`);
  // On Node the runtime's own sockets are `node:net`; Deno and Bun have theirs without an import.
  const own = platform === "node26" || subject === "node-net" ? "node" : platform;
  const name = subject === "omnisock" ? "omnisock" : own;
  const specifier = name === "node" ? "node:net" : name === "omnisock" ? "omnisock" : "";
  const server = net.createServer((socket) => socket.end("A"));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const program = path.join(bench.folder, "startup", kind === "import" ? "import.mjs" : `${name}.mjs`);
  const argument = kind === "import" ? specifier : `${port}`;
  const times: number[] = [];
  try {
    // The first one fills the runtime's caches and those of the disk.
    for (let index = 0; index <= starts; index++) {
      const began = performance.now();
      const one = new Program(`${subject} on ${platform}`, [...runtime.command, program, argument], bench.folder);
      try {
        const { value } = await one.next<{ value: number }>(15_000);
        const end = await one.finished(15_000);
        if (end !== "ended with 0") throw new Error(`${one.name} ${end}`);
        if (index > 0) times.push(kind === "import" ? value : performance.now() - began);
      } finally {
        await one.stop();
      }
    }
  } finally {
    server.close();
  }
  return { value: medianOf(times) };
}
