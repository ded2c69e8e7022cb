/** A UDP socket of Bun's `node:dgram`, rid of what Bun's IP_RECVERR adds to it. */
import type { BindRequest, DatagramSink, Membership, NativeDatagram, SettableOption } from "../../core/adapter.ts";
import type { IpAddress } from "../../core/address.ts";
import type { Descriptor } from "../../core/kernel.ts";
import type { SocketOptionValues } from "../../core/socket-options.ts";
import { bindDatagram as bindNodeDatagram } from "../node/datagram.ts";
import { Unsupported } from "../node/unsupported.ts";

/** How often an error that is left from another datagram may stand in the way of one. */
const attempts = 4;

export async function bindDatagram(request: BindRequest, sink: DatagramSink): Promise<NativeDatagram> {
  const reports = new Reports();
  const native = await bindNodeDatagram(
    request,
    {
      message: (data, from, truncated) => sink.message(data, from, truncated),
      fail: (error) => reports.knows(error) || sink.fail(error),
    },
    // What gathering saves on Node costs a third of a datagram here. The engine makes the ArrayBuffer of a short array when it
    // is first asked for, which costs more than a copy.
    { gather: false, plain: (message) => new Uint8Array(message) },
  );
  return new BunDatagram(native, reports);
}

/**
 * Bun sets IP_RECVERR on every UDP socket (1.3.12 and later, oven-sh/bun pull request 35922). So the kernel tells an ICMP
 * error twice: it fails the next send, whose datagram is then not sent, and it puts it into the socket's error queue,
 * which Bun reports as an event; an event of its own also follows a datagram that was too long.
 */
class Reports {
  #refused = 0;

  /** Notes an error that a send of a connected socket has told. */
  add(error: unknown): void {
    if (codeOf(error) === "ECONNREFUSED") this.#refused++;
  }

  forget(): void {
    this.#refused = 0;
  }

  /** Whether a send has told the error of an event. */
  knows(error: unknown): boolean {
    const code = codeOf(error);
    if (code === "EMSGSIZE") return true;
    if (code !== "ECONNREFUSED" || this.#refused === 0) return false;
    this.#refused--;
    return true;
  }
}

function codeOf(error: unknown): unknown {
  return (error as { code?: unknown } | null | undefined)?.code;
}

class BunDatagram implements NativeDatagram {
  readonly #native: NativeDatagram;
  readonly #reports: Reports;

  constructor(native: NativeDatagram, reports: Reports) {
    this.#native = native;
    this.#reports = reports;
  }

  get local(): IpAddress {
    return this.#native.local;
  }

  /** Of an unconnected socket a datagram is not lost to another peer's error: one of its own comes at every attempt. */
  send(data: Uint8Array, to: IpAddress | undefined, attempt = 1): void | Promise<void> {
    return this.#native.send(data, to)?.catch((error: unknown) => {
      if (to === undefined) this.#reports.add(error);
      if (to === undefined || attempt === attempts) throw error;
      return this.send(data, to, attempt + 1);
    });
  }

  connect(remote: IpAddress): Promise<void> {
    this.#reports.forget();
    return this.#native.connect(remote);
  }

  disconnect(): void {
    this.#reports.forget();
    this.#native.disconnect();
  }

  setMembership(change: "join" | "leave", membership: Membership): void {
    this.#native.setMembership(change, membership);
  }

  setOption<Name extends SettableOption>(name: Name, value: SocketOptionValues[Name]): void {
    // Bun takes 0 for an error without asking the kernel, which keeps such datagrams on this host.
    if (name === "multicastTtl" && value === 0) throw new Unsupported("Bun refuses a multicastTtl of 0");
    this.#native.setOption(name, value);
  }

  descriptor(): Descriptor | undefined {
    return this.#native.descriptor?.();
  }

  close(): Promise<void> {
    return this.#native.close();
  }

  ref(): void {
    this.#native.ref();
  }

  unref(): void {
    this.#native.unref();
  }
}
