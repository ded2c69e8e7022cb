/** The client of every socket textbook: reads the greeting, answers, closes. `welcome-client.mjs port [host]` */
import { connect } from "omnisock";
import process from "node:process";

const [port, host = "127.0.0.1"] = process.argv.slice(2);
const server = await connect({ host, port: Number(port), timeout: 5000 });
const greeting = await server.read();
console.log(`server said: ${new TextDecoder().decode(greeting ?? undefined).trim()}`);
await server.write("Hello from the client\n");
await server.close();
