/** Writes to peers that have closed until that fails, once a line of stdin says that they have, and tells the errors and that it still runs. `write-to-closed.js PORT PATH` */
import process from "node:process";
import { setTimeout } from "node:timers/promises";

import type { Connection } from "omnisock";

import { args, sockets } from "../harness/program.js";
import { nextLine } from "../harness/stdin.js";

const [port = "", path = ""] = args;
const codes: string[] = [];
const ends: Connection[] = [
  await sockets.connect({ host: "127.0.0.1", port: Number(port) }),
  await sockets.connect({ path }),
];
console.log("connected");
// A FIN that comes first and a reset that does are told in different ways.
await nextLine();
for (const connection of ends) {
  try {
    for (;;) {
      await connection.write(new Uint8Array(1024));
      // Long enough that the answer to one write is there before the next, so that runtimes always tell of it in the same way.
      await setTimeout(50);
    }
  } catch (error) {
    codes.push((error as { code: string }).code);
  }
  // Once more, now that the failure is known.
  await connection.write("again").catch(() => {});
  await connection.close().catch(() => {});
}
await setTimeout(50);
console.log(codes.join(" "));
// Deno before 2.7 stays for stdin, whatever is done with it.
process.exit();
