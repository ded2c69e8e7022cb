/**
 * One datagram to the kernel, out of memory that all sockets of a thread share: a call that sends has taken its bytes when
 * it returns. Whatever the structures point to is kept here for good.
 */
import { library } from "#libc";
import type { Address } from "../core/address.ts";
import { memory } from "./calls.ts";
import { writeEndpoint } from "./endpoints.ts";
import { errnos } from "./errno.ts";
import { storageLength } from "./sockaddr.ts";

/** What sendmsg(2) returns when no signal interrupts it; without `to` it sends to the peer. */
export function transmit(fd: number, data: Uint8Array, to: Address | undefined): number {
  return (shared ??= new Transmission()).send(fd, data, to);
}

let shared: Transmission | undefined;

/** `struct msghdr` on 64-bit Linux, and as long or longer than on macOS: where its members are in words of four bytes. */
const header = { size: 56, name: 0, nameLength: 2, vectors: 4, count: 6 } as const;

/**
 * One call for each datagram. A batch of one turn's by sendmmsg(2) costs each a promise, since none is sent when send() returns:
 * on Node that leaves a twentieth to a tenth of the time of an echo, on Deno and Bun less than nothing, and a program that
 * awaits each send has batches of one, for a third more on Node 26.
 *
 * A foreign function's arguments cost more than the call: sendmsg(2) has half as many as sendto(2).
 */
class Transmission {
  readonly #data = memory(0x1_0000);
  readonly #name = memory(storageLength);
  /** `struct iovec`: an address, and a length of eight bytes. */
  readonly #vector = memory(16);
  readonly #header = memory(header.size);
  readonly #vectorWords = new Uint32Array(this.#vector.buffer);
  readonly #headerWords = new Uint32Array(this.#header.buffer);
  readonly #nameAddress = library.addressOf(this.#name);
  /** Whose structure is in `#name`; none while the header says that there is no name. */
  #named: Address | undefined;
  #nameLength = 0;

  constructor() {
    new DataView(this.#vector.buffer).setBigUint64(0, library.addressOf(this.#data), true);
    new DataView(this.#header.buffer).setBigUint64(4 * header.vectors, library.addressOf(this.#vector), true);
    this.#headerWords[header.count] = 1;
  }

  send(fd: number, data: Uint8Array, to: Address | undefined): number {
    const { calls } = library;
    const { length } = data;
    if (to !== this.#named) this.#write(to);
    let result: number;
    if (length <= this.#data.length) {
      this.#data.set(data);
      this.#vectorWords[2] = length;
      do result = calls.sendmsg(fd, this.#header, 0); while (result === -errnos.EINTR);
      return result;
    }
    const bytes = memory(length);
    bytes.set(data);
    do {
      result = to === undefined
        ? calls.send(fd, bytes, length, 0)
        : calls.sendto(fd, bytes, length, 0, this.#name, this.#nameLength);
    } while (result === -errnos.EINTR);
    return result;
  }

  #write(to: Address | undefined): void {
    this.#nameLength = to === undefined ? 0 : writeEndpoint(to, this.#name);
    // macOS takes a name without a length for a wrong one.
    const address = this.#nameLength === 0 ? 0n : this.#nameAddress;
    new DataView(this.#header.buffer).setBigUint64(4 * header.name, address, true);
    this.#headerWords[header.nameLength] = this.#nameLength;
    // The interface of a zone may come back with another index.
    this.#named = to !== undefined && to.family !== "unix" && to.scopeId !== undefined ? nobody : to;
  }
}

/** Equal to no address that is sent to. */
const nobody: Address = { family: "unix", path: "" };
