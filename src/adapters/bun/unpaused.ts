/**
 * Streams of Bun before 1.4.1, whose sockets are never paused, and which tells less about how a connection ends.
 *
 * What Bun 1.3 does, and what is made of it here, so that a reset is never taken for EOF and no byte is lost:
 * - `end` comes for EOF, for a reset just before its `close`, and for ever once a write has swallowed the reset's error. So
 *   it counts as EOF when some polls have passed and nothing else came. One more comes after every write that was cut short.
 * - `write()` gives 0 where the kernel is full and where the connection is broken. If it does so at two polls that had found
 *   the socket writable, it is broken.
 * - After our FIN, what comes with bytes in the same poll is `close`, be it EOF or a reset, and beyond 512 KiB of bytes the
 *   rest is lost. So from then on the kernel itself is asked, where Bun tells the descriptor: not in 1.3.2 and before.
 * - A Unix socket is closed as soon as the peer's FIN is read: there is no half-close (case unix.stream/half-close).
 */
import { readSync } from "node:fs";
import { Socket } from "node:net";
import type { ConnectRequest, ListenerSink, ListenRequest, NativeListener, Opened } from "../../core/adapter.ts";
import { type Address, hostText } from "../../core/address.ts";
import { listenStream, type Serve } from "./listener.ts";
import { bunListen, type NativeSocket, type SocketHandlers } from "./native.ts";
import { endsTo } from "../node/endpoint.ts";
import { polled } from "../node/poll.ts";
import { Unsupported } from "../node/unsupported.ts";
import { Broken, BunStream } from "./stream.ts";
import { listenOnPath, refusal } from "./unix-path.ts";
import { isBefore14 } from "./version.ts";

/** Polls that confirm EOF: of a broken connection two find it writable, and the write before may have come between them. */
const confirmingTurns = 3;

class UnpausedSocket implements NativeSocket<BunStream> {
  static readonly handlers: SocketHandlers<UnpausedSocket> = {
    binaryType: "uint8array",
    data: ({ data: socket }, bytes) => socket.#onData(bytes),
    drain: ({ data: socket }) => socket.#onDrain(),
    end: ({ data: socket }) => socket.#onEnd(),
    close: ({ data: socket }, error) => socket.#onClose(error),
    error: ({ data: socket }, error) => BunStream.handlers.error(socket, error),
  };

  data!: BunStream;
  readonly #native: NativeSocket<UnpausedSocket>;
  readonly #closesAtEnd: boolean;
  #finSent = false;
  /** Bun's `end` came; whether it was EOF is being confirmed, or is told. */
  #ending = false;
  /** A write was cut short after the last `end`. */
  #cutShort = false;
  #draining = false;
  /** Writes in a row that took nothing although the poll had found the socket writable. */
  #refusals = 0;
  /** The stream knows how reading ended. */
  #over = false;
  #closed = false;

  constructor(native: NativeSocket<UnpausedSocket>, family: Address["family"]) {
    this.#native = native;
    this.#closesAtEnd = family === "unix";
    native.data = this;
  }

  get fd(): number | undefined {
    return this.#native.fd;
  }

  get localAddress(): string | undefined {
    return this.#native.localAddress;
  }

  get localPort(): number | undefined {
    return this.#native.localPort;
  }

  get remoteAddress(): string | undefined {
    return this.#native.remoteAddress;
  }

  get remotePort(): number | undefined {
    return this.#native.remotePort;
  }

  pause(): void {}

  resume(): void {}

