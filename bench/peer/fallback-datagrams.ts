/** Datagrams of the far end on Node, as datagrams.c. */
import dgram from "node:dgram";

import { count, fail, meter, type Parameters, printResult, schedule } from "./fallback-meter.ts";

const patience = 200;
const interval = 16;

export function datagrams({ role, port, size, window }: Parameters): void {
  const socket = dgram.createSocket({ type: "udp4", recvBufferSize: 4 << 20 });
  socket.on("error", (error) => fail(error.message));
  socket.connect(port, "127.0.0.1", () => {
    if (role === "udp-echo") echo(socket, { size, window });
    else if (role === "udp-receive") toSubject(socket, { size, window });
    else fromSubject(socket, { size, window });
    schedule(() => {
      if (meter.operations === 0) fail("no datagram came through");
      printResult();
    });
  });
}

interface Load {
  readonly size: number;
  readonly window: number;
}

function lose(lost: number): void {
  if (meter.running) meter.lost += lost;
}

function echo(socket: dgram.Socket, { size, window }: Load): void {
  const slots = Array.from({ length: window }, (_, slot) => ({ slot, bytes: Buffer.alloc(size, slot), since: 0 }));
  let sequence = 0;
  const renew = (slot: { slot: number; bytes: Buffer; since: number }): void => {
    // Not the same memory: the one before may not have been sent yet.
    slot.bytes = Buffer.from(slot.bytes);
    slot.bytes.writeUInt32LE(slot.slot, 0);
    slot.bytes.writeUInt32LE(++sequence >>> 0, 4);
    slot.since = performance.now();
    socket.send(slot.bytes);
  };
  socket.on("message", (bytes) => {
    const slot = bytes.length === size ? slots[bytes.readUInt32LE(0)] : undefined;
    if (slot === undefined) return fail("the subject sent another datagram");
    if (bytes.readUInt32LE(4) !== slot.bytes.readUInt32LE(4)) return;
    if (!bytes.equals(slot.bytes)) fail("the subject sent other bytes");
    count(size, slot.since);
    renew(slot);
  });
  setInterval(() => {
    for (const slot of slots) {
      if (performance.now() - slot.since < patience) continue;
      lose(1);
      renew(slot);
    }
  }, patience);
  slots.forEach(renew);
}

function toSubject(socket: dgram.Socket, { size, window }: Load): void {
  const bytes = Buffer.alloc(size, 1);
  let sent = 0;
  let told = 0;
  let lost = 0;
  let last = performance.now();
  const send = (): void => {
    for (; sent < told + lost + window; sent++) socket.send(bytes);
  };
  socket.on("message", (credit) => {
    if (credit.length !== 4) fail("the subject sent another datagram");
    last = performance.now();
    const total = credit.readUInt32LE(0);
    if (total > sent) fail(`the subject counts ${total} of ${sent}`);
    for (; told < total; told++) count(size);
    lost = Math.min(lost, sent - told);
    send();
  });
  setInterval(() => {
    if (performance.now() - last < patience) return;
    const missing = sent - told - lost;
    lost += missing;
    lose(Math.max(0, missing - interval + 1));
    send();
  }, patience);
  send();
}

function fromSubject(socket: dgram.Socket, { size, window }: Load): void {
  let expected = 0;
  let received = 0;
  let last = performance.now();
  const allow = (credit: number): void => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32LE(credit);
    socket.send(bytes);
  };
  socket.on("message", (bytes) => {
    const sequence = bytes.readUInt32LE(0);
    if (bytes.length !== size) fail("the subject sent another datagram");
    if (sequence < expected) fail(`the subject sent ${sequence} after ${expected - 1}`);
    last = performance.now();
    lose(sequence - expected);
    expected = sequence + 1;
    count(size);
    if (++received % interval === 0) allow(interval);
  });
  setInterval(() => {
    if (performance.now() - last < patience) return;
    received = 0;
    allow(window);
  }, patience);
  allow(window);
}
