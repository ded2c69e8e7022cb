import { connect } from "omnisock";

const [port] = globalThis.Deno?.args ?? process.argv.slice(2);
const connection = await connect({ host: "127.0.0.1", port: Number(port) });
const bytes = await connection.read();
console.log(JSON.stringify({ value: bytes[0] }));
await connection.close();
