/** Linux. */
import process from "node:process";
import { type Calls, memory } from "../calls.ts";
import { O_CLOEXEC } from "../constants.ts";
import { LibcError } from "../error.ts";
import { batch, type Interest, type Ready, type Selector } from "./selector.ts";

const EPOLL_CTL_ADD = 1;
const EPOLL_CTL_DEL = 2;
const EPOLL_CTL_MOD = 3;

const EPOLLIN = 0x1;
const EPOLLOUT = 0x4;
const EPOLLERR = 0x8;
const EPOLLHUP = 0x10;

/** `struct epoll_event` is packed on x86-64 alone. */
const idOffset = process.arch === "x64" ? 4 : 8;
const eventSize = idOffset + 8;

export class Epoll implements Selector {
  readonly fd: number;
  readonly #calls: Required<Pick<Calls, "epoll_ctl" | "epoll_wait">> & Calls;
  readonly #event = new DataView(memory(eventSize).buffer);
  readonly #events = new DataView(memory(batch * eventSize).buffer);
  readonly #eventBytes = new Uint8Array(this.#event.buffer);
  readonly #eventsBytes = new Uint8Array(this.#events.buffer);

  constructor(calls: Calls) {
    this.#calls = calls as Required<Calls>;
    this.fd = (calls as Required<Calls>).epoll_create1(O_CLOEXEC);
    if (this.fd < 0) throw new LibcError(-this.fd, "epoll_create1");
  }

  change(fd: number, { id, from, to }: { readonly id: number; readonly from: Interest; readonly to: Interest }): void {
    const before = mask(from);
    const after = mask(to);
    if (before === after) return;
    const operation = before === 0 ? EPOLL_CTL_ADD : after === 0 ? EPOLL_CTL_DEL : EPOLL_CTL_MOD;
    this.#event.setUint32(0, after, true);
    this.#event.setUint32(idOffset, id, true);
    const result = this.#calls.epoll_ctl(this.fd, operation, fd, this.#eventBytes);
    if (result < 0) throw new LibcError(-result, "epoll_ctl");
  }

  ready(): readonly Ready[] {
    const count = this.#calls.epoll_wait(this.fd, this.#eventsBytes, batch, 0);
    const ready: Ready[] = [];
    for (let i = 0; i < count; i++) {
      const at = i * eventSize;
      const events = this.#events.getUint32(at, true);
      const failed = (events & (EPOLLERR | EPOLLHUP)) !== 0;
      ready.push({
        id: this.#events.getUint32(at + idOffset, true),
        read: failed || (events & EPOLLIN) !== 0,
        write: failed || (events & EPOLLOUT) !== 0,
        failed,
      });
    }
    return ready;
  }

  close(): void {
    this.#calls.close(this.fd);
  }
}

function mask({ read, write }: Interest): number {
  return (read ? EPOLLIN : 0) | (write ? EPOLLOUT : 0);
}
