/** Sends every datagram back to where it came from. `udp-echo.mjs [port]`; a datagram of the text "quit" ends it. */
import { bind } from "omnisock";
import process from "node:process";

const socket = await bind({ host: "127.0.0.1", port: Number(process.argv[2] ?? 0) });
console.log(`listening on ${socket.address.port}`);
for await (const { data, from } of socket) {
  await socket.send(data, from);
  if (new TextDecoder().decode(data) === "quit") break;
}
await socket.close();
