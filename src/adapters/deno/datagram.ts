/** A UDP socket of Deno's `node:dgram`: the Node adapter's, with what Deno makes of it put right. */
import type { BindRequest, DatagramSink, Membership, NativeDatagram, SettableOption } from "../../core/adapter.ts";
import type { IpAddress } from "../../core/address.ts";
import type { Descriptor } from "../../core/kernel.ts";
import type { SocketOptionValues } from "../../core/socket-options.ts";
import { bindOnce, type NodeDatagram, view } from "../node/datagram.ts";
import { interfaceName } from "./interfaces.ts";
import { codeOf, Fault } from "./native.ts";
import { requirePermission } from "./permissions.ts";
import { whyUnsendable } from "./unsendable.ts";

export async function bindDeno(request: BindRequest, sink: DatagramSink): Promise<NativeDatagram> {
  const { local } = request;
  requirePermission(local);
  const inner = await bindOnce(
    request,
    {
      message: (data, from, truncated) => sink.message(data, withZone(from, local.scopeId), truncated),
      fail: (error) => sink.fail(error),
    },
    {
      // A receive that has begun cannot be unref()-ed (Deno 2.9): so none ever holds the process, which core does.
      prepare: (socket) => socket.unref(),
      // Deno receives one in a turn.
      gather: false,
      plain: compact,
    },
  );
  return new DenoDatagram(inner, request);
}

class DenoDatagram implements NativeDatagram {
  readonly #inner: NodeDatagram;
  readonly #request: BindRequest;
  readonly #joined = new Set<string>();
  /** Deno's `connect()` only remembers the address, and cannot be repeated; so it is remembered here. */
  #remote: IpAddress | undefined;
  /** The last of the sends under way. */
  #last: Promise<void> | undefined;

  constructor(inner: NodeDatagram, request: BindRequest) {
    this.#inner = inner;
    this.#request = request;
  }

  get local(): IpAddress {
    return withZone(this.#inner.local, this.#request.local.scopeId);
  }

  /** One after the other: of sends under way together Deno does the last one first (2.9; case udp.send/order). */
  send(data: Uint8Array, to: IpAddress | undefined): Promise<void> {
    const remote = to ?? this.#remote;
    const begin = (): Promise<void> => this.#inner.send(data, remote);
    const sending = this.#last === undefined ? begin() : this.#last.then(begin, begin);
    const over = (): void => {
      if (this.#last === sending) this.#last = undefined;
    };
    this.#last = sending;
    return sending.then(over, (error: unknown) => {
      over();
      return this.#explain(error, remote);
    });
  }

  async connect(remote: IpAddress): Promise<void> {
    requirePermission(remote);
    this.#remote = remote;
  }

  disconnect(): void {
    this.#remote = undefined;
  }

  /** Deno calls whatever the kernel has against it EINVAL. */
  setMembership(change: "join" | "leave", membership: Membership): void {
    const { group, interface: through, source } = membership;
    const ipv6 = this.#request.local.family === "ipv6";
    if (ipv6 && source !== undefined) {
      throw new Fault("ENOTSUP", { detail: "Deno's node:dgram has source-specific multicast for IPv4 only" });
    }
    const chosen = ipv6 && through !== undefined ? interfaceName(through) : through;
    const key = [group, chosen, source].join();
    try {
      this.#inner.setMembership(change, { group, interface: chosen, source });
    } catch (error) {
      if (codeOf(error) !== "EINVAL") throw error;
      if (change === "leave") throw new Fault("EADDRNOTAVAIL", { cause: error });
      throw new Fault(this.#joined.has(key) ? "EADDRINUSE" : "ENODEV", { cause: error });
    }
    if (change === "join") this.#joined.add(key);
    else this.#joined.delete(key);
  }

  setOption<Name extends SettableOption>(name: Name, value: SocketOptionValues[Name]): void {
    const ipv6 = this.#request.local.family === "ipv6";
    if (ipv6 && (name === "ttl" || name === "multicastTtl")) {
      throw new Fault("ENOTSUP", { detail: `Deno's node:dgram has no ${name} for IPv6` });
    }
    if (name === "multicastTtl" && value === 0) {
      throw new Fault("ENOTSUP", { detail: "Deno's node:dgram refuses multicastTtl 0" });
    }
    if (ipv6 && name === "multicastInterface") {
      const zone = (value as string).split("%")[1];
      if (zone !== undefined) return this.#inner.setOption("multicastInterface", `::%${interfaceName(zone)}`);
    }
    try {
      this.#inner.setOption(name, value);
    } catch (error) {
      throw name === "multicastInterface" && codeOf(error) === "EINVAL"
        ? new Fault("EADDRNOTAVAIL", { cause: error })
        : error;
    }
  }

  descriptor(): Descriptor | undefined {
    return this.#inner.descriptor();
  }

  close(): Promise<void> {
    return this.#inner.close();
  }

  ref(): void {}

  unref(): void {}

  async #explain(error: unknown, remote: IpAddress | undefined): Promise<never> {
    if (remote === undefined || codeOf(error) !== "UNKNOWN") throw error;
    requirePermission(remote);
    throw new Fault(await whyUnsendable(this.#request, remote), { cause: error });
  }
}

/** Deno receives every datagram into 64 KiB of its own; what waits in core's queue must not hold that. */
function compact(message: Buffer): Uint8Array {
  return message.byteLength * 2 < message.buffer.byteLength ? new Uint8Array(message) : view(message);
}

/** Deno drops zones; on a socket bound to a link-local address there is only one. */
function withZone(address: IpAddress, scopeId: string | undefined): IpAddress {
  return scopeId === undefined || address.family === "ipv4" ? address : { ...address, scopeId };
}
