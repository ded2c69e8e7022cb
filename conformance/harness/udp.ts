/** UDP sockets of the library, closed when the case is over. */
import type { DatagramSocket, UdpBindOptions } from "omnisock";

import type { Context } from "./case.js";
import { soon } from "./tcp.js";

/** On loopback, unless `options` say something else. */
export async function openUdp(t: Context, options: UdpBindOptions = { host: "127.0.0.1" }): Promise<DatagramSocket> {
  const udp = await t.within(soon, "bind", t.sockets.bind(options));
  t.defer(() => udp.close());
  return udp;
}
