/** The table of `errno` against the runtime's own. */
import { getSystemErrorMap } from "node:util";
import os from "node:os";

import { test } from "uvu";
import * as assert from "uvu/assert";

import { errnos, errorName } from "./errno.ts";

test("numbers are the system's", () => {
  const known = Object.entries(os.constants.errno).filter(([name]) => name in errnos);
  assert.ok(known.length > 70);
  for (const [name, number] of known) assert.is(errnos[name as keyof typeof errnos], number, name);
});

test("names are the runtime's", () => {
  let named = 0;
  for (const [number, [name]] of getSystemErrorMap()) {
    if (name.startsWith("EAI_") || -number > 1000) continue;
    assert.is(errorName(-number), name);
    named++;
  }
  assert.ok(named > 60);
  assert.is(errorName(12345), "UNKNOWN");
});

test.run();