  write(bytes: Uint8Array, offset: number, length: number): number {
    const taken = this.#native.write(bytes, offset, length);
    if (taken < length) this.#cutShort = true;
    if (taken !== 0 || length === 0) this.#refusals = 0;
    else if (this.#draining && ++this.#refusals === 2) return -1;
    return taken;
  }

  shutdown(): void {
    this.#askKernel();
    if (this.#closed) return;
    this.#finSent = true;
    this.#native.shutdown();
  }

  close(): void {
    this.#native.close();
  }

  terminate(): void {
    this.#native.terminate();
  }

  setNoDelay(noDelay: boolean): boolean {
    return this.#native.setNoDelay(noDelay);
  }

  setKeepAlive(enable: boolean, idle: number): boolean {
    return this.#native.setKeepAlive(enable, isBefore14 ? idle / 1000 : idle);
  }

  setTypeOfService(value: number): number | undefined {
    return this.#native.setTypeOfService?.(value);
  }

  ref(): void {
    this.#native.ref();
  }

  unref(): void {
    this.#native.unref();
  }

  #onData(bytes: Uint8Array): void {
    BunStream.handlers.data(this, bytes);
    if (this.#finSent) this.#askKernel();
  }

  #onDrain(): void {
    this.#draining = true;
    BunStream.handlers.drain(this);
    this.#draining = false;
  }

  #onEnd(): void {
    if (this.#ending && !this.#cutShort) return this.#break(new Broken("ECONNRESET", "Bun told the end twice"));
    this.#cutShort = false;
    if (this.#ending) return;
    this.#ending = true;
    void this.#confirmEnd();
  }

  async #confirmEnd(): Promise<void> {
    for (let turn = 0; turn < confirmingTurns && !this.#over; turn++) await new Promise<void>(polled);
    if (this.#refusals > 1) this.#break(new Broken("ECONNRESET", "Bun's write() took nothing of a writable socket"));
    else this.#finish();
  }

  #onClose(error: Error | undefined): void {
    if (error === undefined && (this.#finSent || (this.#closesAtEnd && this.#ending))) this.#finish();
    this.#over = true;
    this.#closed = true;
    BunStream.handlers.close(this, error);
  }

  #finish(): void {
    if (this.#over) return;
    this.#over = true;
    BunStream.handlers.end(this);
  }

  /** Comes also after EOF. */
  #break(error: Error): void {
    this.#over = true;
    BunStream.handlers.error(this, error);
  }

  /** Reads what Bun would not: all that has arrived, and how it ends. */
  #askKernel(): void {
    const { fd } = this.#native;
    if (fd === undefined || fd < 0) return;
    while (!this.#over && !this.#closed) {
      const bytes = new Uint8Array(65536);
      let length: number;
      try {
        length = readSync(fd, bytes);
      } catch (error) {
        if ((error as { code?: unknown }).code !== "EAGAIN") this.#break(error as Error);
        return;
      }
      if (length === 0) return this.#finish();
      BunStream.handlers.data(this, bytes.slice(0, length));
    }
  }
}

/** As `listenStream`. */
export function listenUnpaused(request: ListenRequest, sink: ListenerSink): Promise<NativeListener> {
  const { local } = request;
  const serve: Serve = (options, open) =>
    bunListen<UnpausedSocket>({
      ...options,
      socket: { ...UnpausedSocket.handlers, open: (native) => open(new UnpausedSocket(native, local.family)) },
    });
  const listen = (): Promise<NativeListener> => listenStream(request, sink, serve);
  return local.family === "unix" ? listenOnPath(local.path, listen) : listen();
}

/**
 * As `connectStream`, but `net.Socket` is given the handlers before it connects, since there is no `reload()`. They are
 * private to it, and have this name in 1.3.0 to 1.4.0.
 */
export function connectUnpaused(request: ConnectRequest, opened: Opened): Promise<void> {
  return new Promise((resolve, reject) => {
    const { remote, local, signal } = request;
    const { host: localAddress = "", port: localPort = 0 } = local ?? {};
    const socket = new Socket({ allowHalfOpen: true });
    const name = Object.getOwnPropertySymbols(socket).find(({ description }) => description === "khandlers");
    if (name === undefined) throw new Unsupported("this version of Bun cannot connect");
    let up = false;
    const onAbort = (): void => {
      socket.destroy();
      reject(signal.reason);
    };
    const fail = (error: unknown): void => {
      signal.removeEventListener("abort", onAbort);
      reject(error);
    };
    const handlers: SocketHandlers<UnpausedSocket> = {
      ...UnpausedSocket.handlers,
      open(native) {
        signal.removeEventListener("abort", onAbort);
        up = true;
        const ends = remote.family === "unix" ? endsTo(remote) : {};
        const stream = new BunStream(new UnpausedSocket(native, remote.family), ends);
        stream.attach(opened(stream));
        resolve();
      },
      close(native, error) {
        if (up) UnpausedSocket.handlers.close(native, error);
        else fail(error);
      },
      connectError(_, error) {
        fail(remote.family === "unix" ? refusal(remote.path) : error);
      },
    };
    (socket as unknown as Record<symbol, unknown>)[name] = handlers;
    signal.addEventListener("abort", onAbort, { once: true });
    socket.on("error", fail);
    if (remote.family === "unix") socket.connect({ path: remote.path });
    else {socket.connect({
        host: hostText(remote),
        port: remote.port,
        autoSelectFamily: false,
        localAddress,
        localPort,
      });}
  });
}
