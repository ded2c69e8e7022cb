// A driver with which the conformance suite tests a library: here TCP of node:net, which runs on Node, Deno and Bun.
// node_modules/.bin/zx scripts/conformance.mjs --subject ./examples/conformance-driver.mjs --runtime node,deno,bun
import { once } from "node:events";
import net from "node:net";

export default {
  // The options that the calls understand. A case that needs another one is `unsupported`.
  accepts: { connect: ["host", "port", "noDelay"], listen: ["host", "port", "backlog"] },
  gaps: { "tcp.boundedAccept": "net.Server accepts whatever comes" },

  async connect(options) {
    const socket = net.connect({ ...options, allowHalfOpen: true });
    const connection = stream(socket);
    await once(socket, "connect");
    return connection;
  },

  async listen(options) {
    const queue = [];
    const server = net.createServer({ allowHalfOpen: true }, (socket) => {
      queue.push(stream(socket));
      server.emit("queued");
    });
    server.listen({ port: 0, ...options });
    await once(server, "listening");
    return {
      address: address(server.address().address, server.address().family, server.address().port),
      async accept() {
        while (queue.length === 0) await once(server, "queued");
        return queue.shift();
      },
      close: async () => void server.close(),
    };
  },
};

function stream(socket) {
  socket.on("error", () => {});
  const chunks = socket.iterator({ destroyOnReturn: false });
  return {
    get localAddress() {
      return address(socket.localAddress, socket.localFamily, socket.localPort);
    },
    get remoteAddress() {
      return address(socket.remoteAddress, socket.remoteFamily, socket.remotePort);
    },
    async read() {
      const { done, value } = await chunks.next();
      return done ? null : value;
    },
    write: (data) => new Promise((resolve, reject) => socket.write(data, (error) => error ? reject(error) : resolve())),
    async shutdown(how) {
      if (how !== "write") {
        throw Object.assign(new Error("net.Socket has no shutdown for reading"), { code: "ENOTSUP" });
      }
      await new Promise((resolve) => socket.end(resolve));
    },
    close: async () => void socket.destroySoon(),
    reset: async () => void socket.resetAndDestroy(),
  };
}

function address(host, family, port) {
  return { family: family === "IPv6" ? "ipv6" : "ipv4", host, port };
}
