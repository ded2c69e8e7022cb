/** A stream over a native one that answers at every moment of a turn: what is aborted takes nothing, whenever that is. */
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";

import type { Adapter, NativeStream } from "./adapter.ts";
import { Stream } from "./stream.ts";

/** Microtasks, in which a call ends. */
const ticks = fc.integer({ min: 0, max: 8 });

async function wait(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await undefined;
}

/** `take` says when the kernel has the bytes: at once, or after so many ticks. */
function open(take: (bytes: Uint8Array) => void | Promise<void>): Stream {
  const native: NativeStream = {
    local: { family: "ipv4", host: "127.0.0.1", port: 1 },
    remote: { family: "ipv4", host: "127.0.0.1", port: 2 },
    resume() {},
    write: take,
    shutdown: async () => {},
    close: async () => {},
    reset: async () => {},
    setOption() {},
    ref() {},
    unref() {},
  };
  return new Stream(native, {} as Adapter, {
    linger: 1000,
    highWaterMark: 65_536,
    cork: true,
    socket: { given: [], all: [] },
  });
}

/** Numbers from `from` on, so that each byte tells its place. */
function sequence(from: number, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => from + i);
}

function joined(chunks: readonly Uint8Array[]): number[] {
  return chunks.flatMap((chunk) => [...chunk]);
}

test("a read that is aborted at any moment takes nothing", async () => {
  const moments = fc.record({ abort: ticks, arrive: ticks, into: fc.boolean() });
  await fc.assert(fc.asyncProperty(fc.array(moments, { minLength: 1, maxLength: 8 }), async (rounds) => {
    const stream = open(() => {});
    const got: Uint8Array[] = [];
    const read = async (into: Uint8Array | undefined, signal?: AbortSignal): Promise<boolean> => {
      const received = await stream.receive(into, signal && { signal });
      if (received instanceof Uint8Array) got.push(received);
      else if (into !== undefined) got.push(into.slice(0, received ?? 0));
      return received !== null;
    };
    let pushed = 0;
    for (const { abort, arrive, into } of rounds) {
      const controller = new AbortController();
      const reading = read(into ? new Uint8Array(2) : undefined, controller.signal).catch(() => {});
      await Promise.all([
        wait(abort).then(() => controller.abort()),
        wait(arrive).then(() => stream.data(sequence(pushed, 3))),
        reading,
      ]);
      pushed += 3;
    }
    stream.end();
    while (await read(undefined)) continue;
    assert.equal(joined(got), [...sequence(0, pushed)]);
    await stream.abort();
  }));
});

test("writes that are joined, aborted or made while others are under way reach the kernel in order", async () => {
  const one = fc.record({ length: fc.integer({ min: 1, max: 5 }), abort: fc.option(ticks), pause: ticks });
  const writes = fc.array(one, { minLength: 1, maxLength: 12 });
  await fc.assert(fc.asyncProperty(writes, fc.array(fc.option(ticks)), async (calls, answers) => {
    const taken: Uint8Array[] = [];
    const stream = open((bytes) => {
      const answer = answers.shift() ?? null;
      if (answer === null) return void taken.push(bytes.slice());
      return wait(answer).then(() => void taken.push(bytes.slice()));
    });
    const sent: Uint8Array[] = [];
    const results = calls.map(async () => {});
    let written = 0;
    for (const [i, { length, abort, pause }] of calls.entries()) {
      const bytes = sequence(written, length);
      written += length;
      const controller = new AbortController();
      if (abort !== null) void wait(abort).then(() => controller.abort());
      const writing = stream.send(bytes, abort === null ? undefined : { signal: controller.signal });
      results[i] = writing.then(() => void sent.push(bytes), () => {});
      await wait(pause);
    }
    await Promise.all(results);
    const kernel = joined(taken);
    assert.equal(kernel, [...kernel].sort((a, b) => a - b));
    for (const byte of joined(sent)) assert.ok(kernel.includes(byte), `byte ${byte} of a write that resolved`);
    await stream.abort();
  }));
});

test.run();
