await Bun.connect({
  hostname: "127.0.0.1",
  port: Number(process.argv[2]),
  socket: {
    data(socket, bytes) {
      console.log(JSON.stringify({ value: bytes[0] }));
      socket.end();
    },
  },
});
