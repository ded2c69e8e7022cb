/** Sends itself 64 KiB at a time over one connection after another; a line of stdin is a round, and answered when it is over. `churn-memory.js CONNECTIONS TRIPS` */
import { args, sockets } from "../harness/program.js";
import { leaveInput, nextLine } from "../harness/stdin.js";

const { connect, listen } = sockets;
const [connections, trips] = args.map(Number) as [number, number];
const block = new Uint8Array(65_536);
const server = await listen({ host: "127.0.0.1" });

for (let line = await nextLine(); line !== undefined; line = await nextLine()) {
  for (let i = 0; i < connections; i++) await exchange();
  console.log(line);
}
leaveInput();
await server.close();

async function exchange(): Promise<void> {
  const [client, accepted] = await Promise.all([connect(server.address), server.accept()]);
  for (let i = 0; i < trips; i++) {
    const written = client.write(block);
    for (let got = 0; got < block.length;) got += (await accepted.read())?.byteLength ?? Infinity;
    await written;
  }
  await client.close();
  await accepted.read();
  await accepted.close();
}
