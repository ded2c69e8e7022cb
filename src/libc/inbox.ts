/**
 * Receiving datagrams into memory that all sockets of a thread share: whatever the kernel's structures point to is kept here for
 * good, and each datagram is copied out before the next call.
 */
import { library } from "#libc";
import type { Address } from "../core/address.ts";
import { type Calls, memory } from "./calls.ts";
import { MSG_DONTWAIT, MSG_PEEK, MSG_TRUNC } from "./constants.ts";
import { readEndpoint } from "./endpoints.ts";
import { here } from "./interfaces.ts";
import { storageLength } from "./sockaddr.ts";

export type Take = (data: Uint8Array, from: Address, truncated: boolean) => void;

export interface Inbox {
  /** How many datagrams a call receives at most; when it receives fewer, there were no more. */
  readonly size: number;
  /** Gives what there is to `take`; returns how many, or the negative `errno`. */
  receive(fd: number, take: Take): number;
}

let many: Inbox | undefined;
let single: Inbox | undefined;

export function inboxFor(family: Address["family"]): Inbox {
  const { calls } = library;
  if (family !== "unix" && calls.recvmmsg !== undefined) return many ??= new ManyInbox(calls as Required<Calls>);
  return single ??= new SingleInbox(calls);
}

/** How many datagrams one recvmmsg(2) receives. */
const slots = 64;

/** More than any UDP datagram has. */
const slotSize = 0x1_0000;

/** Not a power of two, so that the beginnings of the slots do not contend for the same lines of the processor's cache. */
const stride = slotSize + 2 * 64;

/** `struct mmsghdr` on 64-bit Linux: its size, and where its members are in words of four bytes. */
const header = { size: 64, nameLength: 2, flags: 12, length: 14 } as const;

/** `struct iovec`. */
const vectorSize = 16;

/** recvmmsg(2): Linux, UDP. */
class ManyInbox implements Inbox {
  readonly size = slots;
  readonly #calls: Required<Calls>;
  readonly #data = memory(slots * stride);
  readonly #names = memory(slots * storageLength);
  readonly #vectors = memory(slots * vectorSize);
  readonly #headers = memory(slots * header.size);
  readonly #nameView = new DataView(this.#names.buffer);
  readonly #words = new Uint32Array(this.#headers.buffer);

  constructor(calls: Required<Calls>) {
    this.#calls = calls;
    const [data, names, vectors] = [this.#data, this.#names, this.#vectors].map((bytes) => library.addressOf(bytes));
    const vectorView = new DataView(this.#vectors.buffer);
    const headerView = new DataView(this.#headers.buffer);
    for (let i = 0; i < slots; i++) {
      vectorView.setBigUint64(i * vectorSize, (data as bigint) + BigInt(i * stride), true);
      vectorView.setBigUint64(i * vectorSize + 8, BigInt(slotSize), true);
      headerView.setBigUint64(i * header.size, (names as bigint) + BigInt(i * storageLength), true);
      headerView.setBigUint64(i * header.size + 16, (vectors as bigint) + BigInt(i * vectorSize), true);
      headerView.setBigUint64(i * header.size + 24, 1n, true);
      this.#words[i * (header.size / 4) + header.nameLength] = storageLength;
    }
  }

  receive(fd: number, take: Take): number {
    const count = this.#calls.recvmmsg(fd, this.#headers, slots, MSG_DONTWAIT);
    const words = this.#words;
    for (let i = 0; i < count; i++) {
      const at = i * (header.size / 4);
      const nameLength = words[at + header.nameLength] as number;
      // The kernel has written how long the name is; the next call reads how long it may be.
      words[at + header.nameLength] = storageLength;
      const from = readEndpoint(this.#nameView, i * storageLength, nameLength);
      const start = i * stride;
      const data = this.#data.slice(start, start + (words[at + header.length] as number));
      take(data, from, ((words[at + header.flags] as number) & MSG_TRUNC) !== 0);
    }
    return count;
  }
}

/** One by one: Unix datagrams, whose size only the send buffer of their sender bounds, and systems without recvmmsg(2). */
class SingleInbox implements Inbox {
  readonly size = 1;
  readonly #calls: Calls;
  readonly #name = memory(storageLength);
  readonly #nameLength = memory(4);
  readonly #nameView = new DataView(this.#name.buffer);
  readonly #lengthView = new DataView(this.#nameLength.buffer);
  #data = memory(0x10_0000);

  constructor(calls: Calls) {
    this.#calls = calls;
  }

  receive(fd: number, take: Take): number {
    if (here.os === "linux") {
      const size = this.#calls.recv(fd, this.#data, 0, MSG_PEEK | MSG_TRUNC | MSG_DONTWAIT);
      if (size < 0) return size;
      if (size > this.#data.length) this.#data = memory(size);
    }
    this.#lengthView.setUint32(0, storageLength, true);
    const { length: room } = this.#data;
    const size = this.#calls.recvfrom(fd, this.#data, room, MSG_DONTWAIT, this.#name, this.#nameLength);
    if (size < 0) return size;
    const from = readEndpoint(this.#nameView, 0, this.#lengthView.getUint32(0, true));
    take(this.#data.slice(0, size), from, false);
    return 1;
  }
}
