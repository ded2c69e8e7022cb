/** Opening a datagram socket: from checked options to a bound socket, or to nothing that stays open. */
import type { Adapter, DatagramSink, NativeDatagram } from "./adapter.ts";
import { type Address, formatAddress, type Literal } from "./address.ts";
import type { Feature } from "./capabilities.ts";
import { arrive, configure, DatagramSocket, suffer } from "./datagram.ts";
import { Deadline } from "./deadline.ts";
import { SocketError, wrap } from "./errors.ts";
import { type Kernel, kernelOf } from "./kernel.ts";
import { encode } from "./option-access.ts";
import { type Opening, planOpening, presets } from "./opening.ts";
import { type BindOptions, type BindSettings, checkBind } from "./options.ts";
import { resolve } from "./resolve.ts";

export async function openDatagram(adapter: Adapter, options: BindOptions): Promise<DatagramSocket<Address>> {
  const settings = checkBind(options, adapter.maxPathLength);
  const plan = planBind(adapter, settings);
  const { signal } = options;
  const deadline = Deadline.start("bind", options);
  let socket: DatagramSocket<Address> | undefined;
  let family: Address["family"] = "unix";
  const sink: DatagramSink<Address> = {
    message: (data, from, truncated) => socket === undefined || arrive(socket, { data, from, truncated }),
    fail: (error) => socket === undefined || suffer(socket, error),
  };
  const open = async (): Promise<NativeDatagram<Address>> => {
    const local = await localAddress(adapter, settings);
    family = local.family;
    try {
      return await bindOne(adapter, { local, settings, plan }, sink);
    } catch (error) {
      throw wrap(error, "bind", { address: formatAddress(local), translate: (native) => adapter.translate(native) });
    }
  };
  const opening = open();
  try {
    const native = await (deadline === undefined ? opening : deadline.race(opening));
    const { receiveQueueSize } = settings;
    socket = new DatagramSocket(native, adapter, { family, receiveQueueSize, made: plan.maker !== undefined });
    const opened = socket;
    try {
      configure(opened, plan.settings);
    } catch (error) {
      await opened.close();
      throw error;
    }
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

function planBind(adapter: Adapter, { target, socket }: BindSettings): Opening {
  const unix = "path" in target;
  // The socket is libc's own, whatever the runtime makes of such names.
  const noAbstract = kernelOf(adapter)?.gaps["unix.abstract"];
  if (unix && target.path.startsWith("\0") && noAbstract !== undefined) {
    throw new SocketError("ENOTSUP", "bind", { detail: noAbstract });
  }
  const needs: readonly Feature[] = unix ? ["unix.datagram"] : [];
  return planOpening(adapter, { operation: "bind", transport: unix ? "unix" : "udp", socket, needs });
}

async function localAddress(adapter: Adapter, { target }: BindSettings): Promise<Address> {
  if ("path" in target) return { family: "unix", path: target.path };
  const [literal] = await resolve(adapter, target.host, target.family);
  return { ...(literal as Literal), port: target.port };
}

interface BindTask {
  readonly local: Address;
  readonly settings: BindSettings;
  readonly plan: Opening;
}

function bindOne(
  adapter: Adapter,
  { local, settings, plan }: BindTask,
  sink: DatagramSink<Address>,
): Promise<NativeDatagram<Address>> {
  const { socket } = settings;
  const asked = new Map(socket.given);
  const [ipv6Only, reuseAddress, reusePort] = (["ipv6Only", "reuseAddress", "reusePort"] as const).map(
    (option) => asked.get(option) === true,
  ) as [boolean, boolean, boolean];
  if (plan.maker !== undefined) return bindThrough(plan.maker, adapter, { local, settings, plan }, sink);
  if (local.family === "unix") throw new TypeError("a Unix socket is made by libc");
  return adapter.bind({ local, ipv6Only, reuseAddress, reusePort }, sink);
}

function bindThrough(
  kernel: Kernel,
  adapter: Adapter,
  { local, settings: { socket } }: BindTask,
  sink: DatagramSink<Address>,
): Promise<NativeDatagram<Address>> {
  adapter.permit?.(local);
  // Whatever net.ipv6.bindv6only says.
  const own = local.family === "ipv6" ? encode(kernel, "ipv6Only", false, local.family) : [];
  return kernel.bindDatagram({ local, options: [...own, ...presets(kernel, socket, local.family)] }, sink);
}
