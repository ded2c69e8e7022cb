const connection = await Deno.connect({ hostname: "127.0.0.1", port: Number(Deno.args[0]) });
connection.setNoDelay(true);
const buffer = new Uint8Array(65_536);
await connection.read(buffer);
console.log(JSON.stringify({ value: buffer[0] }));
connection.close();
