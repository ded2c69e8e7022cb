/**
 * Two workers, each with a connection of its own whose bytes it sends back; prints `connected` when both are up. A line of
 * stdin ends the first worker. `workers.js PORT`
 */
import process from "node:process";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";

import { loadLibrary } from "../harness/entry.js";

if (isMainThread) await direct();
else await work(workerData as { entry: string; port: number });

async function direct(): Promise<void> {
  const { nextLine } = await import("../harness/stdin.js");
  const [, , entry = "", port = ""] = process.argv;
  const workers = [0, 1].map(() => new Worker(new URL(import.meta.url), { workerData: { entry, port: Number(port) } }));
  await Promise.all(workers.map((worker) => new Promise((resolve) => worker.once("message", resolve))));
  console.log("connected");
  await nextLine();
  await workers[0]?.terminate();
  console.log("terminated");
  await nextLine();
  process.exit(0);
}

async function work({ entry, port }: { entry: string; port: number }): Promise<void> {
  const { sockets } = await loadLibrary(entry);
  const connection = await sockets.connect({ host: "127.0.0.1", port });
  parentPort?.postMessage("connected");
  for (let chunk = await connection.read(); chunk !== null; chunk = await connection.read()) {
    await connection.write(chunk);
  }
}
