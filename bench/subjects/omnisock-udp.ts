/** omnisock with calls: `receive`, `send`. */
import { bind, type DatagramSocket } from "omnisock";

import { datagramTasks } from "./calls.ts";

async function open(serve: (socket: DatagramSocket) => Promise<void>): Promise<number> {
  const socket = await bind({ host: "127.0.0.1", port: 0 });
  void serve(socket);
  return socket.address.port;
}

export const tasks = datagramTasks(open);
