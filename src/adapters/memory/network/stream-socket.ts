/** One end of a stream connection, with the system calls that do not block. */
import type { Address } from "../../../core/address.ts";
import type { SocketErrorCode } from "../../../core/errors.ts";
import { NetworkFailure } from "./failure.ts";
import { Pipe } from "./pipe.ts";
import { Wake } from "./wake.ts";

/**
 * Follows tcp(7) and unix(7) of Linux, loopback: no time passes between the ends. A TCP socket that is closed with bytes
 * unread, or gets bytes afterwards, answers with RST; a Unix socket's peer has ECONNRESET to read in the first case and
 * EPIPE to write in both. Bytes in the receiver's buffer outlive a reset, those in the sender's do not.
 */
export class StreamSocket {
  readonly local: Address;
  readonly remote: Address;
  /** Raised when `send`, `receive` or `failure` may have a new answer. */
  readonly wake: Wake = new Wake();
  #peer!: StreamSocket;
  #incoming!: Pipe;
  readonly #outgoing = new Pipe();
  /** Gives the port free, once the connection is over. */
  #release: (() => void) | undefined;
  #failure: NetworkFailure | undefined;
  #finished = false;
  #readShut = false;
  #closed = false;

  /** The two ends of a new connection. `release` is called when nothing of it is left. */
  static pair(
    local: Address,
    remote: Address,
    release: () => void,
  ): { readonly active: StreamSocket; readonly passive: StreamSocket } {
    const active = new StreamSocket(local, remote, release);
    const passive = new StreamSocket(remote, local, undefined);
    active.#peer = passive;
    passive.#peer = active;
    active.#incoming = passive.#outgoing;
    passive.#incoming = active.#outgoing;
    return { active, passive };
  }

  private constructor(local: Address, remote: Address, release: (() => void) | undefined) {
    this.local = local;
    this.remote = remote;
    this.#release = release;
  }

  /** What broke the connection. */
  get failure(): NetworkFailure | undefined {
    return this.#failure;
  }

  /** Bytes that `receive` can give at once. */
  get readable(): number {
    return this.#incoming.arrived;
  }

  /** Takes as many bytes as there is room for, as a copy; 0 if it would block. Throws `EPIPE`, `ECONNRESET`. */
  send(bytes: Uint8Array): number {
    this.#assertOpen("send");
    if (this.#isRefusedByPeer) throw new NetworkFailure("EPIPE", "send");
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#finished) throw new NetworkFailure("EPIPE", "send");
    const taken = this.#outgoing.put(bytes);
    if (taken > 0) this.#peer.#onArrival();
    return taken;
  }

  /** Bytes that have arrived, at most `most`; `null` at the end, `undefined` if it would block. Throws `ECONNRESET` after all bytes. */
  receive(most: number): Uint8Array | null | undefined {
    this.#assertOpen("receive");
    const { hasRoom } = this.#incoming;
    const bytes = this.#incoming.take(most);
    if (bytes !== undefined) {
      if (!hasRoom) this.#peer.wake.raise();
      if (this.#incoming.ended) this.#peer.#releaseIfOver();
      return bytes;
    }
    if (this.#incoming.ended) return null;
    if (this.#failure !== undefined) throw this.#failure;
    return this.#readShut ? null : undefined;
  }

  /** SHUT_RD: reading ends when nothing more has arrived. */
  shutdownRead(): void {
    this.#assertOpen("shutdown");
    this.#readShut = true;
    this.wake.raise();
  }

  /** SHUT_WR: FIN, after what was sent. */
  shutdownWrite(): void {
    this.#assertOpen("shutdown");
    if (this.#failure !== undefined) throw this.#failure;
    this.#finish();
  }

  /** close(2): what was sent still goes to the peer, then FIN; RST if bytes are unread. */
  close(): void {
    this.#assertOpen("close");
    this.#closed = true;
    this.wake.set(undefined);
    if (this.#failure === undefined) {
      if (this.#incoming.arrived === 0) this.#finish();
      else this.#reset();
    }
    this.#releaseIfOver();
  }

  /** SO_LINGER of 0 seconds and close(2): RST. Unix sockets have none and close. */
  reset(): void {
    if (!this.#isUnix) this.abort();
    this.close();
  }

  /** Breaks the connection: RST to the peer, ECONNRESET here too. The socket stays open. */
  abort(): void {
    this.#assertOpen("abort");
    if (this.#failure === undefined) this.#reset();
  }

  get #isUnix(): boolean {
    return this.local.family === "unix";
  }

  /** A Unix socket knows at once that its peer does not read. */
  get #isRefusedByPeer(): boolean {
    return this.#isUnix && (this.#peer.#closed || this.#peer.#readShut);
  }

  #finish(): void {
    this.#finished = true;
    this.#outgoing.finish();
    this.#peer.#onArrival();
    this.#releaseIfOver();
    this.#peer.#releaseIfOver();
  }

  #onArrival(): void {
    if (this.#closed && this.#failure === undefined && this.#incoming.arrived > 0) this.#reset();
    this.wake.raise();
  }

  /** Sends RST, or what a Unix socket has instead. */
  #reset(): void {
    const peer = this.#peer;
    this.#fail("ECONNRESET");
    this.#incoming.clear();
    if (!this.#isUnix) this.#outgoing.cut();
    // In CLOSE_WAIT, where reading has ended in order, the reset says that writing is in vain.
    peer.#fail(!this.#isUnix && this.#outgoing.ended ? "EPIPE" : "ECONNRESET");
  }

  #fail(code: SocketErrorCode): void {
    this.#failure ??= new NetworkFailure(code, "connection");
    this.#releaseIfOver();
    this.wake.raise();
  }

  /** The port is taken until it is closed and both FINs have arrived, or the connection is broken. There is no TIME_WAIT. */
  #releaseIfOver(): void {
    if (!this.#closed || this.#release === undefined) return;
    if (this.#failure === undefined && !(this.#outgoing.ended && this.#incoming.ended)) return;
    this.#release();
    this.#release = undefined;
  }

  #assertOpen(what: string): void {
    if (this.#closed) throw new NetworkFailure("EBADF", what);
  }
}
