/** Passive open through `Bun.listen`. */
import type { ListenerSink, ListenRequest, NativeListener } from "../../core/adapter.ts";
import { type Address, hostText, ipAddress } from "../../core/address.ts";
import type { Descriptor } from "../../core/kernel.ts";
import { descriptorOf } from "../node/descriptor.ts";
import { endsAt } from "../node/endpoint.ts";
import { bunListen, type ListenOptions, type NativeServer, type NativeSocket } from "./native.ts";
import { BunStream } from "./stream.ts";

/** Listens, and gives every socket that is accepted to `open`. */
export type Serve = (
  options: Omit<ListenOptions<never>, "socket">,
  open: (socket: NativeSocket<BunStream>) => void,
) => NativeServer;

export const serveNative: Serve = (options, open) =>
  bunListen<BunStream>({ ...options, socket: { ...BunStream.handlers, open } });

export async function listenStream(
  request: ListenRequest,
  sink: ListenerSink,
  serve: Serve = serveNative,
): Promise<NativeListener> {
  const { local, ipv6Only, reusePort } = request;
  let ends = endsAt(local);
  const at = local.family === "unix"
    ? { unix: local.path }
    : { hostname: hostText(local), port: local.port, ipv6Only, reusePort };
  const server = serve({ ...at, allowHalfOpen: true }, (socket) => {
    const stream = new BunStream(socket, ends);
    stream.attach(sink.opened(stream));
  });
  const { port = local.family === "unix" ? 0 : local.port } = server;
  const bound = local.family === "unix" ? local : ipAddress(hostText(local), port);
  ends = endsAt(bound);
  return new BunListener(server, bound);
}

class BunListener implements NativeListener {
  readonly local: Address;
  /**
   * Given up at close: Bun before 1.4 holds the handlers as long as there is a way to the server, and they hold the listener
   * (case leaks/collected).
   */
  #server: NativeServer | undefined;

  constructor(server: NativeServer, local: Address) {
    this.#server = server;
    this.local = local;
  }

  descriptor(): Descriptor | undefined {
    return descriptorOf(this.#server);
  }

  /** Bun releases the descriptor at the end of the turn. */
  close(): Promise<void> {
    this.#server?.stop(false);
    this.#server = undefined;
    return new Promise((resolve) => setImmediate(resolve));
  }

  ref(): void {
    this.#server?.ref();
  }

  unref(): void {
    this.#server?.unref();
  }
}
