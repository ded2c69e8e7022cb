/** Lets every kind of call fail without ever looking at its promise. `unobserved.js PORT`: a peer that resets each connection. */
import { args, sockets } from "../harness/program.js";

const { bind, connect, listen } = sockets;
const host = "127.0.0.1";
const at = { host, port: Number(args[0]) };

/** Its `closed` tells when the peer has reset it; of the other one nothing is asked. */
const observed = await connect(at);
const ignored = await connect(at);
for (const connection of [observed, ignored]) {
  void connection.write(new Uint8Array(4_000_000));
  void connection.write("more");
  void connection.read();
  void connection.read();
}
await observed.closed.catch(() => {});
await pause();
for (const connection of [observed, ignored]) {
  void connection.write("late");
  void connection.read();
  void connection.shutdown("write");
  void connection.shutdown("both");
  void connection.read({ timeout: 1 });
  void connection.close();
  void connection.read();
  void connection.write("closed");
}

const server = await listen({ host });
void server.accept();
void server.accept({ timeout: 1 });
const udp = await bind({ host });
void udp.receive();
void udp.receive({ timeout: 1 });
void udp.send("no destination");
void udp.disconnect();
await pause();
void server.close();
void server.accept();
void udp.close();
void udp.receive();
void udp.send("x", { host, port: 9 });
await pause();
console.log("survived");

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 50));
}
