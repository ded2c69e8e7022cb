/** macOS. */
import { type Calls, memory } from "../calls.ts";
import { F_SETFD, FD_CLOEXEC } from "../constants.ts";
import { LibcError } from "../error.ts";
import { batch, type Interest, type Ready, type Selector } from "./selector.ts";

const EVFILT_READ = -1;
const EVFILT_WRITE = -2;

const EV_ADD = 0x1;
const EV_DELETE = 0x2;
const EV_EOF = 0x8000;

/** `struct kevent`: ident, filter, flags, fflags, data, udata. */
const eventSize = 32;
const filterOffset = 8;
const flagsOffset = 10;
const idOffset = 24;

export class Kqueue implements Selector {
  readonly fd: number;
  readonly #calls: Required<Calls>;
  readonly #change = new DataView(memory(eventSize).buffer);
  readonly #events = new DataView(memory(batch * eventSize).buffer);
  readonly #changeBytes = new Uint8Array(this.#change.buffer);
  readonly #eventsBytes = new Uint8Array(this.#events.buffer);
  /** `struct timespec` of no time. */
  readonly #atOnce = memory(16);

  constructor(calls: Calls) {
    this.#calls = calls as Required<Calls>;
    this.fd = this.#calls.kqueue();
    if (this.fd < 0) throw new LibcError(-this.fd, "kqueue");
    calls.fcntl(this.fd, F_SETFD, FD_CLOEXEC);
  }

  change(fd: number, { id, from, to }: { readonly id: number; readonly from: Interest; readonly to: Interest }): void {
    if (from.read !== to.read) this.#set(fd, { id, filter: EVFILT_READ, flags: to.read ? EV_ADD : EV_DELETE });
    if (from.write !== to.write) this.#set(fd, { id, filter: EVFILT_WRITE, flags: to.write ? EV_ADD : EV_DELETE });
  }

  #set(
    fd: number,
    { id, filter, flags }: { readonly id: number; readonly filter: number; readonly flags: number },
  ): void {
    this.#change.setBigUint64(0, BigInt(fd), true);
    this.#change.setInt16(filterOffset, filter, true);
    this.#change.setUint16(flagsOffset, flags, true);
    this.#change.setBigUint64(idOffset, BigInt(id), true);
    const result = this.#calls.kevent(this.fd, this.#changeBytes, 1, this.#eventsBytes, 0, this.#atOnce);
    if (result < 0) throw new LibcError(-result, "kevent");
  }

  ready(): readonly Ready[] {
    const count = this.#calls.kevent(this.fd, this.#changeBytes, 0, this.#eventsBytes, batch, this.#atOnce);
    const ready: Ready[] = [];
    for (let i = 0; i < count; i++) {
      const at = i * eventSize;
      const filter = this.#events.getInt16(at + filterOffset, true);
      ready.push({
        id: Number(this.#events.getBigUint64(at + idOffset, true)),
        read: filter === EVFILT_READ,
        write: filter === EVFILT_WRITE,
        failed: (this.#events.getUint16(at + flagsOffset, true) & EV_EOF) !== 0,
      });
    }
    return ready;
  }

  close(): void {
    this.#calls.close(this.fd);
  }
}
