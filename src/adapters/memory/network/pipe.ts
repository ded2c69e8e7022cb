/** One direction of a stream: a bounded queue of bytes, of which the first are in the receiver's buffer and the others in the sender's. */

const receiveBuffer = 131_072;
const sendBuffer = 131_072;

/** A large write is copied in pieces of this size, so that each can be given on whole. */
const pieceSize = 65_536;

export class Pipe {
  #pieces: Uint8Array[] = [];
  #head = 0;
  #size = 0;
  #finished = false;

  /** Bytes in the receiver's buffer. */
  get arrived(): number {
    return Math.min(this.#size, receiveBuffer);
  }

  /** Whether the sender's buffer has room. */
  get hasRoom(): boolean {
    return this.#size < receiveBuffer + sendBuffer;
  }

  /** Whether FIN is in the receiver's buffer. */
  get ended(): boolean {
    return this.#finished && this.#size <= receiveBuffer;
  }

  /** Copies as much of `bytes` as there is room for; returns how much. */
  put(bytes: Uint8Array): number {
    const taken = Math.min(bytes.byteLength, receiveBuffer + sendBuffer - this.#size);
    for (let offset = 0; offset < taken; offset += pieceSize) {
      this.#pieces.push(new Uint8Array(bytes.subarray(offset, Math.min(offset + pieceSize, taken))));
    }
    this.#size += taken;
    return taken;
  }

  /** FIN after all bytes. */
  finish(): void {
    this.#finished = true;
  }

  /** At most `most` of the bytes that have arrived, or `undefined`; they are the caller's. */
  take(most: number): Uint8Array | undefined {
    const size = Math.min(most, this.arrived);
    if (size === 0) return undefined;
    this.#size -= size;
    const first = this.#pieces[this.#head] as Uint8Array;
    if (first.byteLength === size) {
      this.#drop();
      return first;
    }
    const taken = new Uint8Array(size);
    for (let filled = 0; filled < size;) {
      const piece = this.#pieces[this.#head] as Uint8Array;
      const used = piece.subarray(0, size - filled);
      taken.set(used, filled);
      filled += used.byteLength;
      if (used.byteLength === piece.byteLength) this.#drop();
      else this.#pieces[this.#head] = piece.subarray(used.byteLength);
    }
    return taken;
  }

  /** Loses what is in the sender's buffer, FIN too. */
  cut(): void {
    if (this.#size <= receiveBuffer) return;
    const arrived = this.take(receiveBuffer) as Uint8Array;
    this.clear();
    this.put(arrived);
    this.#finished = false;
  }

  /** Loses all bytes. */
  clear(): void {
    this.#pieces = [];
    this.#head = 0;
    this.#size = 0;
  }

  #drop(): void {
    this.#head++;
    if (this.#head < 1024 && this.#head < this.#pieces.length) return;
    this.#pieces = this.#pieces.slice(this.#head);
    this.#head = 0;
  }
}
