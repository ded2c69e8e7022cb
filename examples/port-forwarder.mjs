/** Forwards a TCP port, half-close included. `port-forwarder.mjs listen-port target-port [target-host]` */
import { connect, listen } from "omnisock";
import process from "node:process";

const [port, targetPort, host = "127.0.0.1"] = process.argv.slice(2);
const server = await listen({ host: "127.0.0.1", port: Number(port) });
console.log(`listening on ${server.address.port}`);
for await (const client of server) forward(client);

/** One connection: both directions at once, each at the pace of its reader; an error of either end resets the other. */
async function forward(client) {
  let target;
  try {
    target = await connect({ host, port: Number(targetPort), timeout: 5000 });
    await Promise.all([pump(client, target), pump(target, client)]);
    await Promise.all([client.close(), target.close()]);
  } catch (error) {
    console.error(`${client.remoteAddress.port}: ${error.message}`);
    await Promise.all([client.reset(), target?.reset()]);
  }
}

/** EOF on one side becomes FIN on the other; the opposite direction goes on. */
async function pump(from, to) {
  for await (const chunk of from) await to.write(chunk);
  await to.shutdown("write");
}
