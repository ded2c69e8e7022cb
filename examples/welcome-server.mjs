/** The server of every socket textbook: greets, reads the answer, closes. `welcome-server.mjs [port]` serves one client. */
import { listen } from "omnisock";
import process from "node:process";

const server = await listen({ host: "127.0.0.1", port: Number(process.argv[2] ?? 0) });
console.log(`listening on ${server.address.port}`);

const client = await server.accept();
await client.write("Welcome to the server\n");
let answer = "";
for await (const chunk of client) answer += new TextDecoder().decode(chunk);
console.log(`client said: ${answer.trim()}`);
await client.close();
await server.close();
