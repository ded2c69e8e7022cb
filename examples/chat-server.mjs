/** A line-based chat. `chat-server.mjs [port]`; the first line of a client is its name, `/quit` leaves, `/stop` ends the server. */
import { listen } from "omnisock";
import process from "node:process";

/** Lines that a member may be behind; who does not read is put out, and nobody else waits for it. */
const patience = 1000;

const members = new Map();
const server = await listen({ host: "127.0.0.1", port: Number(process.argv[2] ?? 0) });
console.log(`listening on ${server.address.port}`);
for await (const client of server) serve(client);

async function serve(client) {
  const member = { name: "", behind: 0 };
  try {
    await client.write("Your name?\n");
    for await (const line of lines(client)) {
      if (line === "/quit") break;
      if (line === "/stop") await server.close();
      else if (member.name === "") {
        member.name = line;
        members.set(client, member);
        broadcast(`* ${line} joined\n`);
      } else broadcast(`${member.name}: ${line}\n`);
    }
  } catch (error) {
    console.error(`${member.name || "somebody"}: ${error.message}`);
  }
  members.delete(client);
  if (member.name !== "") broadcast(`* ${member.name} left\n`);
  await client.close().catch(() => {});
}

function broadcast(text) {
  for (const [client, member] of members) {
    if (++member.behind > patience) client.reset();
    else client.write(text).then(() => member.behind--, () => {});
  }
}

/** The lines of a stream. A line may come in any number of chunks. */
async function* lines(connection) {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of connection) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = parts.pop();
    yield* parts.map((line) => line.trimEnd());
  }
  if (rest !== "") yield rest;
}
