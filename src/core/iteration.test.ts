import assert from "node:assert/strict";
import { test } from "uvu";
import { Iteration, type Source } from "./iteration.ts";

/** Gives what is in `items`, an error by throwing it; then it is over. */
function source(items: unknown[], ready: boolean): Source<unknown> {
  let broken = false;
  const next = (): unknown => {
    const item = items.shift();
    broken = item instanceof Error;
    if (broken) throw item;
    return item;
  };
  return {
    get over() {
      return items.length === 0 && !broken;
    },
    take: () => (ready && !(items[0] instanceof Error) ? next() : undefined),
    wait: (taker) => {
      queueMicrotask(() => {
        try {
          taker.resolve(next());
        } catch (error) {
          taker.reject(error);
        }
      });
    },
  };
}

/** What an async generator over the same does. */
async function* generator(items: unknown[]): AsyncGenerator<unknown, void, void> {
  while (items.length > 0) {
    const item = items.shift();
    if (item instanceof Error) throw item;
    yield await Promise.resolve(item);
  }
}

type Call = "next" | "return" | "throw";

async function fates(iterator: AsyncGenerator<unknown, void, void>, calls: readonly Call[]): Promise<unknown[]> {
  const promises = calls.map((call) => call === "throw" ? iterator.throw(new Error("thrown")) : iterator[call]());
  const settled = await Promise.allSettled(promises);
  return settled.map((end) => end.status === "fulfilled" ? end.value : String(end.reason));
}

const scripts: readonly (readonly Call[])[] = [
  ["next", "next", "next", "next"],
  ["next", "return", "next"],
  ["return", "next"],
  ["next", "throw", "next"],
  ["throw", "next"],
  ["next", "next", "return", "next", "next"],
];

test("calls made together settle as an async generator's do", async () => {
  for (const ready of [true, false]) {
    for (const items of [[1, 2], [1, new Error("broken"), 3], [new Error("broken")], []]) {
      for (const script of scripts) {
        const own = await fates(new Iteration(source([...items], ready)), script);
        assert.deepEqual(own, await fates(generator([...items]), script), `${String(items)}: ${script.join()}`);
      }
    }
  }
});

test("calls made one by one settle as an async generator's do", async () => {
  for (const ready of [true, false]) {
    for (const items of [[1, 2], [1, new Error("broken"), 3]]) {
      for (const script of scripts) {
        const iterators = [new Iteration(source([...items], ready)), generator([...items])];
        const [own, theirs] = await Promise.all(iterators.map(async (iterator) => {
          const ends: unknown[] = [];
          for (const call of script) ends.push(...await fates(iterator, [call]));
          return ends;
        }));
        assert.deepEqual(own, theirs, `${String(items)}: ${script.join()}`);
      }
    }
  }
});

test("it has what a runtime gives to async iterators", () => {
  const iteration = new Iteration(source([], true));
  const base = Object.getPrototypeOf(Object.getPrototypeOf(Object.getPrototypeOf(generator([])))) as object;
  assert.ok(Object.prototype.isPrototypeOf.call(Object.getPrototypeOf(base), iteration));
  assert.equal(iteration[Symbol.asyncIterator](), iteration);
});

test.run();
