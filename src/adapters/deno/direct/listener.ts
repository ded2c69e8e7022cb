/** Passive open through `Deno.listen`, which takes a connection only when asked to. */
import { lstatSync, unlinkSync } from "node:fs";
import { setTimeout } from "node:timers";
import type { ListenerSink, ListenRequest, NativeListener } from "../../../core/adapter.ts";
import { type Address, hostText } from "../../../core/address.ts";
import { codeOf, endpointOf, Fault, native, type NativeAcceptor, type NativeConn } from "../native.ts";
import { absolute, requirePermission } from "../permissions.ts";
import { DirectStream } from "./stream.ts";

/** Milliseconds before a listener accepts again after a failure, which is most often that there is no descriptor left. */
const retryDelay = 100;

export async function listenDirect({ local, backlog }: ListenRequest, sink: ListenerSink): Promise<NativeListener> {
  if (native === undefined) throw new Fault("ENOTSUP");
  requirePermission(local);
  const acceptor = local.family === "unix"
    ? native.listen({ transport: "unix", path: local.path })
    : native.listen({ hostname: hostText(local), port: local.port, tcpBacklog: backlog });
  return new DirectListener(acceptor, local, sink);
}

class DirectListener implements NativeListener {
  readonly local: Address;
  readonly #acceptor: NativeAcceptor;
  readonly #sink: ListenerSink;
  readonly #file: File | undefined;
  #paused = false;
  #accepting = false;
  #closing = false;
  /** Settles when the accept under way is over. */
  #accepted: Promise<unknown> = Promise.resolve();

  constructor(acceptor: NativeAcceptor, requested: Address, sink: ListenerSink) {
    this.#acceptor = acceptor;
    this.#sink = sink;
    if (requested.family === "unix") {
      this.local = requested;
      this.#file = fileAt(absolute(requested.path));
    } else {
      this.local = endpointOf(acceptor.addr, requested.scopeId);
    }
    this.resume();
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    if (this.#accepting || this.#closing) return;
    this.#accepting = true;
    void this.#accept();
  }

  /** The descriptor is released when the accept under way has come to its end. */
  async close(): Promise<void> {
    this.#closing = true;
    this.#acceptor.close();
    await this.#accepted;
    // Deno before 2.6 leaves the socket's file behind.
    if (this.#file !== undefined && sameFile(this.#file, fileAt(this.#file.path))) unlinkSync(this.#file.path);
  }

  ref(): void {
    this.#acceptor.ref();
  }

  unref(): void {
    this.#acceptor.unref();
  }

  async #accept(): Promise<void> {
    while (!this.#paused && !this.#closing) {
      const accepting = this.#acceptor.accept();
      this.#accepted = accepting.catch(() => {});
      let conn: NativeConn;
      try {
        conn = await accepting;
      } catch (error) {
        if (this.#closing) return;
        if (codeOf(error) === "ENOTCONN") {
          conn = lost;
        } else {
          this.#sink.fail(error);
          await new Promise<void>((resolve) => setTimeout(resolve, retryDelay).unref());
          continue;
        }
      }
      this.#open(conn);
    }
    this.#accepting = false;
  }

  #open(conn: NativeConn): void {
    const { local } = this;
    const ends = local.family === "unix"
      ? { local, remote: { family: "unix", path: "" } as const }
      : { local: endpointOf(conn.localAddr, local.scopeId), remote: endpointOf(conn.remoteAddr, local.scopeId) };
    const stream = new DirectStream(conn, ends);
    stream.attach(this.#sink.opened(stream));
  }
}

/**
 * A connection that was reset while it waited, of which Deno says only that it has no peer any more
 * (2.4 to 2.9; case tcp.accept/aborted-before-accept).
 */
const lost: NativeConn = {
  localAddr: {},
  remoteAddr: {},
  read: async () => fail(),
  write: async () => fail(),
  closeWrite: async () => fail(),
  close: () => {},
  ref: () => {},
  unref: () => {},
};

function fail(): never {
  throw new Fault("ECONNRESET");
}

interface File {
  readonly path: string;
  readonly dev: number;
  readonly ino: number;
  readonly birthtimeMs: number;
}

/** The file at `path`; an abstract name has none. */
function fileAt(path: string): File | undefined {
  try {
    const { dev, ino, birthtimeMs } = lstatSync(path);
    return { path, dev, ino, birthtimeMs };
  } catch {
    return undefined;
  }
}

function sameFile(a: File, b: File | undefined): boolean {
  return b !== undefined && a.dev === b.dev && a.ino === b.ino && a.birthtimeMs === b.birthtimeMs;
}
