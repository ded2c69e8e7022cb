/** Sends to a closed port of 127.0.0.1 and waits for nothing. `udp-unheard.js PORT` */
import { args, sockets } from "../harness/program.js";

const { bind, supports } = sockets;
const to = { host: "127.0.0.1", port: Number(args[0]) };
const unconnected = await bind({ host: "127.0.0.1" });
const connected = await bind({ host: "127.0.0.1" });
const isConnected = supports("udp.connect").supported;
if (isConnected) await connected.connect(to);

for (let i = 0; i < 5; i++) {
  void unconnected.send("anyone?", to);
  void connected.send("anyone?", isConnected ? undefined : to);
  await new Promise((resolve) => setTimeout(resolve, 10));
}
void unconnected.receive();
void connected.receive();
void unconnected.close();
void connected.close();
console.log("survived");
