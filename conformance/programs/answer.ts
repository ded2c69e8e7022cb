/** Answers every datagram with the process id; prints its port. `answer.js BIND-OPTIONS` */
import process from "node:process";

import type { UdpBindOptions } from "omnisock";

import { args, sockets } from "../harness/program.js";

const udp = await sockets.bind({ host: "127.0.0.1", ...JSON.parse(args[0] ?? "{}") as UdpBindOptions });
console.log(udp.address.port);
for (;;) await udp.send(String(process.pid), (await udp.receive()).from);
