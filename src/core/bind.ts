/** Opening a datagram socket: from checked options to a bound socket, or to nothing that stays open. */
import type { Adapter, DatagramSink, NativeDatagram } from "./adapter.ts";
import { formatAddress, type IpFamily, type Literal } from "./address.ts";
import { requireFeature } from "./capabilities.ts";
import { arrive, DatagramSocket, suffer } from "./datagram.ts";
import { Deadline } from "./deadline.ts";
import { SocketError, wrap } from "./errors.ts";
import { type BindOptions, checkBind } from "./options.ts";
import { resolve } from "./resolve.ts";

export async function openDatagram(adapter: Adapter, options: BindOptions): Promise<DatagramSocket> {
  const settings = checkBind(options, adapter.maxPathLength);
  if (settings.path !== undefined) {
    const detail = adapter.gaps["unix.datagram"] ?? "omnisock has no Unix datagram sockets yet";
    throw new SocketError("ENOTSUP", "bind", { address: settings.path, detail });
  }
  if (settings.reusePort) requireFeature(adapter, "udp.reusePort", "bind");
  if (settings.ipv6Only) requireFeature(adapter, "udp.ipv6Only", "bind");
  const { signal } = options;
  const deadline = Deadline.start("bind", options);
  let socket: DatagramSocket | undefined;
  let family: IpFamily | undefined;
  const sink: DatagramSink = {
    message: (data, from, truncated) => socket === undefined || arrive(socket, { data, from, truncated }),
    fail: (error) => socket === undefined || suffer(socket, error),
  };
  const open = async (): Promise<NativeDatagram> => {
    const [literal] = await resolve(adapter, settings.host, settings.family);
    family = literal?.family;
    const local = { ...(literal as Literal), port: settings.port };
    try {
      return await adapter.bind({ ...settings, local }, sink);
    } catch (error) {
      throw wrap(error, "bind", { address: formatAddress(local), translate: (native) => adapter.translate(native) });
    }
  };
  const opening = open();
  try {
    const native = await (deadline === undefined ? opening : deadline.race(opening));
    socket = new DatagramSocket(native, adapter, family ?? native.local.family, settings.receiveQueueSize);
    try {
      for (const [name, value] of Object.entries(settings.socket)) native.setOption(name as "ttl", value as number);
    } catch (error) {
      await socket.close();
      throw wrap(error, "setOption", { translate: (native) => adapter.translate(native) });
    }
    const opened = socket;
    if (signal?.aborted) await opened.close();
    signal?.throwIfAborted();
    if (signal !== undefined) {
      const close = (): void => void opened.close();
      signal.addEventListener("abort", close, { once: true });
      void opened.closed.then(() => signal.removeEventListener("abort", close));
    }
    return opened;
  } catch (error) {
    void opening.then((native) => (socket === undefined ? native.close() : undefined), () => {});
    throw error;
  } finally {
    deadline?.end();
  }
}
