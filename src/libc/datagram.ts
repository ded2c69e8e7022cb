/** Datagram sockets that are libc's alone: UDP and Unix, read and written by their own calls when they are ready. */
import { library } from "#libc";
import type { DatagramSink, Membership, NativeDatagram } from "../core/adapter.ts";
import type { Address } from "../core/address.ts";
import type { DatagramRequest, Descriptor } from "../core/kernel.ts";
import { memory } from "./calls.ts";
import { MSG_DONTWAIT, MSG_ERRQUEUE } from "./constants.ts";
import { localEndpoint } from "./endpoints.ts";
import { errnos } from "./errno.ts";
import { LibcError } from "./error.ts";
import { type Inbox, inboxFor, type Take } from "./inbox.ts";
import { here } from "./interfaces.ts";
import { changeMembership } from "./membership.ts";
import { openSocket, prepareSocket } from "./open.ts";
import { Outbox } from "./outbox.ts";
import { watch, type Watcher } from "./readiness.ts";
import { encodeAddress } from "./sockaddr.ts";
import { socketFile } from "./socket-file.ts";

/** How often a port that the kernel chose may be taken by another program before it is bound again. */
const attempts = 8;

/** Datagrams of one socket that are received in one turn of the event loop. */
const batch = 256;

export async function bindDatagram(
  request: DatagramRequest,
  sink: DatagramSink<Address>,
): Promise<NativeDatagram<Address>> {
  const fd = bound(request);
  const removeFile = socketFile(request.local);
  try {
    return new LibcDatagram(fd, { family: request.local.family, removeFile }, sink);
  } catch (error) {
    removeFile();
    library.calls.close(fd);
    throw error;
  }
}

/** Linux gives up a port of its own choice at disconnect(), one that was asked for it keeps: so it is asked for. */
function bound(request: DatagramRequest): number {
  const { local } = request;
  if (local.family === "unix" || local.port !== 0 || here.os !== "linux") return boundOnce(request);
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const probe = boundOnce(request);
    const chosen = localEndpoint(probe);
    library.calls.close(probe);
    try {
      return boundOnce({ ...request, local: { ...local, port: (chosen as typeof local).port } });
    } catch (error) {
      if ((error as LibcError).code !== "EADDRINUSE") throw error;
    }
  }
  return boundOnce(request);
}

/** One bind(2); nothing stays open when it fails. */
function boundOnce({ local, options }: DatagramRequest): number {
  const fd = openSocket(local.family, "dgram");
  try {
    // bind(2) of an unnamed address chooses a name.
    prepareSocket(fd, local.family === "unix" && local.path === "" ? undefined : local, options);
    return fd;
  } catch (error) {
    library.calls.close(fd);
    throw error;
  }
}

interface Means {
  readonly family: Address["family"];
  readonly removeFile: () => void;
}

class LibcDatagram implements NativeDatagram<Address> {
  readonly #fd: number;
  readonly #sink: DatagramSink<Address>;
  readonly #inbox: Inbox;
  readonly #outbox: Outbox;
  readonly #watcher: Watcher;
  readonly #removeFile: () => void;
  readonly #take: Take;
  #local: Address;
  #connected = false;
  #closing: Promise<void> | undefined;

  constructor(fd: number, { family, removeFile }: Means, sink: DatagramSink<Address>) {
    this.#fd = fd;
    this.#removeFile = removeFile;
    this.#sink = sink;
    this.#take = (data, from, truncated) => {
      if (this.#closing === undefined) sink.message(data, from, truncated);
    };
    this.#inbox = inboxFor(family);
    this.#local = localEndpoint(fd);
    this.#outbox = new Outbox(fd, (wanted) => wanted ? this.#watcher.arm("write") : this.#watcher.disarm("write"));
    this.#watcher = watch(fd, "read", {
      read: (failed) => this.#receive(failed),
      write: () => this.#outbox.writable(),
    });
    this.#watcher.ref();
  }

  get local(): Address {
    return this.#local;
  }

  send(data: Uint8Array, to: Address | undefined): void | Promise<void> {
    return this.#outbox.send(data, to);
  }

  async connect(remote: Address): Promise<void> {
    if (this.#connected) this.disconnect();
    const address = encodeAddress(remote, here);
    const result = library.calls.connect(this.#fd, address, address.length);
    if (result < 0) throw new LibcError(-result, "connect");
    this.#connected = true;
    this.#local = localEndpoint(this.#fd);
  }

  disconnect(): void {
    const nobody = encodeAddress({ family: "unspec" }, here);
    const result = library.calls.connect(this.#fd, nobody, nobody.length);
    // macOS has done it all the same.
    if (result < 0 && result !== -errnos.EAFNOSUPPORT) throw new LibcError(-result, "connect");
    this.#connected = false;
    this.#local = localEndpoint(this.#fd);
  }

  setMembership(change: "join" | "leave", membership: Membership): void {
    changeMembership(this.#fd, change, membership);
  }

  /** Core sets options of libc's sockets through their descriptor. */
  setOption(): void {
    throw new LibcError("ENOTSUP", "setsockopt", { detail: "options of this socket are set through its descriptor" });
  }

  descriptor(): Descriptor | undefined {
    return this.#closing === undefined ? { fd: this.#fd, copy: false } : undefined;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  ref(): void {
    this.#watcher.ref();
  }

  unref(): void {
    this.#watcher.unref();
  }

  async #close(): Promise<void> {
    this.#outbox.close(new LibcError("ECANCELED", "sendto"));
    const ended = this.#watcher.end();
    // While the socket is open nothing else can have its inode.
    this.#removeFile();
    library.calls.close(this.#fd);
    await ended;
  }

  #receive(failed: boolean): void {
    let rest = batch;
    while (rest > 0) {
      const count = this.#inbox.receive(this.#fd, this.#take);
      if (count === -errnos.EAGAIN) {
        if (failed && rest === batch) this.#emptyErrorQueue();
        return;
      }
      if (count === -errnos.EINTR) return;
      if (count < 0) return this.#sink.fail(new LibcError(-count, "recvmsg"));
      if (count < this.#inbox.size || this.#closing !== undefined) return;
      rest -= count;
    }
  }

  /** With IP_RECVERR, what is known of an error waits here after it was told; as long as it does the socket is ready. */
  #emptyErrorQueue(): void {
    const { calls } = library;
    for (let count = 0; count < batch; count++) {
      if (calls.recv(this.#fd, discarded, discarded.length, MSG_ERRQUEUE | MSG_DONTWAIT) < 0) return;
    }
  }
}

const discarded = memory(1);
