/** Stream sockets that libc makes and the adapter takes over: with what the runtime itself could not give them, or too late. */
import type { Adapter, ConnectRequest, ListenerSink, ListenRequest, NativeListener, Opened } from "./adapter.ts";
import { type Address, parseLiteral } from "./address.ts";
import { SocketError } from "./errors.ts";
import type { Kernel, OptionValue } from "./kernel.ts";
import { encode } from "./option-access.ts";
import { presets } from "./opening.ts";
import type { SocketSettings } from "./options.ts";

interface Made {
  readonly socket: SocketSettings;
}

/** As `adapter.connect()`. */
export async function connectThrough(
  kernel: Kernel,
  adapter: Adapter,
  request: ConnectRequest & Made,
  opened: Opened,
): Promise<void> {
  const { remote, local, signal, socket } = request;
  adapter.permit?.(remote);
  const from = local === undefined || remote.family === "unix" ? undefined : {
    ...(parseLiteral(local.host ?? "") ?? { family: remote.family, host: remote.family === "ipv4" ? "0.0.0.0" : "::" }),
    port: local.port,
  };
  // As every runtime does before it binds a client: a local port in TIME-WAIT can be used again.
  const reuse = from === undefined ? [] : encode(kernel, "reuseAddress", true, from.family);
  const options = [...reuse, ...presets(kernel, socket, remote.family)];
  const fd = kernel.open({ family: remote.family, options, local: from });
  await kernel.connect(fd, remote, signal);
  adoption(adapter, "connect").connection(fd, { remote }, opened);
}

/** As `adapter.listen()`. */
export async function listenThrough(
  kernel: Kernel,
  adapter: Adapter,
  request: ListenRequest & Made,
  sink: ListenerSink,
): Promise<NativeListener> {
  const { local, ipv6Only, socket } = request;
  adapter.permit?.(local);
  const own: OptionValue[] = [];
  if (local.family !== "unix") own.push(...encode(kernel, "reuseAddress", true, local.family));
  // Whatever net.ipv6.bindv6only says.
  if (local.family === "ipv6") own.push(...encode(kernel, "ipv6Only", ipv6Only, local.family));
  const fd = kernel.open({ family: local.family, options: [...own, ...presets(kernel, socket, local.family)], local });
  // The runtime knows of no path, so it removes none.
  const removeFile = kernel.socketFile(local);
  try {
    const native = await adoptListener(kernel, adapter, { ...request, fd }, sink);
    const close = native.close.bind(native);
    native.close = () => close().finally(removeFile);
    return native;
  } catch (error) {
    removeFile();
    throw error;
  }
}

async function adoptListener(
  kernel: Kernel,
  adapter: Adapter,
  { fd, ...request }: ListenRequest & { readonly fd: number },
  sink: ListenerSink,
): Promise<NativeListener> {
  let bound: Address;
  try {
    kernel.listen(fd, request.backlog);
    bound = kernel.localAddress(fd);
  } catch (error) {
    kernel.close(fd);
    throw error;
  }
  const native = await adoption(adapter, "listen").listener(fd, { ...request, local: bound }, sink);
  // Bun has changed it meanwhile.
  kernel.listen(fd, request.backlog);
  return native;
}

function adoption({ adopt }: Adapter, operation: "connect" | "listen"): NonNullable<Adapter["adopt"]> {
  if (adopt !== undefined) return adopt;
  throw new SocketError("ENOTSUP", operation, { detail: "the runtime can take over no socket that libc made" });
}
