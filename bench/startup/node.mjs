import net from "node:net";

const [port] = globalThis.Deno?.args ?? process.argv.slice(2);
const socket = net.connect({ host: "127.0.0.1", port: Number(port), noDelay: true });
socket.once("data", (bytes) => {
  console.log(JSON.stringify({ value: bytes[0] }));
  socket.end();
});
