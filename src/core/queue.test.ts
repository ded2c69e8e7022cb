/** A queue against an array that does the same slowly. */
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";

import { Queue } from "./queue.ts";

const many = fc.integer({ min: 1, max: 1_500 });

/** What is done to both; gives what they say to it. */
type Step = (queue: Queue<number>, model: number[]) => readonly [said: unknown, expected: unknown];

let last = 0;

const push: Step = (queue, model) => [queue.push(++last), void model.push(last)];
const take: Step = (queue, model) => [queue.take(), model.shift()];
const putBack: Step = (queue, model) => [queue.putBack(++last), void model.unshift(last)];

/** Removes the one that is in front of so many, or one that is not there. */
const remove = (place: number): Step => (queue, model) => {
  const item = model[place] ?? 0;
  const index = model.indexOf(item);
  if (index >= 0) model.splice(index, 1);
  return [queue.remove(item), index >= 0];
};

const steps = fc.oneof(
  fc.tuple(fc.constantFrom(push, take, putBack), many).map(([step, times]) => Array<Step>(times).fill(step)),
  fc.constantFrom(push, take, putBack).map((step) => [step]),
  fc.nat(20).map((place) => [remove(place)]),
);

test("whatever is pushed, taken, put back and removed comes out in order", () => {
  fc.assert(fc.property(fc.array(steps, { maxLength: 12 }), (sequence) => {
    const queue = new Queue<number>();
    const model: number[] = [];
    for (const step of sequence.flat()) {
      const [said, expected] = step(queue, model);
      assert.is(said, expected);
      assert.is(queue.length, model.length);
    }
    assert.equal(queue.list(), model);
  }));
});

test.run();
