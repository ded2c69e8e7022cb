/** Bytes through a connection: in until it is full, out until its end. */
import { createHash } from "node:crypto";
import process from "node:process";

import type { Connection, IpAddress, StreamOptions } from "omnisock";

import { readTable } from "../witness/table.js";
import type { Context, TcpRow } from "./case.js";
import { sleep } from "./context.js";
import { concat, type ThrownError } from "./expect.js";
import { pattern } from "./pattern.js";
import { acceptedEnds, clientEnds, type Ends, type Role, soon } from "./tcp.js";

export const KiB = 1024;
export const MiB = 1024 * KiB;

/** More than the kernel holds for one connection, both ends together. */
export const beyondKernel: number = 16 * MiB;

/** Both ends, the library's with the given role and options. The peer resets what is left when the case is over, so that nothing lingers. */
export async function ends(t: Context, role: Role, options: StreamOptions = {}): Promise<Ends> {
  const { conn, far } = role === "client" ? await clientEnds(t, options) : await acceptedEnds(t, options);
  t.defer(() => far.reset());
  ports.set(conn, [conn.localAddress.port, conn.remoteAddress.port]);
  return { conn, far };
}

/** What reads gave until EOF or an error, and which of the two it was: `"EOF"` or the error's code. */
export interface Flow {
  readonly bytes: Uint8Array;
  readonly end: string;
}

export async function readToEnd(t: Context, conn: Connection): Promise<Flow> {
  const chunks: Uint8Array[] = [];
  let end: string | undefined;
  while (end === undefined) {
    try {
      const chunk = await t.within(soon, "the next chunk", conn.read());
      if (chunk === null) end = "EOF";
      else chunks.push(chunk);
    } catch (error) {
      const { code, message } = error as ThrownError;
      end = code ?? message;
    }
  }
  return { bytes: concat(chunks), end };
}

/** Reads until there are `length` bytes or more. */
export async function readSome(t: Context, conn: Connection<IpAddress>, length: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for (let count = 0; count < length;) {
    const chunk = await t.within(soon, `byte ${count} of ${length}`, conn.read());
    if (chunk === null) throw new Error(`EOF after ${count} of ${length} bytes`);
    chunks.push(chunk);
    count += chunk.byteLength;
  }
  return concat(chunks);
}

/** Reads exactly `length` bytes. */
export async function readExactly(t: Context, conn: Connection, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  for (let filled = 0; filled < length;) {
    const count = await t.within(soon, `byte ${filled} of ${length}`, conn.readInto(bytes.subarray(filled)));
    if (count === null) throw new Error(`EOF after ${filled} of ${length} bytes`);
    filled += count;
  }
  return bytes;
}

/** A connection that takes no more. Its bytes are the sequence of `clogSeed`. */
export interface Clog {
  /** Bytes of the writes that resolved. */
  readonly resolved: number;
  /** The write of another `clogBlock` bytes that does not. */
  readonly pending: Promise<void>;
}

export const clogSeed = 77;
export const clogBlock: number = 64 * KiB;

/**
 * Writes block after block, each awaited and each of fresh memory, until one stays pending; fails if `limit` bytes are taken.
 * A block is overwritten as soon as its write resolved, for then it is the caller's again.
 */
export async function clog(conn: Connection, limit: number): Promise<Clog> {
  for (let resolved = 0; resolved < limit; resolved += clogBlock) {
    const block = pattern(clogSeed, clogBlock, resolved);
    const pending = conn.write(block);
    // Two turns of the clock, so that a process which was kept from running hears of the block before it gives up.
    const taken = await Promise.race([pending.then(() => true), sleep(60).then(() => sleep(20)).then(() => false)]);
    if (!taken) return { resolved, pending };
    block.fill(0);
  }
  throw new Error(`${limit} bytes were taken although nobody reads them`);
}

/** Ports of connections when they were open, for a closed one may not know them any more. */
const ports = new WeakMap<object, readonly [near: number, far: number]>();

/** The kernel's rows of both ends of a connection; a port alone also finds connections that had it before and are in TIME-WAIT. */
export async function kernelRows(
  t: Context,
  conn: Connection<IpAddress>,
): Promise<{ readonly ours: TcpRow | undefined; readonly theirs: TcpRow | undefined }> {
  const [near, far] = portsOf(conn);
  const rows = await t.kernel.tcp(near);
  return { ours: rowBetween(rows, near, far), theirs: rowBetween(rows, far, near) };
}

/**
 * Whether the kernel has bytes that the library has not read, asked without a turn of the event loop; true of a connection that
 * the kernel does not know.
 */
export function hasInput(conn: Connection<IpAddress>): boolean {
  const [near, far] = portsOf(conn);
  const row = rowBetween(readTable(process.pid, "tcp", near), near, far);
  return row === undefined || row.receiveQueue > 0;
}

function portsOf(conn: Connection<IpAddress>): readonly [near: number, far: number] {
  return ports.get(conn) ?? [conn.localAddress.port, conn.remoteAddress.port];
}

function rowBetween<Row extends Pick<TcpRow, "local" | "remote">>(
  rows: readonly Row[],
  near: number,
  far: number,
): Row | undefined {
  return rows.find(({ local, remote }) => local.port === near && remote.port === far);
}

/** SHA-256 as `drain()` of the peer tells it. */
export function sha256(...parts: readonly Uint8Array[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest("hex");
}

/** Whether a promise is still pending after a while in which nothing shall happen. */
export async function staysPending(promise: Promise<unknown>, ms: number = 60): Promise<boolean> {
  const settled = promise.then(() => false, () => false);
  return await Promise.race([settled, sleep(ms).then(() => true)]);
}
