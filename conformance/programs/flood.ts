/** Sends datagrams of 32 bytes to a port without a pause, until it is killed. `flood.js PORT` */
import { setImmediate } from "node:timers/promises";

import { args, sockets } from "../harness/program.js";

const udp = await sockets.bind({ host: "127.0.0.1" });
const to = { host: "127.0.0.1", port: Number(args[0]) };
const data = new Uint8Array(32);
console.log("flooding");
for (;;) {
  await Promise.all(Array.from({ length: 64 }, () => udp.send(data, to)));
  await setImmediate();
}
