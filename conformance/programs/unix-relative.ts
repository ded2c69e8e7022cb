/** Echoes over a relative path and tells what it saw of it. `unix-relative.js FOLDER NAME` */
import { existsSync } from "node:fs";
import process from "node:process";

import type { UnixAddress } from "omnisock";

import { args, sockets } from "../harness/program.js";

const [folder = "", path = ""] = args;
process.chdir(folder);
const server = await sockets.listen({ path });
const client = await sockets.connect({ path });
const accepted = await server.accept();
await client.write("over a relative path");
const echo = new TextDecoder().decode(await accepted.read() ?? undefined);
console.log(
  JSON.stringify({ address: (server.address as UnixAddress).path, echo, existed: existsSync(`${folder}/${path}`) }),
);
await Promise.all([client.close(), accepted.close(), server.close()]);
