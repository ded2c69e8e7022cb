/** Becomes a user without privileges and sets options that need them; prints the code of each failure, and what works afterwards. */
import process from "node:process";

import type { IpAddress } from "omnisock";

import { sockets } from "../harness/program.js";

const host = "127.0.0.1";
const server = await sockets.listen({ host });
const { port } = server.address as IpAddress;
const conn = await sockets.connect({ host, port });
const accepted = await server.accept();
process.setgid?.(65534);
process.setuid?.(65534);

const ends: Record<string, unknown> = {
  mark: codeOf(() => conn.setOption("mark", 7)),
  priority: codeOf(() => conn.setOption("priority", 7)),
  transparent: await sockets.connect({ host, port, transparent: true }).then(() => "none", ({ code }) => code),
};
conn.setOption("priority", 5);
ends["allowed"] = conn.getOption("priority");
ends["untouched"] = conn.getOption("mark");
await conn.write("still here");
ends["text"] = new TextDecoder().decode(await accepted.read() ?? new Uint8Array(0));
await conn.close();
await accepted.close();
await server.close();
console.log(JSON.stringify(ends));

function codeOf(action: () => void): unknown {
  try {
    action();
    return "none";
  } catch (error) {
    return (error as { code?: string }).code;
  }
}
